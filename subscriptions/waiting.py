"""Whom a request waits for, and to whom its lateness was passed on, in words for every side."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.parts.text import day_in_words
from subscriptions.choices import Awaited, RequestState, Side
from subscriptions.deadline_terms import ACCOUNT_MANAGER, MANAGERS


def whom(row: Any) -> str:
    """ "The management company (Горжилуправление)": of a request, or of a lean row that has
    `awaited_kind` and `awaited`; "" where it waits for nobody."""
    if row.awaited_kind not in Awaited.values:
        return str(row.awaited)
    if not row.awaited:
        return str(Awaited(row.awaited_kind).label)
    if row.awaited_kind == Awaited.OTHER:
        return str(row.awaited)
    return f"{Awaited(row.awaited_kind).label} ({row.awaited})"


def waits_for(row: Any) -> str:
    """For a line of a list or a card of a board: whom, until when; "" where it is not on hold."""
    if row.state != RequestState.ON_HOLD or row.held_until is None:
        return ""
    until = day_in_words(row.held_until, clock.today())
    return _("%(who)s, until %(day)s") % {"who": whom(row), "day": until}


def passed_on_to(data: Mapping[str, Any]) -> str:
    """To whom the event tells that a missed deadline was passed on: a role, never a name."""
    if "level" not in data:
        return ""
    return level_in_words(int(data["level"]), str(data.get("side", "")))


def level_in_words(level: int, side: str) -> str:
    """ "to the managers of the provider"."""
    return str(_PASSED_ON[level, side == Side.AGENT])


_PASSED_ON = {
    (MANAGERS, False): gettext_lazy("To the managers of the provider"),
    (MANAGERS, True): gettext_lazy("To the managers of who filed"),
    (ACCOUNT_MANAGER, False): gettext_lazy("To the account manager of the provider"),
    (ACCOUNT_MANAGER, True): gettext_lazy("To the account manager of who filed"),
}
