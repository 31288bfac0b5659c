"""A visitor waits by e-mail: asked for on a form, begun by a link in a letter, ended by another.

Nothing that a visitor sees depends on whether an address is known: the form always answers alike,
and letters are written by jobs. Links are signed ids; nothing secret is stored.
"""

import hashlib
from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import ANONYMOUS
from core.errors import Conflict
from core.querysets import get_visible
from locations.models import Building, ServiceCategory
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch
from subscriptions.selectors.watches import is_available
from subscriptions.services.watches.watching import (
    CLOSED_FIELDS,
    LASTS,
    close,
    new_watch,
)

# The text of the consent in force (`templates/subscriptions/watches/consent.html`).
CONSENT_VERSION = "2026-11"
CONFIRMED_WITHIN = timedelta(days=7)
# The portal is no way to pester people: of one address so many letters a day, and of one wish one:
# a row knows its last letter alone, so that rows with one of today are letters of today.
LETTERS_A_DAY = 5
RESENT_AFTER = timedelta(days=1)
_CONFIRM = signing.TimestampSigner(salt="subscriptions.watches.confirm")
_STOP = signing.Signer(salt="subscriptions.watches.stop")


def ask_as_visitor(
    building: Building, category: ServiceCategory, *, email: str, language: str
) -> None:
    """Lets a letter be written that asks to confirm; whoever asks has consented.

    The same wish waits once. Raises NotVisible, Conflict where it can be connected already:
    neither depends on the address.
    """
    from subscriptions.jobs import send_watch_letter

    get_visible(Building.objects, ANONYMOUS, pk=building.pk)
    if is_available(building, category.pk):
        raise Conflict(_("A provider states that this can be connected here already."))
    email, now = email.strip().lower(), clock.now()
    key = f"@{hashlib.sha256(email.encode()).hexdigest()[:40]}:{building.pk}:{category.pk}"
    with transaction.atomic():
        row = AvailabilityWatch.objects.select_for_update().filter(open_key=key).first()
        if row is None:
            row = new_watch(building, category, key)
            row.state, row.email, row.language = WatchState.UNCONFIRMED, email, language
            row.consent_version = CONSENT_VERSION
        if not _gets_letter(row):
            return
        row.sent_at = now
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            # Sent twice at once: the other one's letter is on its way.
            return
        send_watch_letter.enqueue(row.pk, "confirm")


def _gets_letter(row: AvailabilityWatch) -> bool:
    now = clock.now()
    if row.state != WatchState.UNCONFIRMED:
        return False
    if row.sent_at is not None and now - row.sent_at < RESENT_AFTER:
        return False
    since = now - RESENT_AFTER
    sent = AvailabilityWatch.objects.filter(email=row.email, sent_at__gt=since)
    return sent.count() < LETTERS_A_DAY


def confirm_token(row: AvailabilityWatch) -> str:
    return _CONFIRM.sign(row.public_id)


def stop_token(row: AvailabilityWatch) -> str:
    return _STOP.sign(row.public_id)


def watch_to_confirm(token: str) -> AvailabilityWatch | None:
    """The watch of a link of confirmation; None for one that is forged, too old, or gone."""
    try:
        public_id = _CONFIRM.unsign(token, max_age=CONFIRMED_WITHIN)
    except signing.BadSignature:
        return None
    return _visitors().filter(public_id=public_id).first()


def watch_to_stop(token: str) -> AvailabilityWatch | None:
    """The watch of a link that ends it; None for one that is forged, or gone."""
    try:
        public_id = _STOP.unsign(token)
    except signing.BadSignature:
        return None
    return _visitors().filter(public_id=public_id).first()


def _visitors() -> QuerySet[AvailabilityWatch]:
    rows = AvailabilityWatch.objects.filter(owner__isnull=True)
    return rows.select_related("building", "category")


def confirm(row: AvailabilityWatch) -> AvailabilityWatch:
    """The visitor has the letter: from now on it waits, for a year. Pressed twice, once."""
    from subscriptions.jobs import match_watches_of_building

    with transaction.atomic():
        locked = AvailabilityWatch.objects.select_for_update().get(pk=row.pk)
        if locked.state == WatchState.UNCONFIRMED:
            now = clock.now()
            locked.state, locked.confirmed_at = WatchState.WAITING, now
            locked.expires_at = now + LASTS
            locked.save(update_fields=["state", "confirmed_at", "expires_at"])
            # It may have appeared while the letter lay unread.
            match_watches_of_building.enqueue(locked.building_id)
    return locked


def stop(row: AvailabilityWatch, *, everything: bool = False) -> int:
    """Ends a visitor's watch, or all of their address, and forgets the address; how many ended."""
    rows = AvailabilityWatch.objects.select_for_update().filter(owner__isnull=True)
    with transaction.atomic():
        rows = rows.filter(email=row.email) if everything and row.email else rows.filter(pk=row.pk)
        watches = list(rows.order_by("pk"))
        ended = 0
        for one in watches:
            if one.state in (WatchState.UNCONFIRMED, WatchState.WAITING):
                close(one, WatchState.CANCELLED)
                ended += 1
            one.email = ""
        AvailabilityWatch.objects.bulk_update(watches, [*CLOSED_FIELDS, "email"], batch_size=500)
    return ended
