"""The figures of an organization for its home, from one read of the small table of tallies."""

import calendar
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from core import clock
from core.actor import Actor
from core.models import Tally
from core.prepared_rows import PreparedRows
from subscriptions.figures import DEADLINES_MISSED, FIGURES, IN_WORK

SPARK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """Amounts by figure and day; days are those of the organization's time zone."""

    today: date
    amounts: Mapping[str, Mapping[date, Decimal]]

    @property
    def is_new(self) -> bool:
        """Whether nothing has ever been filed, as far as the tallies go back."""
        return not self.amounts

    def month(self, figure: str) -> tuple[Decimal, Decimal]:
        """This month's amount so far, and last month's to the same day of it."""
        first = self.today.replace(day=1)
        last_first, last_day = same_day_of_last_month(self.today)
        return self._between(figure, first, self.today), self._between(figure, last_first, last_day)

    def total(self, figure: str) -> int:
        return int(sum(self._days(figure).values(), Decimal(0)))

    def spark(self, figure: str) -> list[int]:
        """The running total at the end of each of the last days, today last."""
        left = self.total(figure)
        totals = []
        for back in range(SPARK_DAYS):
            totals.append(left)
            left -= int(self._days(figure).get(self.today - timedelta(days=back), 0))
        return totals[::-1]

    def by_day(self, figure: str) -> list[int]:
        """What was added on each of the last days, today last."""
        days = self._days(figure)
        first = self.today - timedelta(days=SPARK_DAYS - 1)
        return [int(days.get(first + timedelta(days=day), 0)) for day in range(SPARK_DAYS)]

    def _between(self, figure: str, first: date, last: date) -> Decimal:
        days = self._days(figure).items()
        return sum((amount for day, amount in days if first <= day <= last), Decimal(0))

    def _days(self, figure: str) -> Mapping[date, Decimal]:
        return self.amounts.get(figure, {})


def same_day_of_last_month(today: date) -> tuple[date, date]:
    """The first day of last month, and its day with today's number (or its last)."""
    end = today.replace(day=1) - timedelta(days=1)
    first = end.replace(day=1)
    length = calendar.monthrange(end.year, end.month)[1]
    return first, first.replace(day=min(today.day, length))


_SUMS = PreparedRows(
    lambda organization, since: (
        Tally.objects.filter(organization_id=organization, figure__in=(*FIGURES, DEADLINES_MISSED))
        .filter(Q(figure=IN_WORK) | Q(day__gte=since))
        .values_list("figure", "day")
        .annotate(sum=Sum("amount"))
    )
)


def figures_of(actor: Actor) -> Figures:
    """All figures of the actor's organization: this and last month, and all days of IN_WORK.

    One query over one range of the index per figure.
    """
    organization = actor.organization
    today = clock.today(ZoneInfo(organization.time_zone))
    since = min(same_day_of_last_month(today)[0], today - timedelta(days=SPARK_DAYS))
    amounts: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for figure, day, amount in _SUMS.fetch(organization=organization.pk, since=since):
        amounts[figure][day] = amount
    return Figures(today, dict(amounts))
