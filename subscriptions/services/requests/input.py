"""Checks what came with a move: texts, reasons, the visit, the hold.

The engine has checked that what is required is there; here it is checked to make sense.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.errors import DomainError
from subscriptions.choices import Awaited, CancelReason, RejectReason

NOTE_LENGTH = 4000
REASON_LENGTH = 500
AWAITED_LENGTH = 120
VISIT_AT_MOST = timedelta(hours=24)
HOLD_AT_MOST = timedelta(days=90)
SLOT_KEY_LENGTH = 60

REASONS: dict[str, type[models.TextChoices]] = {"reject": RejectReason, "cancel": CancelReason}


def clean_text(value: Any, limit: int, field: str) -> str:
    """`value` without control characters and outer spaces; DomainError when it is too long."""
    text = "".join(
        character
        for character in str(value or "").replace("\r\n", "\n")
        if character in "\n\t" or unicodedata.category(character) != "Cc"
    ).strip()
    if len(text) > limit:
        message = ngettext(
            "Make it shorter: at most %(limit)s character.",
            "Make it shorter: at most %(limit)s characters.",
            limit,
        )
        raise DomainError(message % {"limit": limit}, field=field)
    return text


def clean_move(transition: str, data: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The data of a move, checked; `zone` is the provider calendar's. Raises DomainError."""
    cleaned = {name: _CLEANERS[name](value, zone) for name, value in data.items()}
    if "starts_at" in cleaned:
        _check_visit(cleaned["starts_at"], cleaned["ends_at"])
    if "reason" in cleaned:
        _check_reason(REASONS[transition], cleaned)
    if "awaited_kind" in cleaned:
        _check_awaited(cleaned)
    return cleaned


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime) or not is_aware(value):
        raise TypeError(f"A visit needs aware moments, not {value!r}.")
    return value


def _hold_end(value: Any, zone: ZoneInfo) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(f"A hold needs a date, not {value!r}.")
    today = clock.today(zone)
    if value < today:
        raise DomainError(_("This day has passed: choose another."), field="held_until")
    if value > today + HOLD_AT_MOST:
        raise DomainError(_("Choose a day within 90 days."), field="held_until")
    return value


def _check_visit(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise DomainError(_("The visit must end after it begins."), field="ends_at")
    if ends_at - starts_at > VISIT_AT_MOST:
        raise DomainError(_("A visit lasts a day at most."), field="ends_at")
    if ends_at <= clock.now():
        raise DomainError(_("This time has passed: choose another."), field="starts_at")


def _check_awaited(cleaned: Mapping[str, Any]) -> None:
    if cleaned["awaited_kind"] not in Awaited.values:
        raise DomainError(_("Choose who is waited for."), field="awaited_kind")
    if cleaned["awaited_kind"] == Awaited.OTHER and not cleaned.get("awaited"):
        raise DomainError(_("Say who is waited for."), field="awaited")


def _check_reason(choices: type[models.TextChoices], cleaned: Mapping[str, Any]) -> None:
    if cleaned["reason"] not in choices.values:
        raise DomainError(_("Choose one of the reasons."), field="reason")
    if cleaned["reason"] == "OTHER" and not cleaned.get("reason_text"):
        raise DomainError(_("Say the reason in words."), field="reason_text")


def _text(limit: int, field: str) -> Callable[[Any, ZoneInfo], str]:
    return lambda value, zone: clean_text(value, limit, field)


_CLEANERS: dict[str, Callable[[Any, ZoneInfo], Any]] = {
    "starts_at": _moment,
    "ends_at": _moment,
    "slot": _text(SLOT_KEY_LENGTH, "slot"),
    "held_until": _hold_end,
    "reason": lambda value, zone: str(value),
    "note": _text(NOTE_LENGTH, "note"),
    "reason_text": _text(REASON_LENGTH, "reason_text"),
    "awaited_kind": lambda value, zone: str(value),
    "awaited": _text(AWAITED_LENGTH, "awaited"),
}
