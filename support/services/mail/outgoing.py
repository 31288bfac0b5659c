"""Letters with what the staff said, to whom it was said."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import F, Q
from django_tasks import TaskContext

from core import clock
from core.actor import system_actor
from core.events import emit
from core.jobs import PermanentFailure, TemporaryFailure, job
from core.jobs.errors import describe
from core.notifications.channels.mail import hand_over
from support.choices import DeskSide, SendState
from support.models import LetterId, Observer, OutgoingMail, Ticket, TicketMessage
from support.services.mail import addresses
from support.services.mail.composing import compose
from support.services.parties import parties_of

log = structlog.get_logger("support.mail")
# About a day, with the backoff of jobs: a mail server is mended overnight.
RETRIES = 30
# Automatic letters to one address in a day: two robots that write to each other stop soon.
RECEIPTS_A_DAY = 5
User = get_user_model()


def send_out(message: TicketMessage) -> None:
    """Makes the letters of a staff message and the job that sends them, in its transaction.

    They go to the requester and to observers on the customer's side. Of a sandbox nothing leaves.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Letters are made in the transaction of their message.")
    ticket = message.ticket
    people = _customers(ticket) - {message.author_id}
    for user_id in sorted(people):
        _make(message, user_id=user_id)
    if ticket.requester_id is None and ticket.requester_email:
        _make(message, address=ticket.requester_email)


def acknowledge(message: TicketMessage) -> bool:
    """Makes the one automatic letter: to whom a letter of theirs has opened a ticket.

    Whether one was made: not to an address that has had its share of the day.
    """
    ticket = message.ticket
    since = clock.now() - timedelta(days=1)
    had = OutgoingMail.objects.filter(
        message__side=DeskSide.CUSTOMER,
        message__ticket__requester_email=ticket.requester_email,
        created_at__gt=since,
    )
    if not ticket.requester_email or had.count() >= RECEIPTS_A_DAY:
        return False
    if ticket.requester_id is None:
        _make(message, address=ticket.requester_email)
    else:
        _make(message, user_id=ticket.requester_id)
    return True


def _customers(ticket: Ticket) -> set[int]:
    """Accounts that are told; whether they may still read it is asked when a letter goes out."""
    observers = Observer.objects.filter(ticket=ticket, user__is_staff=False)
    found = set(observers.values_list("user_id", flat=True))
    return found | ({ticket.requester_id} if ticket.requester_id else set())


def _make(message: TicketMessage, *, user_id: int | None = None, address: str = "") -> None:
    ticket = message.ticket
    is_held = ticket.owner is not None and ticket.owner.is_sandbox
    row = OutgoingMail.objects.create(
        message=message,
        user_id=user_id,
        address=address,
        state=SendState.HELD if is_held else SendState.WAITING,
        created_at=clock.now(),
    )
    if is_held:
        return
    LetterId.objects.create(
        letter_id=addresses.letter_id(row, message.public_id).strip("<>"), ticket=ticket
    )
    send_letter.enqueue(row.pk)


def give_up_letter(row_id: int, error: str = "stopped in the middle of every attempt") -> None:
    """Ends a letter that does not go out, and tells the staff."""
    _fail(row_id, error, {SendState.WAITING, SendState.SENDING})


def note_return(row_id: int) -> bool:
    """Marks a letter that the mail server brought back as not arrived; whether it was this call."""
    return _fail(row_id, "returned by the mail server", {SendState.SENT, SendState.SENDING})


def _fail(row_id: int, error: str, states: set[SendState]) -> bool:
    with transaction.atomic():
        # Its own row alone: MariaDB would lock the ticket that is joined as well.
        row = OutgoingMail.objects.select_for_update().filter(pk=row_id).first()
        if row is None or row.state not in states:
            return False
        row.state = SendState.FAILED
        row.error = error[:300]
        row.save(update_fields=["state", "error"])
        ticket = row.message.ticket
        data = {"number": ticket.number, "message": row.message_id}
        emit(system_actor(), "ticket.mail_failed", ticket, parties_of(ticket), data)
    log.warning("letter_failed", letter=row_id, error=error)
    return True


@job(queue="outgoing", retries=RETRIES, takes_context=True, on_given_up=give_up_letter)
def send_letter(context: TaskContext, row_id: int) -> None:
    """Claims a letter, sends it with no transaction open, and records the outcome.

    After a crash in the middle of sending it is sent once more, with the same id, never more often.
    """
    row = _claim(row_id)
    if row is None:
        return
    try:
        letter = compose(row)
        if letter is None:
            _finish(row, SendState.HELD, "the reader may not read it any more")
            return
        hand_over(letter)
    except PermanentFailure as error:
        give_up_letter(row_id, describe(error))
    except Exception as error:
        if context.attempt > RETRIES:
            give_up_letter(row_id, describe(error))
            return
        _finish(row, SendState.WAITING, describe(error))
        raise
    else:
        _finish(row, SendState.SENT)


def _claim(row_id: int) -> OutgoingMail | None:
    """The letter, when this call is the one that may send it now.

    Raises TemporaryFailure while another worker may still be sending it.
    """
    now = clock.now()
    left = Q(
        state=SendState.SENDING,
        claimed_at__lt=now - timedelta(seconds=settings.JOB_LEASE_SECONDS),
    )
    rows = OutgoingMail.objects.filter(pk=row_id)
    sending = {"state": SendState.SENDING, "claimed_at": now, "attempts": F("attempts") + 1}
    if not (
        rows.filter(state=SendState.WAITING).update(**sending)
        or rows.filter(left, is_resent=False).update(**sending, is_resent=True)
    ):
        if rows.filter(left, is_resent=True).exists():
            give_up_letter(row_id, "stopped twice in the middle of sending")
        if rows.filter(state=SendState.SENDING).exists():
            raise TemporaryFailure("another worker is sending it")
        return None
    return rows.select_related("user", "message__ticket__owner", "message__author").get()


def _finish(row: OutgoingMail, state: SendState, error: str = "") -> None:
    """Records the outcome, unless another worker has claimed the letter since."""
    OutgoingMail.objects.filter(pk=row.pk, state=SendState.SENDING, attempts=row.attempts).update(
        state=state, error=error, sent_at=clock.now() if state == SendState.SENT else None
    )
    log.info("letter", letter=row.pk, state=str(state))
