"""Calendar feeds: what a calendar program reads, and who may make it read what."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client as Browser
from icalendar import Calendar

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden, NotVisible
from core.models import Event
from subscriptions.choices import RequestState
from subscriptions.models import Appointment, CalendarFeed
from subscriptions.services.requests import move_request
from subscriptions.services.visits.feeds import create_feed, revoke_feed, scopes_for, secret_of
from subscriptions.tests.factories import ClientFactory, move, request_in
from users.models import Membership
from users.tests.factories import TeamFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState


@pytest.fixture(autouse=True)
def _counted_anew():
    cache.clear()


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


@pytest.fixture
def make(operator, agent):
    def _make(*, days=3, team=None, **fields):
        given = {
            "owner": agent.organization,
            "created_by": agent.user,
            "client": ClientFactory(owner=agent.organization, name="Секретова Мария"),
        }
        request = request_in(S.APPROVED, plan__provider=operator.organization, **(given | fields))
        starts_at = clock.now() + timedelta(days=days)
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        request = move_request(operator, request.number, "schedule", times)
        Appointment.objects.filter(request=request).update(team=team)
        return request

    return _make


def address(feed) -> str:
    return f"/calendars/{secret_of(feed)}.ics"


def events(feed) -> dict[str, dict]:
    """number → the event, as a calendar program reads it."""
    page = Browser().get(address(feed))
    assert page.status_code == 200
    assert page["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(page.content)
    assert calendar["VERSION"] == "2.0"
    return {str(event["UID"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}


def test_an_event_says_when_and_where_and_nobodys_name(agent, make):
    request = make()
    visit = Appointment.objects.get(request=request)
    event = events(create_feed(agent, "OWN"))[request.number]
    assert event.decoded("DTSTART") == visit.starts_at.replace(microsecond=0)
    assert event.decoded("DTSTART").tzinfo == UTC or event["DTSTART"].to_ical().endswith(b"Z")
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=2)
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CONFIRMED", visit.sequence)
    assert isinstance(event.decoded("LAST-MODIFIED"), datetime)
    assert request.building.address in str(event["LOCATION"])
    assert request.number in str(event["URL"])
    whole = event.to_ical().decode()
    assert "Секретова" not in whole
    assert str(request.client.phone)[-4:] not in str(event["DESCRIPTION"])


def test_names_and_phones_are_there_where_the_owner_ticks_so(agent, make):
    request = make()
    event = events(create_feed(agent, "OWN", with_contacts=True))[request.number]
    assert "Секретова Мария" in str(event["DESCRIPTION"])
    assert str(request.client.phone)[-2:] in str(event["DESCRIPTION"])


def test_a_visit_that_moves_is_the_same_event_later_and_a_cancelled_one_says_so(
    agent, operator, make
):
    request = make()
    feed = create_feed(agent, "OWN")
    before = events(feed)[request.number]
    move(request, "reschedule", actor=operator)
    moved = events(feed)[request.number]
    assert len(events(feed)) == 1
    assert moved["UID"] == before["UID"]
    assert int(moved["SEQUENCE"]) > int(before["SEQUENCE"])
    assert moved.decoded("DTSTART") != before.decoded("DTSTART")
    move(request, "cancel_visit")
    gone = events(feed)[request.number]
    assert str(gone["STATUS"]) == "CANCELLED"
    assert int(gone["SEQUENCE"]) > int(moved["SEQUENCE"])


def test_an_unchanged_feed_is_answered_304(agent, operator, make):
    request = make()
    path = address(create_feed(agent, "OWN"))
    first = Browser().get(path)
    again = Browser().get(path, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    weak = Browser().get(path, headers={"if-none-match": f"W/{first['ETag']}"})
    assert weak.status_code == 304
    assert first["Last-Modified"]
    move(request, "reschedule", actor=operator)
    changed = Browser().get(path, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_whose_visits_each_scope_holds(agent, operator, make):
    mine, other = [TeamFactory(organization=operator.organization) for _ in range(2)]
    member = make_actor(role=Role.MEMBER, organization=operator.organization)
    Membership.objects.filter(user=member.user).update(team=mine)
    member = _as_now(member)
    crew, others = make(team=mine), make(team=other)
    filed_by_another = make(created_by=make_actor(organization=agent.organization).user)
    assert set(events(create_feed(member, "OWN"))) == {crew.number}
    assert set(events(create_feed(member, "TEAM", team=mine))) == {crew.number}
    assert set(events(create_feed(operator, "TEAM", team=other))) == {others.number}
    everything = {crew.number, others.number, filed_by_another.number}
    assert set(events(create_feed(operator, "ALL"))) == everything
    assert set(events(create_feed(agent, "OWN"))) == {crew.number, others.number}
    assert set(events(create_feed(agent, "ALL"))) == everything
    assert events(create_feed(make_actor(OrganizationKind.PROVIDER), "ALL")) == {}


def _as_now(actor):
    team = Membership.objects.get(user=actor.user).team_id
    return type(actor)(actor.user, actor.organization, actor.role, team_id=team)


def test_who_may_not_see_may_not_make_it(operator, agent):
    team = TeamFactory(organization=operator.organization)
    member = make_actor(role=Role.MEMBER, organization=operator.organization)
    assert [scope.value for scope in scopes_for(member)] == ["OWN"]
    for scope in ("ALL", "TEAM", "EVERY", ""):
        with pytest.raises(DomainError) as refused:
            create_feed(member, scope, team=team)
        assert refused.value.field == "scope"
    with pytest.raises(DomainError) as refused:
        create_feed(operator, "TEAM", team=TeamFactory())
    assert refused.value.field == "team"
    with pytest.raises(Forbidden):
        create_feed(make_staff(organization=agent.organization), "OWN")


def test_rights_that_are_taken_away_are_gone_from_the_feed_too(operator, make):
    team = TeamFactory(organization=operator.organization)
    make(team=team)
    everything, crews = create_feed(operator, "ALL"), create_feed(operator, "TEAM", team=team)
    assert len(events(everything)) == len(events(crews)) == 1
    Membership.objects.filter(user=operator.user).update(role=Role.MEMBER)
    assert events(everything) == events(crews) == {}
    Membership.objects.filter(user=operator.user).update(is_active=False)
    assert Browser().get(address(everything)).status_code == 404


def test_a_revoked_address_works_no_more_and_is_its_owners_to_revoke(agent, make):
    make()
    feed = create_feed(agent, "OWN")
    path = address(feed)
    colleague = make_actor(organization=agent.organization)
    with pytest.raises(NotVisible):
        revoke_feed(colleague, feed.public_id)
    revoke_feed(agent, feed.public_id)
    assert Browser().get(path).status_code == 404
    kinds = list(
        Event.objects.filter(kind__startswith="calendar_feed").values_list("kind", flat=True)
    )
    assert sorted(kinds) == ["calendar_feed.created", "calendar_feed.revoked"]


def test_who_guesses_addresses_is_asked_to_wait(monkeypatch, agent):
    monkeypatch.setattr("subscriptions.views.calendar_feeds.WRONG_AT_MOST", 3)
    answers = [Browser().get(f"/calendars/guess{n}.ics").status_code for n in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    # Who knows an address is not kept from it by the others of the network.
    assert Browser().get(address(create_feed(agent, "OWN"))).status_code == 200


def test_the_secret_is_stored_sealed_and_outlives_a_change_of_keys(agent, settings):
    feed = create_feed(agent, "OWN")
    secret = secret_of(feed)
    assert secret not in feed.token
    settings.SECRETS_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE=", *settings.SECRETS_KEYS]
    call_command("rotate_secrets")
    settings.SECRETS_KEYS = settings.SECRETS_KEYS[:1]
    assert secret_of(CalendarFeed.objects.get(pk=feed.pk)) == secret


def test_a_feed_costs_three_queries_however_many_visits(agent, make, django_assert_max_num_queries):
    path = address(create_feed(agent, "OWN"))
    Browser().get(path)
    for _ in range(3):
        make()
    with django_assert_max_num_queries(4):
        assert Browser().get(path).status_code == 200


# --- the page -------------------------------------------------------------------------------------
def test_the_page_makes_shows_and_revokes(sign_in, agent, make):
    make()
    browser = sign_in(agent)
    page = browser.post("/account/calendars/", {"scope": "OWN"}, follow=True)
    feed = CalendarFeed.objects.get(user=agent.user)
    assert secret_of(feed) in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert secret_of(feed) not in browser.get("/account/calendars/").content.decode()
    shown = browser.get(f"/account/calendars/?shown={feed.public_id}").content.decode()
    assert secret_of(feed) in shown
    colleague = make_actor(organization=agent.organization)
    page = sign_in(colleague).get(f"/account/calendars/?shown={feed.public_id}")
    assert secret_of(feed) not in page.content.decode()
    browser.post(f"/account/calendars/{feed.public_id}/revoke/")
    assert not CalendarFeed.objects.exists()


def test_a_scope_that_is_not_offered_is_refused_on_the_page(sign_in, operator):
    member = make_actor(role=Role.MEMBER, organization=operator.organization)
    page = sign_in(member).post("/account/calendars/", {"scope": "ALL"})
    assert page.status_code == 422
    assert not CalendarFeed.objects.exists()
