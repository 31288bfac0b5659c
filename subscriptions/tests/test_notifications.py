"""What the bell and the letters say of requests."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import resolve
from django.utils import translation

from core import clock
from core.choices import PartyRole
from core.events import kinds
from core.models import Event
from core.notifications import Telling
from core.notifications.registry import recipients_of, say, subjects_of
from subscriptions.choices import RequestState
from subscriptions.models import Commission, Subscription
from subscriptions.tests.factories import WAYS, RequestFactory, move, request_in
from users.tests.factories import make_actor

S = RequestState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def telling(event: Event, role: PartyRole) -> Telling:
    kind = kinds()[event.kind]
    return Telling(
        kind, {name: event.data[name] for name in kind.audiences[role] & set(event.data)}
    )


def told(request, role=PartyRole.OWNER) -> list[str]:
    """Every event of the request said to one side, without the number."""
    events = Event.objects.filter(
        subject_type="subscriptions.connectionrequest", subject_id=request.pk
    ).order_by("pk")
    return [say(telling(event, role)).replace(request.number, "N") for event in events]


def test_the_way_of_a_request_in_words():
    with clock.set_to(datetime(2026, 11, 16, 7, tzinfo=UTC)):
        request = move(request_in(S.SCHEDULED), "reschedule", "cancel_visit", "hold", "cancel")
        words = told(request)
    assert words[:3] == ["New request N", "N: Checking", "N: Approved"]
    assert re.fullmatch(r"N: visit .+, \d\d:00", words[3])
    assert re.fullmatch(r"N: the visit is moved to .+, \d\d:00", words[4])
    assert words[5] == "N: the visit is cancelled, another is needed"
    assert words[6].startswith("N: on hold until ")
    assert words[7] == "N: cancelled (The client changed their mind)"


@pytest.mark.parametrize("role", list(PartyRole))
def test_everything_can_be_said_to_every_side_that_is_told(role):
    for state in WAYS:
        request_in(state)
    for event in Event.objects.all():
        if role in kinds()[event.kind].audiences:
            words = say(telling(event, role))
            assert event.data["number"] in words
            assert "%(" not in words


def test_a_refusal_says_why():
    assert told(request_in(S.REJECTED))[-1] == "N: rejected (No free port)"


def test_the_accrual_says_how_much():
    request_in(S.CONNECTED)
    event = Event.objects.get(kind="commission.accrued")
    assert say(telling(event, PartyRole.OWNER)).endswith("commission 825\xa0₽")


def test_subjects_lead_to_their_pages_and_name_no_client(django_assert_num_queries):
    requests = [request_in(S.CONNECTED) for _ in range(2)]
    events = list(Event.objects.filter(parties__isnull=False).distinct())
    with django_assert_num_queries(3):
        subjects = subjects_of(events)
    request = requests[0]
    subscription = Subscription.objects.get(origin=request)
    accrual = Commission.objects.get(request=request)
    expected = {
        ("subscriptions.connectionrequest", request.pk): ("request_detail", request.number),
        ("subscriptions.subscription", subscription.pk): (
            "subscription_detail",
            subscription.number,
        ),
        ("subscriptions.commission", accrual.pk): ("request_detail", request.number),
    }
    for key, (name, number) in expected.items():
        found = resolve(subjects[key].url)
        assert (found.url_name, found.kwargs) == (name, {"number": number})
        assert request.building.address in subjects[key].title
        assert request.client.name not in subjects[key].title


def test_recipients_are_the_ones_chosen_for_requests():
    agent = make_actor()
    request = move(RequestFactory(owner=agent.organization, created_by=agent.user), "submit")
    make_actor(organization=agent.organization)
    event = Event.objects.get(kind="request.submitted")
    assert recipients_of(event, PartyRole.OWNER, request.owner) == {agent.user_id}
