"""Keeping slots: patterns, days that differ, and the pages on which they are chosen."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.actor import system_actor
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from locations.models import District
from locations.tests.factories import BuildingCoverageFactory, CityFactory
from subscriptions.choices import AppointmentState, RequestState, SlotExceptionKind
from subscriptions.models import Appointment, SlotException, SlotPattern
from subscriptions.selectors.visit_slots import free_slots, slots_of
from subscriptions.services.drafting import draft_filing
from subscriptions.services.requests import move_request
from subscriptions.services.visits import hold_slot
from subscriptions.services.visits.patterns import (
    add_exceptions,
    delete_pattern,
    remove_exception,
    save_pattern,
)
from subscriptions.tests.factories import ClientFactory, PlanFactory, RequestFactory, request_in
from subscriptions.tests.visits import days_of, pattern_of
from users.tests.factories import OrganizationFactory, TeamFactory, make_actor

pytestmark = pytest.mark.django_db
S = RequestState
K = SlotExceptionKind


@pytest.fixture
def manager():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


def fields(**changed):
    return {
        "weekdays": [0, 2],
        "starts": time(9),
        "ends": time(18),
        "minutes": 180,
        "capacity": 2,
        "notice_hours": 12,
        "follows_calendar": True,
        "valid_from": date(2027, 1, 11),
    } | changed


def text(response) -> str:
    return response.content.decode()


# --- patterns -------------------------------------------------------------------------------------
def test_a_pattern_is_added_changed_and_told_of(manager):
    team = TeamFactory(organization=manager.organization)
    pattern = save_pattern(manager, None, **fields(team=team))
    assert (pattern.weekdays, pattern.provider) == (5, manager.organization)
    save_pattern(manager, pattern, **fields(capacity=4, version=1))
    pattern.refresh_from_db()
    assert (pattern.capacity, pattern.version, pattern.team) == (4, 2, None)
    with pytest.raises(Conflict):
        save_pattern(manager, pattern, **fields(version=1))
    assert Event.objects.filter(kind="slots.changed").count() == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [7]}, "weekdays"),
        ({"minutes": 10}, "minutes"),
        ({"minutes": 200}, "minutes"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 501}, "capacity"),
        ({"notice_hours": 400}, "notice_hours"),
        ({"valid_until": date(2027, 1, 10)}, "valid_until"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(manager, changed, field):
    with pytest.raises(DomainError) as refused:
        save_pattern(manager, None, **fields(**changed))
    assert refused.value.field == field


def test_a_pattern_takes_no_team_and_no_district_of_others(manager):
    with pytest.raises(DomainError) as refused:
        save_pattern(manager, None, **fields(team=TeamFactory()))
    assert refused.value.field == "team"
    with pytest.raises(DomainError) as refused:
        district = District.objects.create(city=CityFactory(), name="Central", geometry={})
        save_pattern(manager, None, **fields(district=district, city=CityFactory()))
    assert refused.value.field == "district"


def test_who_may_keep_slots(manager):
    pattern = pattern_of(manager.organization)
    for role in (Role.VIEWER, Role.MEMBER):
        with pytest.raises(Forbidden):
            save_pattern(make_actor(role=role, organization=manager.organization), None, **fields())
    with pytest.raises(NotVisible):
        save_pattern(make_actor(OrganizationKind.PROVIDER), pattern, **fields())
    unverified = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    with pytest.raises(Forbidden):
        save_pattern(make_actor(organization=unverified), None, **fields())


def test_hours_with_visits_are_not_changed_nor_deleted_but_ended(manager, agent):
    pattern = pattern_of(manager.organization)
    request = RequestFactory(
        plan__provider=manager.organization, owner=agent.organization, created_by=agent.user
    )
    slot = free_slots(request.provider, request.building, request.category, days_of(pattern))[0]
    hold_slot(agent, request, slot)
    given = fields(weekdays=range(7), valid_from=date(2020, 1, 1), follows_calendar=False)
    with pytest.raises(DomainError) as refused:
        save_pattern(manager, pattern, **given | {"starts": time(12)})
    assert refused.value.field == "starts"
    with pytest.raises(Conflict):
        delete_pattern(manager, pattern)
    save_pattern(manager, pattern, **given | {"capacity": 1, "valid_until": slot.day})
    assert Appointment.objects.get(request=request).state == AppointmentState.HELD
    other = pattern_of(manager.organization)
    delete_pattern(manager, other)
    assert not SlotPattern.objects.filter(pk=other.pk).exists()


# --- days that differ -----------------------------------------------------------------------------
def capacities(manager, day) -> list[int]:
    return [slot.capacity for slot in slots_of(manager.organization, [day])]


def test_days_differ_and_are_as_the_week_says_again(manager):
    pattern = pattern_of(manager.organization)
    day = days_of(pattern)[0]
    assert capacities(manager, day) == [2, 2, 2]
    extra = {"pattern": pattern, "starts": time(20), "ends": time(21), "capacity": 5}
    add_exceptions(manager, K.EXTRA, day=day, **extra)
    assert add_exceptions(manager, K.EXTRA, day=day, **extra) == []
    assert capacities(manager, day) == [2, 2, 2, 5]
    [one] = add_exceptions(manager, K.CAPACITY, day=day, pattern=pattern, capacity=1)
    assert capacities(manager, day) == [1, 1, 1, 5]
    remove_exception(manager, one)
    [closed] = add_exceptions(manager, K.CLOSED, day=day, pattern=pattern)
    assert capacities(manager, day) == [5]
    remove_exception(manager, closed)
    made = add_exceptions(manager, K.CLOSED, day=day, until=day + timedelta(days=2))
    assert len(made) == 3
    assert capacities(manager, day) == []


@pytest.mark.parametrize(
    ("kind", "changed", "field"),
    [
        ("NONE", {}, "kind"),
        (K.CAPACITY, {"capacity": 1}, "pattern"),
        (K.CAPACITY, {"pattern": True}, "capacity"),
        (K.CAPACITY, {"pattern": True, "capacity": -1}, "capacity"),
        (K.EXTRA, {"pattern": True, "capacity": 1, "starts": time(9)}, "ends"),
        (K.EXTRA, {"pattern": True, "capacity": 0, "starts": time(9), "ends": time(10)},
         "capacity"),
        (K.EXTRA, {"pattern": True, "capacity": 1, "starts": time(9), "ends": time(9)}, "ends"),
        (K.CLOSED, {"until": date(2020, 1, 1)}, "until"),
        (K.CLOSED, {"until": date(2099, 1, 1)}, "until"),
        (K.CLOSED, {"day": date(2020, 1, 1)}, "day"),
    ],
)  # fmt: skip
def test_an_exception_that_makes_no_sense_is_refused(manager, kind, changed, field):
    given = {"day": clock.today() + timedelta(days=1)} | changed
    if given.pop("pattern", None):
        given["pattern"] = pattern_of(manager.organization)
    with pytest.raises(DomainError) as refused:
        add_exceptions(manager, kind, **given)
    assert refused.value.field == field


def test_nobody_changes_the_days_of_others(manager):
    theirs = pattern_of(OrganizationFactory(kind=OrganizationKind.PROVIDER))
    day = clock.today() + timedelta(days=1)
    with pytest.raises(NotVisible):
        add_exceptions(manager, K.CLOSED, day=day, pattern=theirs)
    [row] = add_exceptions(system_actor(theirs.provider), K.CLOSED, day=day)
    remove_exception(manager, row)
    assert SlotException.objects.filter(pk=row.pk).exists()


# --- pages ----------------------------------------------------------------------------------------
def test_slots_are_kept_by_pages(sign_in, manager):
    team = TeamFactory(organization=manager.organization)
    browser = sign_in(manager)
    form = {
        "weekdays": ["0", "1"], "starts": "09:00", "ends": "18:00", "minutes": "180",
        "capacity": "2", "notice_hours": "6", "follows_calendar": "on", "team": team.public_id,
        "valid_from": "2027-01-11", "city": "", "district": "", "category": "",
    }  # fmt: skip
    assert browser.post("/visits/slots/new/", form)["Location"] == "/visits/slots/"
    pattern = SlotPattern.objects.get(provider=manager.organization)
    assert (pattern.weekdays, pattern.team) == (3, team)
    page = browser.post(f"/visits/slots/{pattern.public_id}/", form | {"minutes": "200"})
    assert page.status_code == 422
    assert "id_minutes" in text(page)
    day = clock.today() + timedelta(days=1)
    browser.post(
        "/visits/slots/days/new/",
        {"kind": "CLOSED", "day": day.isoformat(), "pattern": "", "note": "Учёба"},
    )
    assert "Учёба" in text(browser.get("/visits/slots/"))
    row = SlotException.objects.get()
    browser.post(f"/visits/slots/days/{row.public_id}/remove/")
    assert not SlotException.objects.exists()
    browser.post(f"/visits/slots/{pattern.public_id}/delete/")
    assert not SlotPattern.objects.exists()


def test_another_managers_change_is_not_overwritten(sign_in, manager):
    pattern = pattern_of(manager.organization)
    browser = sign_in(manager)
    form = browser.get(f"/visits/slots/{pattern.public_id}/").context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value is not None}
    SlotPattern.objects.update(version=2)
    page = browser.post(f"/visits/slots/{pattern.public_id}/", sent | {"follows_calendar": ""})
    assert page.status_code == 409


def test_the_list_costs_the_same_queries_for_one_row_and_for_three(sign_in, manager):
    browser = sign_in(manager)

    def queries() -> int:
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/visits/slots/").status_code == 200
        return len(captured)

    day = clock.today() + timedelta(days=1)
    first = pattern_of(manager.organization, team=TeamFactory(organization=manager.organization))
    add_exceptions(manager, K.CLOSED, day=day, pattern=first)
    one = queries()
    for _ in range(2):
        more = pattern_of(manager.organization, city=RequestFactory().city)
        add_exceptions(manager, K.CLOSED, day=day, pattern=more)
    assert queries() == one <= 12


# --- choosing a time ------------------------------------------------------------------------------
@pytest.fixture
def bundle(agent, manager):
    """Two drafts of one bundle, of providers that keep slots."""
    plans = [
        PlanFactory(provider=manager.organization, category__code="internet"),
        PlanFactory(
            provider=OrganizationFactory(kind=OrganizationKind.PROVIDER), category__code="tv"
        ),
    ]
    coverage = BuildingCoverageFactory(provider=plans[0].provider, category=plans[0].category)
    BuildingCoverageFactory(
        provider=plans[1].provider, category=plans[1].category, building=coverage.building
    )
    for plan in plans:
        pattern_of(plan.provider)
    return draft_filing(
        agent,
        building=coverage.building,
        plans=[plan.public_id for plan in plans],
        unit_number="12",
        client=ClientFactory(owner=agent.organization),
        consent=True,
        comment="",
        preferred_visit="",
        form_token=uuid4(),
    )


def test_the_check_page_lets_a_time_be_held_for_each_draft(sign_in, agent, bundle):
    browser, check = sign_in(agent), f"/requests/check/{bundle.public_id}/"
    drafts = list(bundle.requests.order_by("pk"))
    page = browser.get(check)
    for draft in drafts:
        assert f'formaction="/requests/{draft.number}/visit/?back={check}"' in text(page)
    first, second = drafts
    slot = page.context["lines"][0].draft.visit_pick.days[0].slots[0]
    answer = browser.post(
        f"/requests/{first.number}/visit/?back={check}", {f"slot-{first.number}": slot.key}
    )
    assert answer["Location"] == check
    held = Appointment.objects.get(request=first)
    assert (held.state, held.starts_at) == (AppointmentState.HELD, slot.starts_at)
    fragment = browser.post(
        f"/requests/{second.number}/visit/",
        {f"slot-{second.number}": slot.key, "back": check},
        headers={"hx-request": "true"},
    )
    # A slot of another provider is none of this one's.
    assert fragment.status_code == 200
    assert "<html" not in text(fragment)
    assert "alert" in text(fragment)
    browser.post(f"/requests/{first.number}/visit/", {"release": "1", "back": check})
    assert not Appointment.objects.filter(state=AppointmentState.HELD).exists()


def test_a_time_that_is_chosen_is_held_by_filing_and_a_taken_one_stops_it(sign_in, agent, bundle):
    browser, check = sign_in(agent), f"/requests/check/{bundle.public_id}/"
    first, second = (line.draft for line in browser.get(check).context["lines"])
    slot = second.visit_pick.days[0].slots[0]
    other = first.visit_pick.days[0].slots[0]
    page = browser.post(check, {f"slot-{first.number}": slot.key})
    assert page.status_code == 200
    assert page.context["problem"]
    browser.post(check, {f"slot-{first.number}": other.key, f"slot-{second.number}": slot.key})
    assert set(bundle.requests.values_list("state", flat=True)) == {S.SUBMITTED}
    held = Appointment.objects.filter(state=AppointmentState.HELD)
    assert set(held.values_list("request__number", flat=True)) == {first.number, second.number}


def test_the_check_page_costs_the_same_queries_with_two_drafts_as_with_one(sign_in, agent, bundle):
    browser, check = sign_in(agent), f"/requests/check/{bundle.public_id}/"

    def queries() -> int:
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(check).status_code == 200
        return len(captured)

    two = queries()
    bundle.requests.order_by("-pk").first().delete()
    assert queries() == two


def test_the_page_of_scheduling_shows_the_held_time_first_and_confirms_it(sign_in, agent, manager):
    pattern = pattern_of(manager.organization)
    request = request_in(
        S.APPROVED,
        plan__provider=manager.organization,
        owner=agent.organization,
        created_by=agent.user,
    )
    slot = free_slots(request.provider, request.building, request.category, days_of(pattern))[0]
    held = hold_slot(agent, request, slot)
    browser, url = sign_in(manager), f"/requests/{request.number}/move/schedule/"
    form = browser.get(url).context["form"]
    assert form.fields["slot"].choices[0][0] == form.initial.get("slot", slot.key) == slot.key
    request.refresh_from_db()
    answer = browser.post(url, {"slot": slot.key, "version": request.version})
    assert answer.status_code == 302
    held.refresh_from_db()
    assert held.state == AppointmentState.CONFIRMED


def test_scheduling_offers_a_time_of_ones_own_and_asks_for_it(sign_in, manager):
    pattern_of(manager.organization)
    request = request_in(S.APPROVED, plan__provider=manager.organization)
    browser, url = sign_in(manager), f"/requests/{request.number}/move/schedule/"
    page = browser.post(url, {"slot": "", "version": request.version})
    assert page.status_code == 422
    assert {"day", "starts_at", "ends_at"} <= set(page.context["form"].errors)
    day = (clock.today() + timedelta(days=3)).isoformat()
    times = {"day": day, "starts_at": "10:00", "ends_at": "12:00", "version": request.version}
    assert browser.post(url, times).status_code == 302
    assert Appointment.objects.get(request=request).slot is None


def test_a_full_slot_is_refused_beside_its_field(sign_in, agent, manager):
    pattern = pattern_of(manager.organization, capacity=1)
    first, second = [request_in(S.APPROVED, plan__provider=manager.organization) for _ in range(2)]
    slot = free_slots(manager.organization, first.building, first.category, days_of(pattern))[0]
    browser, url = sign_in(manager), f"/requests/{second.number}/move/schedule/"
    browser.get(url)
    data = {"slot": slot.key, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    move_request(system_actor(), first.number, "schedule", data)
    page = browser.post(url, {"slot": slot.key, "version": second.version})
    assert page.status_code == 422
    assert page.context["form"].errors["slot"]
