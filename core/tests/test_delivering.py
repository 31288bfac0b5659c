"""A delivery: claimed by one, recorded, retried, and at most sent once more after a crash."""

import socket
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone
from django_tasks import TaskContext

from core import clock
from core.choices import Role
from core.jobs import PermanentFailure, TemporaryFailure
from core.jobs.backend import result_of
from core.models import Delivery, Event, EventParty, Job, Notification
from core.notifications import delivering
from core.notifications.channels.mail import MailChannel
from core.tests.later import in_parallel, wait_until
from users.models import Membership
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(db):
    return make_actor(role=Role.OWNER)


def make_delivery(reader, **fields) -> Delivery:
    event = Event.objects.create(
        kind="request.connected",
        subject_type="users.organization",
        subject_id=reader.organization.pk,
        data={"number": "EC-4827-1936", "reason": "not for this side"},
        created_at=clock.now(),
        batch="12345678123456781234567812345678",
    )
    EventParty.objects.create(event=event, organization=reader.organization, role="OWNER")
    Notification.objects.create(
        user=reader.user, organization=reader.organization, event=event, created_at=clock.now()
    )
    return Delivery.objects.create(
        event=event, user=reader.user, channel="email", created_at=clock.now(), **fields
    )


def deliver(delivery: Delivery, attempt: int = 1) -> None:
    job = Job(
        pk=1, arguments={"args": [], "kwargs": {}}, state="RUNNING", attempts=attempt, worker="w"
    )
    context = TaskContext(task_result=result_of(job, delivering.deliver))
    try:
        delivering.deliver.call(context, delivery.pk)
    finally:
        delivery.refresh_from_db()


@pytest.fixture
def channel(monkeypatch):
    """The mail channel's outcomes, one per sending; an exception is raised. Counts sendings."""
    outcomes: list[Exception | None] = []
    sent: list[str] = []

    def send(self, message, user):
        sent.append(message.title)
        outcome = outcomes.pop(0) if outcomes else None
        if outcome is not None:
            raise outcome

    monkeypatch.setattr(MailChannel, "send", send)
    send.outcomes, send.sent = outcomes, sent
    return send


def test_a_delivery_is_sent_and_recorded(reader, channel):
    delivery = make_delivery(reader)
    deliver(delivery)
    assert (delivery.state, delivery.attempts, delivery.error) == ("SENT", 1, "")
    assert delivery.finished_at is not None
    assert delivery.duration_ms is not None
    deliver(delivery)
    assert len(channel.sent) == 1


def test_nothing_is_sent_within_a_transaction(shared_database, monkeypatch, start_worker):
    reader = make_actor(role=Role.OWNER)
    within = []
    monkeypatch.setattr(
        MailChannel, "send", lambda *_args: within.append(connection.in_atomic_block)
    )
    deliver(make_delivery(reader))
    assert within == [False]


def test_a_temporary_failure_is_retried_and_then_sent(reader, channel, run_jobs):
    delivery = make_delivery(reader)
    channel.outcomes += [TemporaryFailure("SMTPDataError 451"), None]
    delivering.deliver.enqueue(delivery.pk)
    run_jobs()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (
        "PENDING",
        "TemporaryFailure: SMTPDataError 451",
    )
    assert Job.objects.get().state == "READY"
    run_jobs(later=True)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error) == ("SENT", 2, "")


def test_a_permanent_failure_ends_it_without_a_failed_job(reader, channel, run_jobs):
    delivery = make_delivery(reader)
    channel.outcomes += [PermanentFailure("SMTPDataError 554")]
    delivering.deliver.enqueue(delivery.pk)
    run_jobs(later=True)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("FAILED", 1)
    assert delivery.error == "PermanentFailure: SMTPDataError 554"
    assert Job.objects.get().state == "SUCCESSFUL"


def test_after_the_last_attempt_it_has_failed(reader, channel):
    delivery = make_delivery(reader)
    channel.outcomes += [TimeoutError()] * 2
    with pytest.raises(TimeoutError):
        deliver(delivery, attempt=delivering.RETRIES)
    assert delivery.state == "PENDING"
    deliver(delivery, attempt=delivering.RETRIES + 1)
    assert (delivery.state, delivery.error) == ("FAILED", "TimeoutError")


def test_a_message_that_another_worker_is_sending_is_left_to_it(reader, channel):
    delivery = make_delivery(reader, state="SENDING", started_at=timezone.now(), attempts=1)
    with pytest.raises(TemporaryFailure):
        deliver(delivery)
    assert not channel.sent


def test_after_a_crash_it_is_sent_once_more_and_no_oftener(reader, channel, settings):
    long_ago = timezone.now() - timedelta(seconds=settings.JOB_LEASE_SECONDS + 1)
    delivery = make_delivery(reader, state="SENDING", started_at=long_ago, attempts=1)
    deliver(delivery)
    assert (delivery.state, delivery.attempts, delivery.is_resent) == ("SENT", 2, True)

    Delivery.objects.filter(pk=delivery.pk).update(state="SENDING", started_at=long_ago)
    deliver(delivery)
    assert delivery.state == "FAILED"
    assert delivery.error == "stopped twice in the middle of sending"
    assert len(channel.sent) == 1


def test_parallel_workers_send_once(shared_database, monkeypatch):
    sent = []
    monkeypatch.setattr(MailChannel, "send", lambda *_args: sent.append(1))
    delivery = make_delivery(make_actor(role=Role.OWNER))

    def try_to_deliver(_number: int) -> None:
        mine = Delivery.objects.get(pk=delivery.pk)
        with suppress(TemporaryFailure):
            deliver(mine)

    in_parallel(5, try_to_deliver)
    assert len(sent) == 1


def test_a_letter_speaks_the_readers_language_and_hides_what_is_not_theirs(reader, mailoutbox):
    for language, words in (("en", "Open in the portal"), ("ru", None)):
        type(reader.user).objects.filter(pk=reader.user_id).update(language=language)
        Event.objects.all().delete()
        deliver(make_delivery(reader))
        html = mailoutbox[-1].alternatives[0][0]
        assert f'<html lang="{language}">' in html
        assert words is None or words in html
        assert "not for this side" not in html + mailoutbox[-1].body
        assert "EC-4827-1936" in mailoutbox[-1].subject


def test_who_has_left_meanwhile_gets_no_letter(reader, channel):
    delivery = make_delivery(reader)
    Membership.objects.all().delete()
    deliver(delivery)
    assert delivery.state == "FAILED"
    assert delivery.error == "PermanentFailure: the reader has left the organization"
    assert not channel.sent


def test_failed_messages_can_be_sent_anew_and_others_cannot(reader, channel, run_jobs):
    failed = make_delivery(reader, state="FAILED")
    Event.objects.filter(pk=failed.event_id).update(position=None)
    assert delivering.retry([failed.pk, failed.pk + 1]) == 1
    assert delivering.retry([failed.pk]) == 0
    run_jobs()
    failed.refresh_from_db()
    assert failed.state == "SENT"


class Mailbox:
    """What an SMTP server received; the first `refusals` letters are put off."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.letters: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.refusals:
            self.refusals -= 1
            return "451 Try again later"
        self.letters.append(envelope.content)
        return "250 Accepted"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_worker_sends_through_a_real_server_that_comes_back(start_worker):
    """By SMTP, from a process of its own: put off once, then taken."""
    mailbox = Mailbox(refusals=1)
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        delivery = make_delivery(make_actor(role=Role.OWNER))
        job = Job.objects.filter(pk=delivering.deliver.enqueue(delivery.pk).id)
        start_worker("--queues=outgoing", EMAIL_URL=f"smtp://127.0.0.1:{port}")
        wait_until(lambda: job.get().attempts == 1 and job.get().state == "READY")
        job.update(due_at=timezone.now())
        wait_until(lambda: job.get().state == "SUCCESSFUL")
    finally:
        controller.stop()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("SENT", 2)
    (letter,) = mailbox.letters
    assert message_from_bytes(letter)["Message-ID"].startswith(f"<delivery-{delivery.pk}@")
