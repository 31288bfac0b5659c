"""The link of a letter: what it shows, what it does once, and what those get who misuse it."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, Role, Via
from core.errors import Conflict, Forbidden
from core.models import Event, EventParty
from core.tests.concurrency import together
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import Appointment, ConnectionRequest, VisitLink, VisitSlot
from subscriptions.selectors.visit_slots import free_slots
from subscriptions.services.requests import move_request
from subscriptions.services.visits.links import (
    cancel_by_link,
    link_for,
    move_by_link,
    revoke_link,
    token_of,
)
from subscriptions.tests.factories import ClientFactory, move, request_in
from subscriptions.tests.visits import days_of, pattern_of
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
S = RequestState


@pytest.fixture(autouse=True)
def _counted_anew():
    cache.clear()


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def pattern(operator):
    return pattern_of(operator.organization)


@pytest.fixture
def visit(operator, pattern):
    """A visit in a slot four days ahead, of a client whose name would be a secret."""
    agency = make_actor(OrganizationKind.AGENCY)
    client = ClientFactory(owner=agency.organization, name="Секретова Мария", email="m@example.com")
    request = request_in(
        S.APPROVED,
        plan__provider=operator.organization,
        owner=agency.organization,
        created_by=agency.user,
        client=client,
    )
    slot = slots(request, pattern)[3]
    data = {"slot": slot.key, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    move_request(system_actor(), request.number, "schedule", data)
    return Appointment.objects.get(request=request)


def slots(request, pattern):
    return free_slots(request.provider, request.building, request.category, days_of(pattern))


def token(visit) -> str:
    return token_of(link_for(visit))


def url(visit) -> str:
    return f"/visit/{token(visit)}/"


def text(response) -> str:
    return response.content.decode()


def live(visit) -> Appointment:
    return Appointment.objects.get(request=visit.request_id, state=AppointmentState.CONFIRMED)


def state_of(visit) -> str:
    return ConnectionRequest.objects.get(pk=visit.request_id).state


# --- what it shows --------------------------------------------------------------------------------
def test_the_page_tells_the_time_the_house_and_nobodys_name(visit):
    page = Browser().get(url(visit))
    content = text(page)
    assert page.status_code == 200
    request = visit.request
    assert request.building.address in content
    assert "С." in content
    for secret in ("Секретова", "Мария", str(request.client.phone), request.number,
                   "m@example.com", request.owner.name):  # fmt: skip
        assert secret not in content
    assert 'name="robots" content="noindex"' in content
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]


def test_opening_it_a_hundred_times_changes_nothing(visit, monkeypatch):
    monkeypatch.setattr("subscriptions.views.visit_links.OPENED_AT_MOST", 1000)
    events = Event.objects.count()
    browser, address = Browser(), url(visit)
    for _ in range(20):
        browser.get(address)
        browser.head(address)
    assert browser.get(f"{address}?cancel=1&slot=x").status_code == 200
    assert (live(visit).pk, Event.objects.count()) == (visit.pk, events)
    assert not VisitLink.objects.filter(used_at__isnull=False).exists()


# --- what it does ---------------------------------------------------------------------------------
def test_the_visit_is_moved_once_and_both_sides_are_told(visit, pattern):
    other = slots(visit.request, pattern)[0]
    browser, address = Browser(), url(visit)
    page = browser.post(address, {"slot": other.key}, follow=True)
    assert page.context["state"] == "used"
    moved = live(visit)
    assert (moved.starts_at, moved.ends_at) == (other.starts_at, other.ends_at)
    assert sorted(VisitSlot.objects.values_list("taken", flat=True)) == [0, 1]
    event = Event.objects.filter(kind="request.scheduled").latest("pk")
    assert (event.via, event.actor_user_id, event.actor_organization_id) == (Via.LINK, None, None)
    assert EventParty.objects.filter(event=event).count() == 2
    # The old link is used up, the new visit has a link of its own.
    again = slots(visit.request, pattern)[5]
    assert browser.post(address, {"slot": again.key}).status_code == 409
    assert live(visit).pk == moved.pk
    assert token(moved) != address


def test_a_visit_is_given_up_once(visit):
    browser, address = Browser(), url(visit)
    page = browser.post(address, {"cancel": "1"}, follow=True)
    assert page.context["state"] == "used"
    assert state_of(visit) == S.APPROVED
    event = Event.objects.filter(kind="request.moved").latest("pk")
    assert (event.via, event.data["transition"]) == (Via.LINK, "cancel_visit")
    assert browser.post(address, {"cancel": "1"}).status_code == 409
    assert VisitSlot.objects.get().taken == 0


def test_a_time_that_has_just_been_taken_is_refused_and_the_link_stays_good(visit, pattern):
    other = slots(visit.request, pattern)[0]
    VisitSlot.objects.create(
        provider=visit.provider, pattern=pattern, day=other.day, starts_at=other.starts_at,
        ends_at=other.ends_at, capacity=2, taken=2,
    )  # fmt: skip
    page = Browser().post(url(visit), {"slot": other.key})
    assert page.status_code == 409
    assert page.context["state"] == "open"
    assert page.context["problem"]
    assert live(visit).pk == visit.pk


@pytest.mark.parametrize("slot", ["", "x", "AAAAAAAAAAAA-2701010900-2701011100", "\x00", "Я" * 500])
def test_what_is_no_time_of_the_provider_is_refused(visit, slot):
    page = Browser().post(url(visit), {"slot": slot})
    assert page.status_code == 409
    assert live(visit).pk == visit.pk


# --- wrong, old, revoked --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong", ["forged", "X" * 12, "ABCDEFGHJKMN:" + "a" * 43, "%00", "a" * 900]
)
def test_a_wrong_link_is_a_404_that_says_what_to_do_next(wrong, db):
    page = Browser().get(f"/visit/{wrong}/")
    assert page.status_code == 404
    assert page.context["state"] == "gone"
    assert Browser().post(f"/visit/{wrong}/", {"cancel": "1"}).status_code == 404


def test_another_links_signature_opens_nothing(visit, pattern):
    public_id, _colon, _signature = token(visit).partition(":")
    other = VisitLink.objects.create(visit=visit, created_at=clock.now())
    _id, _colon, signature = token_of(other).partition(":")
    assert Browser().get(f"/visit/{public_id}:{signature}/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "state"),
    [("revoked", "revoked"), ("late", "too_late"), ("past", "passed"), ("moved", "changed"),
     ("cancelled", "changed")],
)  # fmt: skip
def test_a_link_that_is_good_no_more_says_why_and_changes_nothing(visit, wrong, state):
    address = url(visit)
    moment = clock.now()
    if wrong == "revoked":
        assert revoke_link(system_actor(), visit)
    elif wrong == "late":
        moment = visit.starts_at - timedelta(hours=11)
    elif wrong == "past":
        moment = visit.starts_at + timedelta(minutes=1)
    else:
        move(visit.request, "reschedule" if wrong == "moved" else "cancel_visit")
    before = list(Appointment.objects.order_by("pk").values_list("pk", "state"))
    with clock.set_to(moment):
        page = Browser().get(address)
        assert (page.status_code, page.context["state"]) == (200, state)
        assert Browser().post(address, {"cancel": "1"}).status_code == 409
    assert list(Appointment.objects.order_by("pk").values_list("pk", "state")) == before


def test_who_tries_many_is_asked_to_wait(db, monkeypatch):
    monkeypatch.setattr("subscriptions.views.visit_links.OPENED_AT_MOST", 5)
    answers = [Browser().get("/visit/forged/").status_code for _ in range(7)]
    assert answers == [404] * 5 + [429] * 2


def test_forms_of_other_sites_are_refused(visit):
    assert Browser(enforce_csrf_checks=True).post(url(visit), {"cancel": "1"}).status_code == 403
    assert live(visit).pk == visit.pk


def test_a_revoked_link_is_not_made_again_by_a_reminder(visit, operator):
    link_for(visit)
    assert revoke_link(operator, visit)
    assert link_for(visit) is None
    assert not revoke_link(operator, visit)
    assert Event.objects.filter(kind="visit.link_revoked").count() == 1
    with pytest.raises(Forbidden):
        viewer = make_actor(role=Role.VIEWER, organization=operator.organization)
        revoke_link(viewer, visit)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_press_at_once_one_changes_the_visit(visit, pattern):
    link = token(visit)
    others = slots(visit.request, pattern)[:3]
    acts = [partial(move_by_link, link, slot.key) for slot in others] * 3
    acts += [partial(cancel_by_link, link)] * 3
    outcomes = together(acts)
    done = [one for one in outcomes if isinstance(one, ConnectionRequest)]
    assert len(done) == 1
    assert {type(one) for one in outcomes} == {ConnectionRequest, Conflict}
    assert sum(VisitSlot.objects.values_list("taken", flat=True)) in (0, 1)
