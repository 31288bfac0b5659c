"""The page of one request: what each side reads, adds and takes from it."""

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from core.choices import OrganizationKind, Role, StaffScope
from core.models import Event
from core.tests.reading import seen
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, RequestFile, RequestNote
from subscriptions.services.requests import add_file, add_note, assign_request
from subscriptions.tests.factories import WAYS, PlanFactory, move, request_in
from users.models import AccountManagement
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def holder():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def make(agent, operator, holder):
    def _make(state=S.CHECKING, **fields):
        return request_in(
            state,
            owner=agent.organization,
            holder=holder.organization,
            plan=PlanFactory(provider=operator.organization, commission_value="4321", price="987"),
            **fields,
        )

    return _make


def url(request, more=""):
    return f"/requests/{request.number}/{more}"


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("state", list(WAYS))
def test_every_state_has_its_page_for_every_side(sign_in, agent, operator, holder, make, state):
    request = make(state)
    readers = [agent, make_staff()] + ([] if state == S.DRAFT else [operator])
    for actor in readers:
        page = sign_in(actor).get(url(request))
        assert page.status_code == 200
        assert request.number in text(page)
        marks = [step.state for step in page.context["steps"]]
        assert marks.count("current") == (
            state not in {S.DRAFT, S.CONNECTED, S.REJECTED, S.CANCELLED}
        )
    assert len(page.context["steps"]) >= 2


def test_the_way_ends_where_the_request_was_refused(sign_in, agent, make):
    steps = sign_in(agent).get(url(make(S.REJECTED))).context["steps"]
    assert [(str(step.label), step.state) for step in steps] == [
        (S.SUBMITTED.label, "done"),
        (S.CHECKING.label, "done"),
        (S.REJECTED.label, "stopped"),
    ]


def test_a_question_is_shown_at_the_step_it_left(sign_in, agent, make):
    steps = sign_in(agent).get(url(make(S.NEEDS_INFO))).context["steps"]
    (current,) = [step for step in steps if step.state == "current"]
    assert (current.label, current.note) == (S.CHECKING.label, S.NEEDS_INFO.label)


def test_the_likely_action_is_the_button_and_the_others_are_in_the_menu(sign_in, operator, make):
    page = sign_in(operator).get(url(make(S.APPROVED)))
    assert page.context["primary"].name == "schedule"
    assert [action.name for action in page.context["others"]] == ["ask_info", "hold", "reject"]
    assert text(page).count("btn-primary") == 1


def test_strangers_find_nothing(sign_in, make):
    request = make()
    for kind in OrganizationKind:
        browser = sign_in(make_actor(kind))
        assert browser.get(url(request)).status_code == 404
        assert browser.get(url(request, "move/approve/")).status_code == 404
        assert browser.post(url(request, "move/approve/")).status_code == 404
        assert browser.post(url(request, "notes/"), {"text": "x"}).status_code == 404
        assert browser.post(url(request, "assign/"), {"user": ""}).status_code == 404
        assert browser.post(url(request, "files/"), {}).status_code == 404
    assert not RequestNote.objects.filter(text="x").exists()


def test_a_draft_does_not_exist_for_the_provider(sign_in, operator, make):
    draft = make(S.DRAFT)
    browser = sign_in(operator)
    assert browser.get(url(draft)).status_code == 404
    assert browser.get(url(draft, "?fragment=history")).status_code == 404
    assert browser.post(url(draft, "move/cancel/"), {"reason": "MISTAKE"}).status_code == 404


def test_the_holder_reads_and_is_told_neither_commission_nor_correspondence(
    sign_in, agent, operator, holder, make
):
    request = make(S.ON_HOLD)
    add_note(operator, request, "Secret of the cellar")
    add_file(agent, request, SimpleUploadedFile("passport.pdf", PDF))
    assign_request(operator, request, operator.user)
    browser = sign_in(holder)
    for part in ("", "?fragment=standing", "?fragment=history"):
        content = text(browser.get(url(request, part)))
        for secret in (
            "Secret of the cellar", "passport.pdf", "4321", "4 321", "4,321", "4\xa0321",
            str(operator.user), str(agent.user), "No key to the attic",
            request.client.phone.as_e164, "/move/",
        ):  # fmt: skip
            assert secret not in content, (part, secret)
    file = request.files.get()
    assert browser.get(url(request, f"files/{file.public_id}/")).status_code == 404
    assert browser.post(url(request, "notes/"), {"text": "x"}).status_code == 403
    assert browser.post(url(request, "move/cancel/"), {"reason": "MISTAKE"}).status_code == 403


def test_commission_is_told_to_the_agency_the_provider_and_staff_alone(
    sign_in, agent, operator, holder, make
):
    request = make(S.CONNECTED)
    for actor in (agent, operator, make_staff()):
        page = sign_in(actor).get(url(request))
        assert page.context["commission"] == 4321
        assert any("4\xa0321" in line.text for line in page.context["history"].lines)
    page = sign_in(holder).get(url(request))
    assert page.context["commission"] is None
    assert not any("4\xa0321" in line.text for line in page.context["history"].lines)


def test_a_builder_is_told_no_commission(sign_in, operator):
    builder = make_actor(OrganizationKind.BUILDER)
    request = request_in(
        S.CHECKING,
        owner=builder.organization,
        plan=PlanFactory(provider=operator.organization, commission_value="4321"),
    )
    for page in (url(request), f"{url(request)}?fragment=history"):
        assert "4 321 ₽" not in seen(sign_in(builder).get(page))


def test_both_sides_have_the_clients_phone(sign_in, agent, operator, make):
    request = make()
    for actor in (agent, operator):
        assert f"tel:{request.client.phone.as_e164}" in text(sign_in(actor).get(url(request)))


def test_names_of_people_stay_on_their_side(sign_in, agent, operator, make):
    request = make(created_by=agent.user)
    assign_request(operator, request, operator.user)
    move(request, "approve", actor=operator)
    assert str(operator.user) not in text(sign_in(agent).get(url(request)))
    assert str(agent.user) not in text(sign_in(operator).get(url(request)))
    assert str(operator.user) in text(sign_in(operator).get(url(request)))


@pytest.mark.parametrize("state", [S.CHECKING, S.CONNECTED])
def test_the_page_costs_at_most_thirteen_queries_however_much_happened(
    sign_in, agent, operator, make, state
):
    request = make(state)
    browsers = [sign_in(actor) for actor in (agent, operator)]

    def cost(browser):
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url(request)).status_code == 200
        return len(captured)

    add_note(agent, request, "One")
    add_file(agent, request, SimpleUploadedFile("a.pdf", PDF))
    before = [cost(browser) for browser in browsers]
    for number in range(3):
        add_note(operator, request, f"More {number}")
        add_file(operator, request, SimpleUploadedFile(f"{number}.pdf", PDF))
    assert [cost(browser) for browser in browsers] == before
    # Two of them are the site's menu and settings, which are kept in the process: else eleven.
    assert max(before) <= 13


# --- notes ------------------------------------------------------------------------------------
def test_a_note_is_read_by_the_other_side(sign_in, agent, operator, make):
    request = make()
    response = sign_in(agent).post(url(request, "notes/"), {"text": "The code is 45<b>"})
    assert response.status_code == 302
    content = text(sign_in(operator).get(url(request)))
    assert "The code is 45&lt;b&gt;" in content


def test_a_note_sent_twice_is_one_note_told_once(sign_in, agent, make):
    request = make()
    browser = sign_in(agent)
    token = browser.get(url(request)).context["note_form"]["form_token"].value()
    for _press in range(2):
        data = {"text": "The code is 45", "form_token": str(token)}
        assert browser.post(url(request, "notes/"), data).status_code == 302
    assert RequestNote.objects.filter(request=request).count() == 1
    assert Event.objects.filter(kind="note.added").count() == 1
    assert browser.post(url(request, "notes/"), {"text": "x", "form_token": "y"}).status_code == 422
    other = make()
    data = {"text": "Another's", "form_token": str(token)}
    assert browser.post(url(other, "notes/"), data).status_code == 409


def test_an_empty_note_is_refused_beside_its_field(sign_in, agent, make):
    request = make()
    response = sign_in(agent).post(url(request, "notes/"), {"text": "  "})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text(response)
    long = sign_in(agent).post(url(request, "notes/"), {"text": "x" * 4001})
    assert long.status_code == 422
    assert "x" * 4001 in text(long)


def test_a_viewer_reads_and_cannot_add(sign_in, operator, make):
    request = make()
    browser = sign_in(make_actor(organization=operator.organization, role=Role.VIEWER))
    content = text(browser.get(url(request)))
    for control in ("/move/", "/notes/", 'type="file"', "/assign/"):
        assert control not in content
    for more, data in (
        ("notes/", {"text": "x"}),
        ("move/approve/", {}),
        ("assign/", {"user": ""}),
        ("files/", {"file": SimpleUploadedFile("a.pdf", PDF)}),
    ):
        assert browser.post(url(request, more), data).status_code == 403
    assert browser.get(url(request, "move/reject/")).status_code == 403
    request.refresh_from_db()
    assert request.state == S.CHECKING
    assert not request.files.exists()


# --- files ------------------------------------------------------------------------------------
@pytest.fixture
def stored(agent, make):
    request = make()
    return add_file(agent, request, SimpleUploadedFile("Паспорт.pdf", PDF))


def file_at(file, number=None):
    return f"/requests/{number or file.request.number}/files/{file.public_id}/"


def test_a_file_is_handed_over_as_a_download_that_cannot_run(sign_in, operator, stored):
    response = sign_in(operator).get(file_at(stored))
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", 'a"; filename="b.html', "a\r\nSet-Cookie: x=1.pdf", "..\\x.pdf"]
)
def test_a_hostile_name_stays_a_name(sign_in, operator, stored, name):
    RequestFile.objects.update(name=name)
    response = sign_in(operator).get(file_at(stored))
    header = response["Content-Disposition"]
    assert header.startswith("attachment")
    assert "/" not in header.replace("attachment; filename*=utf-8''", "")
    assert "\r" not in header
    assert "Set-Cookie" not in response.headers
    assert response.getvalue()


def test_the_web_server_sends_the_file_where_it_can(sign_in, operator, stored):
    with override_settings(SENDFILE_HEADER="X-Accel-Redirect"):
        response = sign_in(operator).get(file_at(stored))
    assert response["X-Accel-Redirect"] == f"/private/{stored.file.name}"
    assert response.content == b""
    with override_settings(SENDFILE_HEADER="X-Sendfile"):
        assert sign_in(operator).get(file_at(stored))["X-Sendfile"] == stored.file.path


def test_a_file_is_found_under_its_own_request_alone(sign_in, agent, stored, make):
    other = make(S.DRAFT)
    assert sign_in(agent).get(file_at(stored, other.number)).status_code == 404
    assert sign_in(agent).get(file_at(stored)[:-13] + "AAAAAAAAAAAA/").status_code == 404
    foreign = request_in(S.CHECKING)
    assert sign_in(agent).get(file_at(stored, foreign.number)).status_code == 404


def test_strangers_get_no_file(sign_in, stored):
    for kind in OrganizationKind:
        assert sign_in(make_actor(kind)).get(file_at(stored)).status_code == 404


def test_a_file_that_is_gone_from_the_storage_is_a_404(sign_in, agent, stored):
    stored.file.storage.delete(stored.file.name)
    assert sign_in(agent).get(file_at(stored)).status_code == 404


def test_uploads_come_by_post_and_bad_ones_are_refused_beside_the_field(sign_in, agent, make):
    request = make()
    browser = sign_in(agent)
    good = browser.post(url(request, "files/"), {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert good.status_code == 302
    for upload in (
        SimpleUploadedFile("x.html", b"<script>"),
        SimpleUploadedFile("x.pdf", b"<script>"),
        SimpleUploadedFile("x.pdf", b""),
    ):
        bad = browser.post(url(request, "files/"), {"file": upload})
        assert bad.status_code == 422
        assert "invalid-feedback" in text(bad)
    assert browser.post(url(request, "files/"), {}).status_code == 422
    assert request.files.count() == 1


# --- people -----------------------------------------------------------------------------------
def test_a_manager_of_the_provider_assigns_a_colleague(sign_in, operator, make):
    request = make()
    colleague = make_actor(organization=operator.organization, role=Role.MEMBER)
    browser = sign_in(operator)
    assert str(colleague.user) in text(browser.get(url(request)))
    browser.post(url(request, "assign/"), {"user": colleague.user.public_id})
    assert ConnectionRequest.objects.get().assignee == colleague.user
    browser.post(url(request, "assign/"), {"user": ""})
    assert ConnectionRequest.objects.get().assignee is None


def test_nobody_else_assigns_and_no_stranger_is_assigned(sign_in, agent, operator, make):
    request = make()
    member = make_actor(organization=operator.organization, role=Role.MEMBER)
    data = {"user": member.user.public_id}
    assert sign_in(agent).post(url(request, "assign/"), data).status_code == 403
    assert sign_in(member).post(url(request, "assign/"), data).status_code == 403
    stranger = {"user": agent.user.public_id}
    assert sign_in(operator).post(url(request, "assign/"), stranger).status_code == 400
    assert ConnectionRequest.objects.get().assignee is None


def test_an_account_manager_reads_the_organizations_in_their_charge(sign_in, agent, make):
    request = make()
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=agent.organization, created_at=request.created_at
    )
    browser = sign_in(manager)
    assert browser.get(url(request)).status_code == 404
    browser.post("/users/switch/", {"organization": agent.organization.public_id})
    assert browser.get(url(request)).status_code == 200
    assert sign_in(make_staff(StaffScope.ACCOUNT_MANAGER)).get(url(request)).status_code == 404


# --- refreshing -------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", ["standing", "history"])
def test_parts_refresh_when_something_happened_and_cost_little_otherwise(
    sign_in, operator, make, part
):
    request = make()
    browser = sign_in(operator)
    address = url(request, f"?fragment={part}")
    first = browser.get(address)
    assert "<html" not in text(first)
    assert "<textarea" not in text(first)
    tag = {"if-none-match": first["ETag"]}
    assert browser.get(address, headers=tag).status_code == 304
    move(request, "approve")
    second = browser.get(address, headers=tag)
    assert second.status_code == 200
    assert str(S.APPROVED.label) in text(second)
