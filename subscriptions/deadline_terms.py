"""How long steps may take, and when lateness is told of: defaults, bounds, and one provider's own.

Plain data: `selectors.deadlines.terms_of` reads it, `services.requests.clocks` goes by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from subscriptions.choices import WarnBy
from subscriptions.request_workflow import REQUEST_WORKFLOW

# States whose time is counted in working hours: those a provider can set.
COUNTED = tuple(state.name for state in REQUEST_WORKFLOW.states.values() if state.hours is not None)
# Working hours. Two hundred are five weeks of eight-hour days: longer is not a deadline any more.
LEAST_HOURS, MOST_HOURS = 1, 200
MOST_WARN_HOURS = 80
LEAST_SHARE, MOST_SHARE = 5, 90
MOST_ESCALATION_HOURS = 80


@dataclass(frozen=True, slots=True)
class Warnings:
    """When the people of a side are warned, and who hears of what was missed.

    `warn_left`: per cent of the time (SHARE) or working hours (HOURS) that are left then.
    `managers_after`: working hours after the deadline; `account_manager_after`: after that. None:
    never.
    """

    warn_by: str = WarnBy.SHARE.value
    warn_left: int = 25
    managers_after: int | None = 4
    account_manager_after: int | None = 8

    def left_at_warning(self, minutes: int) -> int | None:
        """Of `minutes` of working time, how many are left at the warning; None: there is none."""
        if self.warn_by == WarnBy.SHARE:
            return minutes * self.warn_left // 100
        return self.warn_left * 60 if self.warn_by == WarnBy.HOURS else None

    def escalation_after(self, level: int) -> tuple[int, int] | None:
        """The next level above `level` (0: nobody was told yet), and working hours after the
        deadline when it is told; None where no one is left to tell."""
        if level < MANAGERS and self.managers_after is not None:
            return MANAGERS, self.managers_after
        if level < ACCOUNT_MANAGER and self.account_manager_after is not None:
            return ACCOUNT_MANAGER, (self.managers_after or 0) + self.account_manager_after
        return None


# Levels of escalation, as `ConnectionRequest.escalated` has them.
MANAGERS, ACCOUNT_MANAGER = 1, 2
DEFAULT_WARNINGS = Warnings()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a provider has set: working hours by (category id or None, state), and warnings."""

    hours: Mapping[tuple[int | None, str], int] = field(default_factory=dict)
    warnings: Warnings = DEFAULT_WARNINGS

    def hours_in(self, category_id: int, state: str) -> int | None:
        """Working hours of `state`: of the category, of all categories, or of the workflow."""
        for key in ((category_id, state), (None, state)):
            if key in self.hours:
                return self.hours[key]
        return REQUEST_WORKFLOW.states[state].hours


def default_hours(state: str) -> int:
    """Working hours of a counted state where nobody has set others."""
    hours: Any = REQUEST_WORKFLOW.states[state].hours
    return int(hours)
