"""Fetches letters from the mailbox: each is kept as it came before it is understood."""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Q

from core import clock
from core.storage import private_storage
from support.choices import MailOutcome
from support.models import IncomingMail, Mailbox
from support.services.mail.imap import (
    LETTER_BYTES,
    Fetched,
    MailboxAddress,
    MailboxError,
    MailServer,
    connected,
)
from support.services.mail.intake import understand_letter
from support.services.mail.parsing import headers_of, letter_id_of, sender_of

log = structlog.get_logger("support.mail")
# One run of the job of every minute ends before the next one but one.
LONGEST_SECONDS = 90.0
# Letters below the last one that a worker may have kept without marking them.
MARKED_ANEW = 500
KEPT = timedelta(days=90)


def fetch_letters() -> int:
    """Reads the mailbox of SUPPORT_MAIL_URL to its end; how many letters were kept.

    One worker at a time; what fails stands in `Mailbox.error` until it works again.
    """
    if not settings.SUPPORT_MAIL_URL:
        return 0
    address = MailboxAddress.of(settings.SUPPORT_MAIL_URL)
    box = _claim(address.name)
    if box is None:
        return 0
    error, count = "", 0
    try:
        with connected(address) as server:
            count = _read(box, server)
    except MailboxError as failure:
        error = str(failure)[:300]
        log.warning("mailbox_failed", error=error)
    finally:
        Mailbox.objects.filter(pk=box.pk).update(
            error=error, polled_at=clock.now(), leased_until=None
        )
    return count


def lease() -> timedelta:
    """Who reads the mailbox has it for so long after the last letter."""
    return timedelta(seconds=2 * settings.JOB_LEASE_SECONDS)


def _claim(name: str) -> Mailbox | None:
    now = clock.now()
    Mailbox.objects.bulk_create([Mailbox(name=name)], ignore_conflicts=True)
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    if not Mailbox.objects.filter(free, name=name).update(leased_until=now + lease()):
        return None
    return Mailbox.objects.get(name=name)


def _read(box: Mailbox, server: MailServer) -> int:
    began = time.monotonic()
    _know_numbers(box, server)
    _mark_what_was_kept(box, server)
    count = 0
    for uid in server.uids_after(box.last_uid):
        if time.monotonic() - began > LONGEST_SECONDS:
            break
        fetched = server.fetch(uid)
        if fetched is None:
            continue
        count += keep(box, fetched)
        server.mark_seen([uid])
    return count


def _know_numbers(box: Mailbox, server: MailServer) -> None:
    """A mailbox is read from its first unread letter on; one that was numbered anew, from its
    beginning: what was taken in before is known by its id.
    """
    if box.uid_validity == server.validity:
        return
    is_new = box.uid_validity == 0
    box.last_uid = server.first_unread() - 1 if is_new else 0
    box.uid_validity = server.validity
    box.save(update_fields=["last_uid", "uid_validity"])


def _mark_what_was_kept(box: Mailbox, server: MailServer) -> None:
    """A worker that was killed between keeping and marking left letters unread."""
    unread = server.unread_among(max(1, box.last_uid - MARKED_ANEW), box.last_uid)
    kept = box.letters.filter(uid_validity=box.uid_validity, uid__in=unread)
    server.mark_seen(kept.values_list("uid", flat=True))


def keep(box: Mailbox, fetched: Fetched) -> bool:
    """Stores a letter with the job that understands it, and moves the mailbox on, in one
    transaction; whether it was new.
    """
    known = box.letters.filter(uid_validity=box.uid_validity, uid=fetched.uid)
    if known.exists():
        _move_on(box, fetched.uid)
        return False
    # Named by its place: what a killed worker left is written over, not left beside.
    storage, name = private_storage(), f"mail/{box.pk}-{box.uid_validity}-{fetched.uid}.eml"
    storage.delete(name)
    path = storage.save(name, ContentFile(fetched.content))
    try:
        with transaction.atomic():
            row = _row(box, fetched, path)
            if row.outcome == MailOutcome.WAITING:
                understand_letter.enqueue(row.pk)
            _move_on(box, fetched.uid)
    except IntegrityError:
        _move_on(box, fetched.uid)
        return False
    return True


def _row(box: Mailbox, fetched: Fetched, path: str) -> IncomingMail:
    headers = headers_of(fetched.content)
    now = clock.now()
    refused = {}
    if fetched.is_too_large:
        text = f"Larger than {LETTER_BYTES // 1024 // 1024} MB: left in the mailbox"
        refused = {"outcome": MailOutcome.BROKEN, "error": text, "processed_at": now}
    return IncomingMail.objects.create(
        mailbox=box,
        uid_validity=box.uid_validity,
        uid=fetched.uid,
        letter_id=letter_id_of(fetched.content, headers),
        sender=sender_of(headers)[1],
        subject=headers.get("subject")[:200],
        raw=path,
        size=fetched.size,
        received_at=now,
        **refused,
    )


def _move_on(box: Mailbox, uid: int) -> None:
    rows = Mailbox.objects.filter(pk=box.pk, uid_validity=box.uid_validity)
    rows.filter(last_uid__lt=uid).update(last_uid=uid)
    rows.update(leased_until=clock.now() + lease())


def forget_old_letters() -> int:
    """Deletes letters as they came, some months after they were understood; how many."""
    old = IncomingMail.objects.filter(received_at__lt=clock.now() - KEPT)
    gone = 0
    while rows := list(old.exclude(outcome=MailOutcome.WAITING).order_by("pk")[:200]):
        for row in rows:
            # The file first: a killed worker leaves none behind that no row names.
            row.raw.delete(save=False)
        gone += old.filter(pk__in=[row.pk for row in rows]).delete()[0]
    return gone
