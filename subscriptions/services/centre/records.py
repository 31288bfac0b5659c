"""What people write of a subscription: contract and account, term, note; price and end of those
that were not connected through the portal."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from core.workflow import touched
from subscriptions.centre_rights import (
    may_change_terms,
    may_keep_record,
    sorts,
    told_of,
)
from subscriptions.choices import ExitRule, PriceReason, SubscriptionState
from subscriptions.models import Subscription, SubscriptionNote
from subscriptions.services.prices import set_price

TERMS = ("contract_number", "account_number", "term_ends_on", "renew_months")
# What leaving early costs is reckoned by these.
_BINDING = frozenset({"term_ends_on", "renew_months"})
RENEWED_AT_MOST = 60
NOTE_LENGTH = 2000


def change_terms(
    actor: Actor, row: Subscription, *, version: int, terms: Mapping[str, Any]
) -> Subscription:
    """Sets what `terms` names of TERMS; returns the row.

    Raises Forbidden, Conflict when someone has changed it since `version`, DomainError with
    `field`.
    """
    if set(terms) - set(TERMS):
        raise TypeError(f"Terms have no {sorted(set(terms) - set(TERMS))}.")
    with transaction.atomic():
        found = locked(actor, row)
        if not may_change_terms(actor, found):
            raise Forbidden(_("Only managers of the holder and of the provider change terms."))
        if found.version != version:
            raise Conflict(_("Someone changed this subscription while you were editing."))
        bound = _bound(found)
        changed = [name for name in TERMS if name in terms and _set(found, name, terms[name])]
        if not changed:
            return found
        if _BINDING & set(changed):
            _check_binding(actor, found, bound)
        _check_terms(found)
        touched(found)
        found.save(update_fields=[*changed, "version", "updated_at"])
        data = {"number": found.number, "fields": changed}
        emit(actor, "subscription.terms_changed", found, told_of(found), data)
    return found


def _bound(row: Subscription) -> tuple[date, int]:
    """How far the holder is bound: to the end of the term, and by so many months of renewal."""
    return row.term_ends_on or date.min, row.renew_months


def _check_binding(actor: Actor, row: Subscription, bound: tuple[date, int]) -> None:
    """A term that leaving costs something for is not its payer's to take away, nor its provider's
    to make longer: what binds more is agreed by a request."""
    if row.exit_rule == ExitRule.NONE or may_keep_record(actor, row):
        return
    if row.provider_id != actor.organization_id:
        raise DomainError(
            _("This service is changed by a request, or by its provider."), field="term_ends_on"
        )
    until, months = _bound(row)
    if until > bound[0]:
        raise DomainError(
            _("The term can only be made shorter here: a longer one is agreed by a request."),
            field="term_ends_on",
        )
    if months > bound[1]:
        raise DomainError(
            _("The term can only be made shorter here: a longer one is agreed by a request."),
            field="renew_months",
        )


def _set(row: Subscription, name: str, value: Any) -> bool:
    if isinstance(value, str):
        value = " ".join(value.split())
        if not value.isprintable():
            raise DomainError(_("This has characters that cannot be shown."), field=name)
    if getattr(row, name) == value:
        return False
    setattr(row, name, value)
    return True


def _check_terms(row: Subscription) -> None:
    try:
        row.clean_fields(exclude={f.name for f in row._meta.fields if f.name not in TERMS})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError(messages[0], field=field) from error
    if row.renew_months > RENEWED_AT_MOST:
        raise DomainError(
            _("It cannot be above %(limit)s.") % {"limit": RENEWED_AT_MOST}, field="renew_months"
        )
    if row.renew_months and row.term_ends_on is None:
        raise DomainError(
            _("Say when the term ends: without that it cannot renew."), field="term_ends_on"
        )
    if row.term_ends_on is not None and row.term_ends_on < row.started_at.date():
        raise DomainError(_("The term cannot end before the service began."), field="term_ends_on")


def locked(actor: Actor, row: Subscription) -> Subscription:
    """The subscription under a lock, with its parties; NotVisible when it is not the actor's."""
    get_visible(Subscription.objects, actor, pk=row.pk)
    Subscription.objects.select_for_update().get(pk=row.pk)
    return Subscription.objects.select_related("owner", "provider", "holder").get(pk=row.pk)


# --- notes --------------------------------------------------------------------------------------
def write_note(actor: Actor, row: Subscription, *, text: str, version: int) -> SubscriptionNote:
    """What the actor's organization remembers of a subscription; `version` 0: of no note yet.

    Raises Forbidden, Conflict, DomainError with field `text`.
    """
    if not sorts(actor):
        raise Forbidden(_("Your role allows only reading."))
    get_visible(Subscription.objects, actor, pk=row.pk)
    text = text.replace("\r\n", "\n").strip()
    if len(text) > NOTE_LENGTH or "\x00" in text:
        raise DomainError(
            _("Write at most %(most)s characters.") % {"most": NOTE_LENGTH}, field="text"
        )
    with transaction.atomic():
        own = SubscriptionNote.objects.visible_to(actor).select_for_update()
        note = own.filter(subscription=row).first()
        if (note.version if note else 0) != version:
            raise Conflict(_("A colleague has changed the note while you were writing."))
        if note is None:
            return _first_note(actor, row, text)
        note.text = text
        touched(note)
        note.save()
    return note


def _first_note(actor: Actor, row: Subscription, text: str) -> SubscriptionNote:
    try:
        with transaction.atomic():
            return SubscriptionNote.objects.create(
                subscription=row, owner=actor.organization, text=text, updated_at=clock.now()
            )
    except IntegrityError as error:
        raise Conflict(_("A colleague has changed the note while you were writing.")) from error


# --- written down by the holder -----------------------------------------------------------------
def set_own_price(
    actor: Actor, row: Subscription, *, version: int, price: Decimal, starts_on: date
) -> Subscription:
    """A new price of a service that its holder wrote down, from a day up to today.

    Raises Forbidden, Conflict, DomainError with field `price` or `starts_on`.
    """
    with transaction.atomic():
        found = _own(actor, row, version)
        if price < 0:
            raise DomainError(_("A price is not negative."), field="price")
        if starts_on > today_of(found):
            raise DomainError(_("Write it down on the day it begins."), field="starts_on")
        set_price(found, price=price, starts_on=starts_on, reason=PriceReason.PRICE_CHANGED)
        if found.state == SubscriptionState.SUSPENDED:
            # What is written down counts, not what was paid before the suspension.
            found.resume_price = price
            found.save(update_fields=["resume_price"])
        data = {
            "number": found.number,
            "price": str(price),
            "currency": found.currency,
            "starts_on": starts_on.isoformat(),
        }
        emit(actor, "subscription.price_set", found, told_of(found), data)
    return found


def end_own(actor: Actor, row: Subscription, *, version: int, last_day: date) -> Subscription:
    """Ends a service that its holder wrote down; `last_day` is past or today.

    Raises Forbidden, Conflict, DomainError with field `last_day`.
    """
    with transaction.atomic():
        found = _own(actor, row, version)
        if last_day > today_of(found):
            raise DomainError(_("Write it down on the day it ends."), field="last_day")
        last = found.prices.select_for_update().order_by("-starts_on").first()
        if last is not None:
            if last_day < last.starts_on:
                raise DomainError(_("Its last price began later than this day."), field="last_day")
            last.ends_on = last_day
            last.save(update_fields=["ends_on"])
        found.state, found.ends_on, found.ended_at = SubscriptionState.ENDED, last_day, clock.now()
        found.suspended_until = found.resume_price = found.in_force_key = None
        touched(found)
        found.save()
        data = {"number": found.number, "fields": ["ends_on"]}
        emit(actor, "subscription.terms_changed", found, told_of(found), data)
    return found


def _own(actor: Actor, row: Subscription, version: int) -> Subscription:
    found = locked(actor, row)
    if not may_keep_record(actor, found):
        raise Forbidden(_("This service is changed by a request, or by its provider."))
    if found.state == SubscriptionState.ENDED:
        raise DomainError(_("This service has ended."))
    if found.version != version:
        raise Conflict(_("Someone changed this subscription while you were editing."))
    return found


def today_of(row: Subscription) -> date:
    """Days of a service are those of its provider."""
    return clock.today(ZoneInfo(row.provider.time_zone))
