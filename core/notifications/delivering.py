"""Sends one message through one channel to one person, and records what came of it."""

import time
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django_tasks import TaskContext

from core.jobs import PermanentFailure, TemporaryFailure, job
from core.jobs.errors import describe
from core.models import Delivery, Notification
from core.notifications.channels import Message, channel_named
from core.notifications.reading import lines_of

log = structlog.get_logger("core.notifications")
# About a day, with the backoff of jobs: a mail server is mended overnight.
RETRIES = 30


@job(queue="outgoing", retries=RETRIES, takes_context=True)
def deliver(context: TaskContext, delivery_id: int) -> None:
    """Claims a delivery, sends it with no transaction open, and records the outcome.

    After a crash in the middle of sending it is sent once more, never more often.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return
    begin = time.monotonic()
    try:
        _send(delivery)
    except PermanentFailure as error:
        _finish(delivery, Delivery.State.FAILED, begin, error)
    except Exception as error:
        is_last = context.attempt > RETRIES
        state = Delivery.State.FAILED if is_last else Delivery.State.PENDING
        _finish(delivery, state, begin, error)
        if not is_last:
            raise
    else:
        _finish(delivery, Delivery.State.SENT, begin)


def retry(delivery_ids: list[int]) -> int:
    """Sends failed deliveries anew; how many there were."""
    count = 0
    for delivery_id in delivery_ids:
        failed = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.FAILED)
        with transaction.atomic():
            if failed.update(state=Delivery.State.PENDING, is_resent=False, finished_at=None):
                deliver.enqueue(delivery_id)
                count += 1
    return count


def _claim(delivery_id: int) -> Delivery | None:
    """The delivery, when this call is the one that may send it now.

    Raises TemporaryFailure while another worker may still be sending it.
    """
    now = timezone.now()
    left = Q(
        state=Delivery.State.SENDING,
        started_at__lt=now - timedelta(seconds=settings.JOB_LEASE_SECONDS),
    )
    rows = Delivery.objects.filter(pk=delivery_id)
    sending = {
        "state": Delivery.State.SENDING,
        "started_at": now,
        "attempts": F("attempts") + 1,
    }
    if not (
        rows.filter(state=Delivery.State.PENDING).update(**sending)
        or rows.filter(left, is_resent=False).update(**sending, is_resent=True)
    ):
        _give_up(rows.filter(left, is_resent=True))
        if rows.filter(state=Delivery.State.SENDING).exists():
            raise TemporaryFailure("another worker is sending it")
        return None
    return rows.select_related("user").get()


def _give_up(rows: Any) -> None:
    """Two workers died while sending: whether it arrived is not known, so it is not sent again."""
    rows.update(
        state=Delivery.State.FAILED,
        finished_at=timezone.now(),
        error="stopped twice in the middle of sending",
    )


def _finish(delivery: Delivery, state: str, begin: float, error: Exception | None = None) -> None:
    """Records the outcome, unless another worker has claimed the delivery since."""
    done = state != Delivery.State.PENDING
    Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.SENDING, attempts=delivery.attempts
    ).update(
        state=state,
        error=describe(error) if error else "",
        finished_at=timezone.now() if done else None,
        duration_ms=int((time.monotonic() - begin) * 1000),
    )
    log.info("delivery", delivery=delivery.pk, channel=delivery.channel, state=str(state))


def _send(delivery: Delivery) -> None:
    """Sends in the reader's language and time zone what the reader may know now.

    Raises PermanentFailure when the reader is not to be told any more.
    """
    user = delivery.user
    told = Notification.objects.filter(user=user, event_id=delivery.event_id)
    notification = told.select_related("event", "organization", "user").first()
    if notification is None or not may_still_read(notification):
        raise PermanentFailure("the reader has left the organization")
    zone = user.time_zone or _zone_of(notification)
    with translation.override(user.language), timezone.override(zone):
        message = message_of(notification, key=f"delivery-{delivery.pk}")
        channel_named(delivery.channel).send(message, user)


def _zone_of(notification: Notification) -> str:
    if notification.organization is None:
        return settings.DEFAULT_VIEWER_TIME_ZONE
    return str(notification.organization.time_zone)


def message_of(notification: Notification, key: str) -> Message:
    """What is sent of a notification, in the present language and time zone."""
    (line,) = lines_of([notification], is_letter=True)
    return Message(
        key=key,
        title=line.title,
        subject=line.subject,
        organization=notification.organization.name if notification.organization else "",
        url=settings.SITE_URL + line.url,
    )


def may_still_read(notification: Notification) -> bool:
    """Whether the reader is still a member of the organization they were told for, or staff.

    What somebody was told as staff is for staff alone.
    """
    user, organization_id = notification.user, notification.organization_id
    if not user.is_active:
        return False
    if user.is_staff or organization_id is None:
        return bool(user.is_staff)
    members = user.memberships.filter(organization_id=organization_id, is_active=True)
    return bool(members.exists())
