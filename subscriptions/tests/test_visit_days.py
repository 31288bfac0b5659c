"""The day of a crew and the end of a visit, as pages and as a service."""

import base64
import io
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.tests.concurrency import together
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import (
    Appointment,
    ConnectionRequest,
    RequestFile,
    Subscription,
    VisitReport,
)
from subscriptions.services.requests import move_request
from subscriptions.services.visits.completing import Brought, complete_visit
from subscriptions.tests.factories import request_in
from users.models import Membership
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db
S = RequestState
DAY = datetime(2027, 1, 20, 7, tzinfo=UTC)
URL = "/visits/?day=2027-01-20"


@pytest.fixture
def operator():
    actor = make_actor(OrganizationKind.PROVIDER)
    actor.organization.time_zone = "Europe/Moscow"
    actor.organization.save()
    return actor


@pytest.fixture
def member(operator):
    return make_actor(role=Role.MEMBER, organization=operator.organization)


@pytest.fixture
def make(operator):
    """A request with a visit on DAY, `hours` later; of a crew where one is given."""

    def _make(state=S.SCHEDULED, *, hours=0, team=None, **fields):
        request = request_in(S.APPROVED, plan__provider=operator.organization, **fields)
        starts_at = DAY + timedelta(hours=hours)
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        request = move_request(operator, request.number, "schedule", times)
        Appointment.objects.filter(request=request).update(team=team)
        if state == S.IN_PROGRESS:
            request = move_request(operator, request.number, "start_work")
        return request

    return _make


def shown(page) -> list[str]:
    return [line.request.number for line in page.context["lines"]]


def text(response) -> str:
    return response.content.decode()


# --- the day --------------------------------------------------------------------------------------
def test_the_visits_of_a_day_stand_in_their_order_with_all_a_crew_needs(sign_in, operator, make):
    later, first = make(hours=3), make(hours=0, comment="Call first")
    make(hours=24)
    first.unit.entrance, first.unit.floor = 2, 7
    first.unit.save()
    page = sign_in(operator).get(URL)
    assert shown(page) == [first.number, later.number]
    content = text(page)
    for needed in (
        first.building.address,
        f'href="tel:{first.client.phone}"',
        first.client.name,
        "Call first",
        "10:00–12:00",
        "https://yandex.ru/maps/?rtext=",
        "geo:",
        'rel="noopener noreferrer"',
        f"/visits/{first.number}/done/",
        f"/requests/{first.number}/move/start_work/",
        f"/requests/{first.number}/move/reject_on_site/",
    ):
        assert needed in content, needed


def test_a_day_is_that_of_the_providers_clock(sign_in, operator, make):
    before, after = make(hours=-10.01), make(hours=14)
    inside = [make(hours=-10), make(hours=13.98)]
    assert shown(sign_in(operator).get(URL)) == [row.number for row in inside]
    assert before.number not in text(sign_in(operator).get(URL))
    assert shown(sign_in(operator).get("/visits/?day=2027-01-21")) == [after.number]


def test_a_member_sees_their_crews_their_own_and_nobodys_visits(sign_in, operator, member, make):
    mine, other = [TeamFactory(organization=operator.organization) for _ in range(2)]
    Membership.objects.filter(user=member.user).update(team=mine)
    crew, others, nobodys, given = make(team=mine), make(team=other), make(), make(team=other)
    ConnectionRequest.objects.filter(pk=given.pk).update(assignee=member.user)
    assert set(shown(sign_in(member).get(URL))) == {crew.number, nobodys.number, given.number}
    viewer = make_actor(role=Role.VIEWER, organization=operator.organization)
    everything = {crew.number, others.number, nobodys.number, given.number}
    assert set(shown(sign_in(viewer).get(URL))) == everything
    browser = sign_in(operator)
    assert set(shown(browser.get(URL))) == everything
    assert shown(browser.get(f"{URL}&crew={mine.public_id}")) == [crew.number]
    assert shown(browser.get(f"{URL}&crew=none")) == [nobodys.number]
    assert "start_work" not in text(sign_in(viewer).get(URL))


@pytest.mark.parametrize("query", ["day=yesterday", "day=2027-02-31", "day=9999-12-31", "crew=x"])
def test_what_is_not_understood_is_refused(sign_in, operator, query):
    assert sign_in(operator).get(f"/visits/?{query}").status_code == 400


def test_other_providers_visits_are_not_there(sign_in, make):
    make()
    stranger = make_actor(OrganizationKind.PROVIDER)
    assert shown(sign_in(stranger).get(URL)) == []
    assert sign_in(make_actor(OrganizationKind.AGENCY)).get(URL).status_code == 404


def test_cancelled_visits_are_not_there_and_an_empty_day_says_so(sign_in, operator, make):
    move_request(operator, make().number, "cancel_visit")
    page = sign_in(operator).get(URL)
    assert shown(page) == []
    assert 'href="/requests/"' in text(page)


@pytest.mark.parametrize("url", [URL, "/visits/week/?day=2027-01-20"])
def test_a_list_costs_the_same_queries_for_one_row_and_for_three(sign_in, operator, make, url):
    browser = sign_in(operator)

    def queries() -> int:
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    make(team=TeamFactory(organization=operator.organization))
    one = queries()
    make(hours=2)
    make(S.IN_PROGRESS, hours=4, team=TeamFactory(organization=operator.organization))
    assert queries() == one <= 12


# --- the end of a visit ---------------------------------------------------------------------------
def picture(kind="JPEG", name="photo.jpg", size=(3000, 2000)) -> SimpleUploadedFile:
    content = io.BytesIO()
    image = Image.new("RGB", size, "teal")
    exif = image.getexif()
    exif[0x010E] = "secret place"
    image.save(content, kind, exif=exif)
    return SimpleUploadedFile(name, content.getvalue())


def signature() -> str:
    content = io.BytesIO()
    Image.new("RGB", (640, 240), "white").save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


def brought(**fields) -> Brought:
    signed = {"signed_name": "Анна", "accepted": True}
    return Brought(**{"form_token": uuid4(), **signed, **fields})


def done_url(request) -> str:
    return f"/visits/{request.number}/done/"


def test_one_form_keeps_photos_and_signature_and_connects(sign_in, operator, make):
    request = make(S.IN_PROGRESS)
    page = sign_in(operator).post(
        done_url(request),
        {
            "form_token": str(uuid4()),
            "version": request.version,
            "photos": [picture(), picture("PNG", "other.png", (100, 100))],
            "signature": signature(),
            "note": "Розетка в прихожей",
            "back": URL,
        },
    )
    assert (page.status_code, page["Location"]) == (302, URL)
    request.refresh_from_db()
    assert request.state == S.CONNECTED
    assert Subscription.objects.filter(origin=request).count() == 1
    report = VisitReport.objects.get(visit__request=request)
    assert report.photos.count() == 2
    assert report.completed_at is not None
    assert report.note == "Розетка в прихожей"
    with report.signature.file.open() as stream, Image.open(stream) as kept:
        assert (kept.format, max(kept.size)) == ("PNG", 640)
    for row in report.photos.all():
        with row.file.open() as stream:
            content = stream.read()
        assert b"secret place" not in content
        with Image.open(io.BytesIO(content)) as kept:
            assert max(kept.size) <= 2000


def test_a_name_and_a_tick_do_without_drawing_and_work_that_has_not_begun_begins(operator, make):
    request = complete_visit(operator, make().number, brought())
    assert request.state == S.CONNECTED
    report = VisitReport.objects.get(visit__request=request)
    assert (report.signed_name, report.signature) == ("Анна", None)
    assert Appointment.objects.get(request=request).state == AppointmentState.DONE


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"signed_name": "", "accepted": False}, "signature"),
        ({"accepted": False}, "accepted"),
        ({"signature": "data:image/png;base64,AAAA"}, "signature"),
        ({"signature": "data:text/html;base64,AAAA"}, "signature"),
        ({"signature": "x" * 400_000}, "signature"),
        ({"note": "x" * 1001}, "note"),
        ({"photos": [SimpleUploadedFile("a.jpg", b"<svg></svg>")]}, "photos"),
        ({"photos": [SimpleUploadedFile("a.jpg", b"")]}, "photos"),
    ],
)
def test_what_is_not_right_is_refused_beside_its_field_and_nothing_moves(
    operator, make, fields, field
):
    request = make(S.IN_PROGRESS)
    with pytest.raises(DomainError) as refused:
        complete_visit(operator, request.number, brought(**fields))
    assert refused.value.field == field
    request.refresh_from_db()
    assert request.state == S.IN_PROGRESS


def test_what_was_good_of_a_refused_form_is_kept_and_shown(sign_in, operator, make):
    request = make(S.IN_PROGRESS)
    browser = sign_in(operator)
    form = {"form_token": str(uuid4()), "version": request.version, "note": "Typed words"}
    bad = SimpleUploadedFile("b.jpg", b"no picture")
    page = browser.post(done_url(request), form | {"photos": [picture(), bad]})
    assert page.status_code == 422
    assert "Typed words" in text(page)
    kept = RequestFile.objects.get(request=request)
    assert f"/requests/{request.number}/files/{kept.public_id}/" in text(page)
    again = page.context["form"]["form_token"].value()
    assert again != form["form_token"]
    page = browser.post(
        done_url(request),
        {"form_token": again, "version": request.version, "signed_name": "Анна", "accepted": "on"},
    )
    assert page.status_code == 302
    assert RequestFile.objects.filter(request=request).count() == 1
    assert VisitReport.objects.get(visit__request=request).photos.count() == 1


def test_a_move_that_is_refused_loses_nothing(sign_in, operator, make):
    request = make(S.IN_PROGRESS)
    form = {
        "form_token": str(uuid4()), "version": request.version - 1, "photos": [picture()],
        "signed_name": "Анна", "accepted": "on",
    }  # fmt: skip
    page = sign_in(operator).post(done_url(request), form)
    assert page.status_code == 409
    assert RequestFile.objects.filter(request=request).count() == 1
    request.refresh_from_db()
    assert request.state == S.IN_PROGRESS
    assert VisitReport.objects.get(visit__request=request).signed_name == "Анна"


def test_the_same_form_twice_is_done_once(operator, make):
    request = make(S.IN_PROGRESS)
    form = brought(photos=[picture()])
    for _ in range(2):
        assert complete_visit(operator, request.number, form).state == S.CONNECTED
    assert RequestFile.objects.filter(request=request).count() == 1
    assert Subscription.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_sent_at_once_one_connects_and_the_photos_are_kept_once(operator, make):
    request = make(S.IN_PROGRESS)
    token = uuid4()
    acts = [
        partial(complete_visit, operator, request.number, brought(form_token=token, photos=[photo]))
        for photo in [picture(size=(60, 40)) for _ in range(6)]
    ]
    outcomes = together(acts)
    assert all(isinstance(one, ConnectionRequest | Conflict) for one in outcomes), outcomes
    assert Subscription.objects.filter(origin=request).count() == 1
    assert RequestFile.objects.filter(request=request).count() == 1


def test_only_who_works_the_request_ends_the_visit(sign_in, operator, make):
    request = make(S.IN_PROGRESS)
    viewer = make_actor(role=Role.VIEWER, organization=operator.organization)
    with pytest.raises(Forbidden):
        complete_visit(viewer, request.number, brought())
    assert sign_in(viewer).get(done_url(request)).status_code == 403
    stranger = make_actor(OrganizationKind.PROVIDER)
    assert sign_in(stranger).get(done_url(request)).status_code == 404
    with pytest.raises(Conflict):
        complete_visit(
            operator, request_in(S.APPROVED, plan__provider=operator.organization).number, brought()
        )


def test_a_closed_request_says_so_on_the_page(sign_in, operator, make):
    request = make()
    move_request(operator, request.number, "reject_on_site", {"reason_text": "No way"})
    page = sign_in(operator).get(done_url(request))
    assert page.status_code == 200
    assert not page.context["can_be_done"]
    assert clock.now() < DAY
