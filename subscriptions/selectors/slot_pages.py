"""What the page of a provider's slots shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core.actor import Actor
from subscriptions.models import SlotException, SlotPattern

EXCEPTIONS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PatternRow:
    pattern: SlotPattern
    days: str
    place: str
    is_over: bool


def patterns_of(actor: Actor) -> list[SlotPattern]:
    """Those of the actor's provider, crew by crew; what is over comes last."""
    rows = SlotPattern.objects.visible_to(actor)
    rows = rows.select_related("city", "district", "category", "team")
    found = rows.order_by("team__name", "starts", "pk")
    return sorted(found, key=lambda row: row.valid_until or date.max, reverse=True)


def pattern_rows(patterns: Sequence[SlotPattern], today: date) -> list[PatternRow]:
    return [
        PatternRow(row, days_in_words(row), place_in_words(row), is_over(row, today))
        for row in patterns
    ]


def exceptions_of(actor: Actor, since: date) -> list[tuple[SlotException, str]]:
    """The days from `since` on that differ, with the slots they are about in words."""
    rows = SlotException.objects.visible_to(actor).filter(day__gte=since)
    rows = rows.select_related(
        "pattern__team", "pattern__city", "pattern__district", "pattern__category"
    )
    return [
        (row, pattern_in_words(row.pattern) if row.pattern else "")
        for row in rows.order_by("day", "pk")[:EXCEPTIONS_SHOWN]
    ]


def pattern_in_words(pattern: SlotPattern) -> str:
    """ "Mon, Tue 09:00–18:00, Crew 1, Kazan"."""
    parts = [
        f"{days_in_words(pattern)} {pattern.starts:%H:%M}–{pattern.ends:%H:%M}",
        pattern.team.name if pattern.team else "",
        place_in_words(pattern),
        pattern.category.name if pattern.category else "",
    ]
    return ", ".join(part for part in parts if part)


def days_in_words(pattern: SlotPattern) -> str:
    """ "Mon–Fri", "Sat, Sun", "every day"."""
    days = [day for day in range(7) if pattern.runs_on(day)]
    if len(days) == 7:
        return _("every day")
    first, last = days[0], days[-1]
    if len(days) > 2 and days == list(range(first, last + 1)):
        return f"{WEEKDAYS_ABBR[first]}–{WEEKDAYS_ABBR[last]}"
    return ", ".join(str(WEEKDAYS_ABBR[day]) for day in days)


def place_in_words(pattern: SlotPattern) -> str:
    if pattern.district:
        return f"{pattern.city}, {pattern.district}"
    return str(pattern.city) if pattern.city else ""


def is_over(pattern: SlotPattern, today: date) -> bool:
    return pattern.valid_until is not None and pattern.valid_until < today
