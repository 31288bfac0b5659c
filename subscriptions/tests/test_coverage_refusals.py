"""Refusals held against what a provider states: counted, told, and answered for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from core import clock
from core.actor import ANONYMOUS, system_actor
from core.attention import recount
from core.choices import OrganizationKind, Role
from core.models import Attention, Event, Notification
from core.tests.reading import seen
from locations.models import CoverageZone
from locations.services import revise_zone
from locations.tests.factories import BuildingCoverageFactory, BuildingFactory, CoverageZoneFactory
from subscriptions.choices import RejectReason
from subscriptions.models import CoverageRefusal
from subscriptions.selectors.availability import answer
from subscriptions.services.coverage_refusals import note_refusal
from subscriptions.services.requests import move_request
from subscriptions.tests.factories import PlanFactory, RequestFactory, move, move_data, request_in
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
OLD = timezone.now() - timedelta(days=200)


@pytest.fixture
def plan():
    provider = OrganizationFactory(kind=PROVIDER, name="Уфанет")
    return PlanFactory(provider=provider)


@pytest.fixture
def zone(plan):
    return CoverageZoneFactory(
        provider=plan.provider, category=plan.category, name="Центр", stated_at=OLD
    )


def refuse(plan, reason="NO_PORT", building=None):
    request = RequestFactory(plan=plan, **({"unit__building": building} if building else {}))
    request = move(request, "submit", "start_check")
    if reason == "ON_SITE":
        return move(request, "approve", "schedule", "start_work", "reject_on_site")
    data = move_data("reject") | {"reason": reason}
    return move_request(system_actor(), request.number, "reject", data)


def contradicted(row):
    row.refresh_from_db()
    return row.contradicted_at is not None


def test_the_third_refusal_contradicts_a_zone(plan, zone, run_jobs):
    for reason in ("NO_PORT", "NO_LINE"):
        refuse(plan, reason)
    run_jobs()
    assert not contradicted(zone)
    refuse(plan, "ON_SITE")
    run_jobs()
    assert contradicted(zone)
    assert Event.objects.get(kind="coverage.contradicted").data == {"refusals": 3}


def test_the_provider_is_told_in_words(plan, zone, run_jobs):
    manager = make_actor(role=Role.MANAGER, organization=plan.provider)
    for _ in range(3):
        refuse(plan)
    run_jobs()
    told = Notification.objects.filter(user=manager.user, event__kind="coverage.contradicted")
    assert told.count() == 1
    recount([plan.provider_id])
    assert Attention.objects.get(organization=plan.provider).figures["contradicted"] == 1


@pytest.mark.parametrize("reason", ["NO_ACCESS", "DEBT", "DUPLICATE", "OTHER"])
def test_other_reasons_say_nothing_of_the_network(plan, zone, run_jobs, reason):
    for _ in range(3):
        refuse(plan, reason)
    run_jobs()
    assert not CoverageRefusal.objects.exists()
    assert not contradicted(zone)


def test_every_reason_is_decided_about():
    """A new reason must be placed on one side or the other."""
    from subscriptions.services.coverage_refusals import IMPOSSIBLE

    silent = {"NO_ACCESS", "DEBT", "DUPLICATE", "OTHER"}
    assert {reason.value for reason in IMPOSSIBLE} | silent == set(RejectReason.values)


def test_refusals_older_than_ninety_days_are_forgotten(plan, zone, run_jobs):
    with clock.set_to(timezone.now() - timedelta(days=91)):
        refuse(plan)
        run_jobs()
    for _ in range(2):
        refuse(plan)
    run_jobs()
    assert CoverageRefusal.objects.count() == 3
    assert not contradicted(zone)


def test_an_event_that_comes_twice_is_counted_once(plan, zone, run_jobs):
    requests = [refuse(plan) for _ in range(2)]
    run_jobs()
    for request in requests:
        note_refusal(request.pk)
    assert CoverageRefusal.objects.count() == 2
    assert not contradicted(zone)


def test_a_buildings_statement_is_held_responsible_before_the_zone(plan, zone, run_jobs):
    building = BuildingFactory()
    stated = BuildingCoverageFactory(
        building=building, provider=plan.provider, category=plan.category, stated_at=OLD
    )
    for _ in range(3):
        refuse(plan, building=building)
    run_jobs()
    assert contradicted(stated)
    assert not contradicted(zone)


@pytest.mark.parametrize("state", ["SURVEY", "NOT_AVAILABLE"])
def test_what_promised_nothing_is_not_contradicted(plan, zone, run_jobs, state):
    CoverageZone.objects.update(state=state)
    for _ in range(3):
        refuse(plan)
    run_jobs()
    assert not contradicted(zone)


def test_refusals_by_another_provider_or_elsewhere_do_not_count(plan, zone, run_jobs):
    rival = PlanFactory()
    for _ in range(3):
        refuse(rival)
        refuse(plan, building=BuildingFactory(latitude=60.0, longitude=30.0))
    run_jobs()
    assert not contradicted(zone)


def test_a_confirmed_zone_begins_anew(plan, zone, run_jobs):
    manager = make_actor(role=Role.MANAGER, organization=plan.provider)
    for _ in range(3):
        refuse(plan)
    run_jobs()
    revise_zone(manager, zone, {})
    assert not contradicted(zone)
    for _ in range(2):
        refuse(plan)
    run_jobs()
    assert not contradicted(zone)
    refuse(plan)
    run_jobs()
    assert contradicted(zone)


def test_who_sells_is_told_and_others_are_not(plan, zone):
    building = BuildingFactory()
    zone.contradicted_at = timezone.now()
    zone.save()

    def explained(actor):
        with translation.override("en"):
            found = answer(building, actor=actor)
        return next(option for option in found.options()).explanation

    mark = "refused here lately"
    for kind in OrganizationKind:
        hears = kind in (OrganizationKind.AGENCY, OrganizationKind.BUILDER)
        assert (mark in explained(make_actor(kind))) is hears
    assert mark in explained(make_staff())
    assert mark not in explained(ANONYMOUS)


def test_the_zones_page_names_refused_requests_of_its_provider(sign_in, plan, zone, run_jobs):
    manager = make_actor(role=Role.MANAGER, organization=plan.provider)
    request = refuse(plan)
    run_jobs()
    page = sign_in(manager).get(reverse("coverage_zone", args=[zone.public_id]))
    assert request.number in seen(page)
    assert str(RejectReason.NO_PORT.label) in seen(page)


def test_the_mark_costs_no_query(plan, zone, django_assert_max_num_queries):
    building, agent = BuildingFactory(), make_actor()
    CoverageZone.objects.update(contradicted_at=timezone.now())
    answer(building, actor=agent)
    with django_assert_max_num_queries(4):
        answer(building, actor=agent)


def test_connected_requests_contradict_nothing(plan, zone, run_jobs):
    for _ in range(3):
        request_in("CONNECTED", plan=plan)
    run_jobs()
    assert not CoverageRefusal.objects.exists()
