"""Terms and suspensions that end: told once for each day, renewed where they renew themselves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core import clock
from core.models import Event, EventParty
from subscriptions.choices import SubscriptionState
from subscriptions.services.centre.renewals import remind_holders, renew_terms
from subscriptions.tests.centre import company, held
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november():
    with clock.set_to(NOW):
        yield


def told(kind):
    parties = EventParty.objects.filter(event__kind=kind).order_by("pk")
    return [
        (party.organization_id, party.event.data["day"], party.event.data["count"])
        for party in parties
    ]


def test_a_term_is_told_a_month_and_a_week_before():
    owner = company().organization
    day = date(2026, 12, 18)
    for _ in range(2):
        held(owner, term_ends_on=day)
    held(owner, term_ends_on=day, state=SubscriptionState.ENDED, ended_at=NOW)
    held(owner, term_ends_on=date(2026, 12, 19))
    agency = make_actor().organization
    held(None, owner=agency, term_ends_on=day)
    for step in range(35):
        with clock.set_to(NOW + timedelta(days=step)):
            remind_holders()
            remind_holders()
    kind = "subscriptions.terms_ending"
    assert told(kind).count((owner.pk, "2026-12-18", 2)) == 2
    assert told(kind).count((owner.pk, "2026-12-19", 1)) == 2
    assert told(kind).count((agency.pk, "2026-12-18", 1)) == 2
    assert len(told(kind)) == 6
    days = Event.objects.filter(kind=kind, data__day="2026-12-18").values_list("data", flat=True)
    assert {data["days"] for data in days} == {30, 7}


def test_days_without_a_worker_are_made_good():
    owner = company().organization
    held(owner, term_ends_on=date(2026, 12, 10))
    assert remind_holders() == 1
    with clock.set_to(datetime(2026, 12, 8, 9, tzinfo=UTC)):
        assert remind_holders() == 1


def test_a_suspension_is_told_three_days_before():
    owner = company().organization
    held(owner, state=SubscriptionState.SUSPENDED, suspended_until=date(2026, 11, 21))
    held(owner, state=SubscriptionState.SUSPENDED, suspended_until=date(2026, 11, 22))
    remind_holders()
    assert told("subscriptions.suspensions_ending") == [(owner.pk, "2026-11-21", 1)]


def test_what_is_agreed_to_end_is_neither_told_of_nor_renewed():
    owner = company().organization
    held(owner, term_ends_on=date(2026, 11, 25), ends_on=date(2026, 12, 1))
    over = held(owner, term_ends_on=date(2026, 11, 17), renew_months=12, ends_on=date(2026, 11, 30))
    asleep = {"state": SubscriptionState.SUSPENDED, "suspended_until": date(2026, 11, 21)}
    held(owner, ends_on=date(2026, 11, 21), **asleep)
    assert (remind_holders(), renew_terms()) == (0, 0)
    over.refresh_from_db()
    assert over.term_ends_on == date(2026, 11, 17)
    # One that goes on for a while after its suspension costs something again.
    held(owner, ends_on=date(2027, 5, 1), **asleep)
    assert remind_holders() == 1


@pytest.mark.parametrize(
    ("ends", "months", "expected"),
    [
        (date(2026, 11, 17), 12, date(2027, 11, 17)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 1, 31), 1, date(2026, 11, 30)),  # long past: up to the present
        (date(2026, 11, 18), 12, date(2026, 11, 18)),  # today is its last day
        (date(2026, 11, 1), 0, date(2026, 11, 1)),
    ],
)
def test_a_term_goes_on_by_itself(ends, months, expected):
    row = held(company().organization, term_ends_on=ends, renew_months=months)
    renew_terms()
    renew_terms()
    row.refresh_from_db()
    assert row.term_ends_on == expected
    changed = Event.objects.filter(kind="subscription.terms_changed").count()
    assert changed == (1 if expected != ends else 0)
