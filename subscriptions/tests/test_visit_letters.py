"""Letters and reminders of visits: to whom, once, and not of what is over."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.models import Event, Job
from core.notifications.telling import people_to_tell
from core.tests.concurrency import together
from subscriptions import visit_letters
from subscriptions.choices import RequestState
from subscriptions.models import Appointment
from subscriptions.services.clients import withdraw_consent
from subscriptions.services.requests import move_request
from subscriptions.services.visits.links import send_again
from subscriptions.services.visits.reminders import remind
from subscriptions.tests.factories import ClientFactory, move, request_in
from subscriptions.visit_handlers import tell_of_cancelled_visit, tell_of_visit
from users.models import Membership
from users.sms.memory import outbox
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db
S = RequestState
VISIT = datetime(2027, 1, 20, 7, tzinfo=UTC)  # ten in the morning in Moscow


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def make(agent, operator):
    """A request with a visit at VISIT, agreed upon on the tenth of January."""

    def _make(**client):
        with clock.set_to(datetime(2027, 1, 10, 7, tzinfo=UTC)):
            request = request_in(
                S.APPROVED,
                owner=agent.organization,
                created_by=agent.user,
                plan__provider=operator.organization,
                client=ClientFactory(owner=agent.organization, **client),
            )
            times = {"starts_at": VISIT, "ends_at": VISIT + timedelta(hours=2)}
            return move_request(operator, request.number, "schedule", times)

    return _make


def visit_of(request) -> Appointment:
    return Appointment.objects.filter(request=request).latest("pk")


def event_of(request, kind) -> Event:
    return Event.objects.filter(subject_id=request.pk, kind=kind).latest("pk")


def letters_waiting() -> list:
    jobs = Job.objects.filter(task__endswith="send_visit_letter")
    return [tuple(job.arguments["args"]) for job in jobs.order_by("pk")]


# --- to whom --------------------------------------------------------------------------------------
def test_a_client_with_an_address_gets_the_letter_with_the_link(make):
    request = make(email="client@example.com")
    with clock.set_to(VISIT - timedelta(days=5)):
        visit_letters.send_letter(visit_of(request).pk, "agreed")
    letter = mail.outbox[0]
    assert letter.to == ["client@example.com"]
    assert "/visit/" in letter.body
    assert "10:00–12:00" in letter.body
    assert request.number in letter.body
    assert "10:00–12:00" in letter.subject


@pytest.mark.parametrize("why", ["no address", "no consent"])
def test_otherwise_who_filed_gets_it(make, agent, why):
    request = make(email="" if why == "no address" else "client@example.com")
    if why == "no consent":
        manager = make_actor(organization=agent.organization)
        withdraw_consent(manager, request.client)
    with clock.set_to(VISIT - timedelta(days=5)):
        visit_letters.send_letter(visit_of(request).pk, "agreed")
        visit_letters.send_letter(visit_of(request).pk, "day")
    assert [letter.to for letter in mail.outbox] == [[agent.user.email]]


def test_nobody_gets_it_where_who_filed_has_left_or_it_is_a_sandbox(make, agent):
    request = make()
    Membership.objects.filter(user=agent.user).update(is_active=False)
    visit_letters.send_letter(visit_of(request).pk, "agreed")
    other = make(email="client@example.com")
    agent.organization.is_sandbox = True
    agent.organization.save()
    visit_letters.send_letter(visit_of(other).pk, "agreed")
    assert mail.outbox == []


def test_a_letter_of_what_is_no_longer_so_is_not_sent(make):
    request = make(email="client@example.com")
    pk = visit_of(request).pk
    move(request, "cancel_visit")
    for kind in ("agreed", "day", "hours"):
        visit_letters.send_letter(pk, kind)
    assert mail.outbox == []
    with clock.set_to(VISIT + timedelta(hours=1)):
        visit_letters.send_letter(pk, "cancelled")
    assert mail.outbox == []
    visit_letters.send_letter(pk, "cancelled")
    assert len(mail.outbox) == 1
    assert "/visit/" not in mail.outbox[0].body


def test_when_it_is_too_late_to_move_the_letter_has_no_link(make):
    request = make(email="client@example.com")
    with clock.set_to(VISIT - timedelta(hours=2)):
        visit_letters.send_letter(visit_of(request).pk, "hours")
    assert "/visit/" not in mail.outbox[0].body


# --- on what happens ------------------------------------------------------------------------------
def test_scheduling_writes_one_letter_however_often_the_handler_runs(make):
    request = make(email="client@example.com")
    for _ in range(3):
        tell_of_visit(event_of(request, "request.scheduled"))
    pk = visit_of(request).pk
    assert letters_waiting() == [(pk, "agreed")]
    move(request, "cancel_visit")
    for _ in range(3):
        tell_of_cancelled_visit(event_of(request, "request.moved"))
    assert letters_waiting() == [(pk, "agreed"), (pk, "cancelled")]


def test_a_visit_nobody_was_told_of_is_not_called_off(make):
    request = move(make(), "cancel_visit")
    tell_of_cancelled_visit(event_of(request, "request.moved"))
    assert letters_waiting() == []


def test_sending_again_is_for_who_may_act_and_not_at_once(make, operator):
    visit = visit_of(make(email="client@example.com"))
    with clock.set_to(VISIT - timedelta(days=3)):
        send_again(operator, visit)
        with pytest.raises(DomainError):
            send_again(operator, visit)
    assert letters_waiting() == [(visit.pk, "agreed")]


# --- reminders ------------------------------------------------------------------------------------
def reminded_at(*befores) -> list:
    """What is reminded of when the job runs at these times before the visit."""
    return [_run(VISIT - before) for before in befores]


def _run(moment) -> int:
    with clock.set_to(moment):
        return remind()


def test_a_visit_is_reminded_of_a_day_and_two_hours_before_once_each(make):
    request = make(email="client@example.com")
    before = [timedelta(hours=hours) for hours in (30, 24, 23, 3, 2, 1)]
    assert reminded_at(*before) == [0, 1, 0, 0, 1, 0]
    assert letters_waiting() == [(visit_of(request).pk, "day"), (visit_of(request).pk, "hours")]
    assert Event.objects.filter(kind="visit.reminded").count() == 2


def test_both_sides_are_told_under_the_bell_the_crew_where_there_is_one(make, agent, operator):
    team = TeamFactory(organization=operator.organization)
    fitter = make_actor(role=Role.MEMBER, organization=operator.organization)
    Membership.objects.filter(user=fitter.user).update(team=team)
    make_actor(role=Role.MEMBER, organization=operator.organization)
    request = make()
    Appointment.objects.filter(request=request).update(team=team)
    _run(VISIT - timedelta(hours=2))
    told = people_to_tell(event_of(request, "visit.reminded"))
    assert set(told) == {agent.user.pk, fitter.user.pk}


def test_a_cancelled_visit_and_a_finished_one_are_not_reminded_of(make):
    move(make(), "cancel_visit")
    move(make(), "start_work", "connect")
    assert reminded_at(timedelta(hours=24), timedelta(hours=2)) == [0, 0]


def test_what_is_agreed_upon_within_the_day_is_no_news(make):
    request = make()
    Appointment.objects.filter(request=request).update(created_at=VISIT - timedelta(hours=5))
    assert reminded_at(timedelta(hours=4), timedelta(hours=2)) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_several_workers_remind_once(make):
    make()

    def run():
        return _run(VISIT - timedelta(hours=20))

    assert sorted(together([run] * 5)) == [0, 0, 0, 0, 1]
    assert Event.objects.filter(kind="visit.reminded").count() == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_a_client_without_an_address_gets_a_message_where_the_operator_wants_it(
    make, settings, wanted
):
    settings.VISIT_SMS, settings.SMS_URL = wanted, "memory://"
    request = make(phone="+79120000001")
    outbox.clear()
    with clock.set_to(VISIT - timedelta(hours=2)):
        visit_letters.send_letter(visit_of(request).pk, "hours")
        visit_letters.send_letter(visit_of(request).pk, "agreed")
    assert [message.phone for message in outbox] == (["+79120000001"] if wanted else [])
    if wanted:
        assert "10:00–12:00" in outbox[0].text
