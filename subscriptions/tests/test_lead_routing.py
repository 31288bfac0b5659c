"""Which agency is offered a lead, and who is next."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core import clock
from core.choices import OrganizationKind
from core.models import Event
from core.tests.concurrency import together
from locations.tests.factories import (
    BuildingFactory,
    CityFactory,
    RegionFactory,
    ServiceCategoryFactory,
    StreetFactory,
)
from subscriptions import jobs
from subscriptions.choices import LeadOfferState, LeadState
from subscriptions.models import Lead, LeadOffer
from subscriptions.services.leads import (
    offer_lead,
    pass_on_expired,
    retry_unrouted,
    route_forgotten,
)
from subscriptions.services.leads.routing import Candidate, choose
from subscriptions.tests.factories import LeadRuleFactory, make_lead, offered_lead
from users.models import Organization
from users.tests.factories import OrganizationFactory, make_actor

# A Monday, 13:00 in Moscow.
MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)


def agency(**fields) -> Organization:
    return OrganizationFactory(kind=OrganizationKind.AGENCY, **fields)


def asked(lead) -> list[int]:
    return list(lead.offers.order_by("pk").values_list("agency_id", flat=True))


def expire(lead) -> None:
    lead.offers.filter(state=LeadOfferState.OPEN).update(due_at=clock.now() - timedelta(minutes=1))


# --- the plain model --------------------------------------------------------------------------
@dataclass
class PlainAgency:
    """What the model knows of an agency: its rules, and the numbers of leads it has."""

    pk: int
    rules: list[tuple] = field(default_factory=list)
    offered: list[int] = field(default_factory=list)
    taken: int = 0
    waiting: int = 0


def plainly_chosen(agencies, city, region, category, tried):
    """The same choice, written as it is told to people, with loops."""
    best = None
    for one in agencies:
        fitting = [
            rule
            for rule in one.rules
            if rule[0] in (None, city) and rule[1] in (None, region) and rule[2] in (None, category)
        ]
        if not fitting or one.pk in tried:
            continue
        limits = [rule[3] for rule in fitting]
        if None not in limits and len(one.offered) >= max(limits):
            continue
        weight = max(rule[4] for rule in fitting)
        turn = (
            Fraction(one.waiting + one.taken + 1, weight),
            one.offered[-1] if one.offered else -1,
            one.pk,
        )
        if best is None or turn < best[0]:
            best = (turn, one)
    return best[1] if best else None


RULE = st.tuples(
    st.sampled_from([None, 0, 1, 2]),  # city
    st.sampled_from([None, None, 0, 1]),  # region
    st.sampled_from([None, 0, 1]),  # category
    st.sampled_from([None, 1, 2]),  # a day
    st.sampled_from([1, 5, 10]),  # weight
)
STEP = st.tuples(
    st.integers(0, 2), st.integers(0, 1), st.sampled_from(["take", "pass", "expire", "leave"])
)


class TestAgainstThePlainModel(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        rules=st.lists(st.lists(RULE, max_size=3), min_size=1, max_size=4),
        steps=st.lists(STEP, min_size=1, max_size=7),
    )
    def test_every_lead_goes_where_the_model_says(self, rules, steps):
        regions = [RegionFactory(), RegionFactory()]
        cities = [CityFactory(region=regions[number // 2]) for number in range(3)]
        categories = [
            ServiceCategoryFactory(code=code, name_ru=code, name_en=code) for code in ("one", "two")
        ]
        agencies = []
        for given_rules in rules:
            organization = agency()
            plain = PlainAgency(organization.pk)
            for city, region, category, limit, weight in given_rules:
                LeadRuleFactory(
                    agency=organization,
                    city=None if city is None else cities[city],
                    region=None if region is None else regions[region],
                    category=None if category is None else categories[category],
                    daily_limit=limit,
                    weight=weight,
                )
                plain.rules.append((city, region, category, limit, weight))
            agencies.append(plain)
        for number, (city, category, act) in enumerate(steps):
            with clock.set_to(MONDAY + timedelta(minutes=number)):
                self._live(agencies, cities, categories, number, city, category, act)

    def _live(self, agencies, cities, categories, number, city, category, act):
        house = BuildingFactory(street=StreetFactory(city=cities[city]))
        lead = make_lead(building=house, categories=[categories[category].pk])
        tried: set[int] = set()
        offer_lead(lead.pk)
        wanted = self._expected(agencies, city, category, number, tried)
        self._same(lead, wanted)
        if wanted is None:
            return
        if act == "take":
            lead.offers.update(state=LeadOfferState.TAKEN, decided_at=clock.now())
            Lead.objects.filter(pk=lead.pk).update(state=LeadState.TAKEN)
            wanted.waiting, wanted.taken = wanted.waiting - 1, wanted.taken + 1
        elif act in {"pass", "expire"}:
            wanted.waiting -= 1
            expire(lead)
            pass_on_expired()
            self._same(lead, self._expected(agencies, city, category, number, tried))

    def _expected(self, agencies, city, category, number, tried):
        wanted = plainly_chosen(agencies, city, city // 2, category, tried)
        if wanted is not None:
            tried.add(wanted.pk)
            wanted.offered.append(number)
            wanted.waiting += 1
        return wanted

    def _same(self, lead, wanted):
        lead.refresh_from_db()
        assert lead.agency_id == (wanted.pk if wanted else None)
        assert lead.state == (LeadState.OFFERED if wanted else LeadState.UNROUTED)


def test_of_equals_the_one_asked_longest_ago_is_first():
    now = clock.now()
    rows = [
        Candidate(agency_id=3, weight=10, limit=None, load=0, today=1, asked_at=now),
        Candidate(agency_id=2, weight=10, limit=None, load=0, today=0, asked_at=None),
        Candidate(agency_id=1, weight=10, limit=None, load=0, today=0, asked_at=None),
    ]
    chosen = choose(rows)
    assert chosen is not None and chosen.agency_id == 1
    assert choose([]) is None


# --- who may be asked -------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"verified_at": None},
        {"is_active": False},
        {"is_sandbox": True},
    ],
)
def test_visitors_data_go_to_working_verified_agencies_alone(fields):
    LeadRuleFactory(agency=agency(**fields))
    lead = make_lead()
    assert offer_lead(lead.pk) is None
    lead.refresh_from_db()
    assert (lead.state, lead.agency) == (LeadState.UNROUTED, None)
    assert Event.objects.filter(kind="lead.unrouted", subject_id=lead.pk).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"is_active": False}, {"weight": 0}])
def test_a_rule_that_is_off_offers_nothing(fields):
    LeadRuleFactory(**fields)
    assert offer_lead(make_lead().pk) is None


@pytest.mark.django_db
def test_a_place_that_we_do_not_know_goes_to_who_takes_any_place():
    LeadRuleFactory(city=CityFactory())
    anywhere = LeadRuleFactory()
    offer = offer_lead(make_lead(address="Дальнее, Лесная 5").pk)
    assert offer is not None and offer.agency_id == anywhere.agency_id


@pytest.mark.django_db
def test_a_held_lead_is_offered_to_nobody():
    LeadRuleFactory()
    lead = make_lead(held_as="LINKS")
    assert offer_lead(lead.pk) is None
    assert not LeadOffer.objects.exists()


@pytest.mark.django_db
def test_the_event_routes_the_lead_and_tells_the_agency(run_jobs, mailoutbox):
    worker = make_actor()
    LeadRuleFactory(agency=worker.organization)
    lead = make_lead(comment="Позвоните после шести")
    run_jobs()
    lead.refresh_from_db()
    assert lead.agency_id == worker.organization_id
    assert [letter.to for letter in mailoutbox] == [[worker.user.email]]
    letter = mailoutbox[0]
    assert lead.building.address in letter.body
    due = timezone.localtime(lead.offers.get().due_at, ZoneInfo("Europe/Moscow"))
    assert f"{due:%H:%M}" in letter.subject
    for secret in (lead.name, str(lead.phone), lead.phone.as_national, lead.comment):
        assert secret not in letter.body + letter.subject
    assert run_jobs() == 0


# --- deadlines --------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("left", "due"),
    [
        # Within working hours, over the evening, over the weekend (by Moscow, 9 to 18).
        (datetime(2026, 11, 16, 10, 0, tzinfo=UTC), datetime(2026, 11, 16, 10, 30, tzinfo=UTC)),
        (datetime(2026, 11, 16, 14, 50, tzinfo=UTC), datetime(2026, 11, 17, 6, 20, tzinfo=UTC)),
        (datetime(2026, 11, 20, 20, 0, tzinfo=UTC), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)),
    ],
)
def test_an_agency_has_half_an_hour_of_its_working_time(left, due):
    with clock.set_to(left):
        lead = offered_lead(agency(time_zone="Europe/Moscow"))
        assert lead.offers.get().due_at == due


@pytest.mark.django_db
def test_nobody_is_asked_twice_and_in_the_end_staff_are_told():
    rules = [LeadRuleFactory() for _ in range(3)]
    lead = make_lead()
    offer_lead(lead.pk)
    for _ in range(5):
        expire(lead)
        pass_on_expired()
    assert sorted(asked(lead)) == sorted(rule.agency_id for rule in rules)
    lead.refresh_from_db()
    assert lead.state == LeadState.UNROUTED
    assert set(lead.offers.values_list("state", flat=True)) == {LeadOfferState.EXPIRED}
    kinds = Event.objects.filter(subject_id=lead.pk, kind__startswith="lead.")
    assert kinds.filter(kind="lead.expired").count() == 3
    assert kinds.filter(kind="lead.unrouted").count() == 1


@pytest.mark.django_db
def test_an_offer_in_time_is_left_alone():
    lead = offered_lead(agency())
    assert pass_on_expired() == 0
    lead.refresh_from_db()
    assert lead.state == LeadState.OFFERED


@pytest.mark.django_db
def test_tomorrow_there_is_room_again():
    with clock.set_to(MONDAY):
        rule = LeadRuleFactory(daily_limit=1)
        first, second = make_lead(), make_lead()
        offer_lead(first.pk)
        assert offer_lead(second.pk) is None
        assert retry_unrouted() == 0
    with clock.set_to(MONDAY + timedelta(days=1)):
        assert retry_unrouted() == 1
    second.refresh_from_db()
    assert second.agency_id == rule.agency_id
    with clock.set_to(MONDAY + timedelta(days=9)):
        third = make_lead()
        Lead.objects.filter(pk=third.pk).update(state=LeadState.UNROUTED, created_at=MONDAY)
        assert retry_unrouted() == 0


@pytest.mark.django_db
def test_a_lead_whose_routing_was_lost_is_taken_up():
    LeadRuleFactory()
    lead = make_lead()
    assert route_forgotten() == 0
    with clock.set_to(clock.now() + timedelta(minutes=5)):
        assert route_forgotten() == 1
        assert route_forgotten() == 0
    assert asked(lead)


# --- at once ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_workers_route_a_lead_once(shared_database):
    for _ in range(3):
        LeadRuleFactory()
    lead = make_lead()
    together([lambda: offer_lead(lead.pk)] * 6)
    assert lead.offers.count() == 1
    expire(lead)
    outcomes = together([pass_on_expired] * 4)
    assert sorted(outcomes) == [0, 0, 0, 1]
    assert sorted(lead.offers.values_list("state", flat=True)) == ["EXPIRED", "OPEN"]
    assert Event.objects.filter(kind="lead.expired").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_a_day_holds_when_many_leads_come_at_once(shared_database):
    LeadRuleFactory(daily_limit=2)
    leads = [make_lead() for _ in range(6)]
    outcomes = together([lambda pk=lead.pk: offer_lead(pk) for lead in leads])
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert LeadOffer.objects.count() == 2
    assert Lead.objects.filter(state=LeadState.UNROUTED).count() == 4


# --- later ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_jobs_of_leads_may_run_twice():
    with clock.set_to(clock.now() - timedelta(days=20)):
        lead = offered_lead(agency())
    other = LeadRuleFactory().agency
    for _ in range(2):
        jobs.pass_leads_on.func()
        jobs.retry_unrouted_leads.func()
        jobs.forget_held_leads.func()
    assert asked(lead)[1:] == [other.pk]
