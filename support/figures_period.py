"""The period that the figures of the desk are shown for, and the one before it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError

USUAL = 30
CHOICES = (7, 30, 90)
DAYS_AT_MOST = 366
PARAMETERS = frozenset({"days", "since", "until", "sort"})


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the reader's clock, both included; `days` is 0 for dates of one's own."""

    first: date
    last: date
    days: int = 0

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        return _midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The moment after the last day."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def before(self) -> "Period":
        """As many days before it."""
        return Period(
            self.first - timedelta(days=self.length), self.first - timedelta(days=1), self.days
        )

    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.length)]


def last_days(days: int) -> Period:
    """So many days up to today."""
    today = clock.today()
    return Period(today - timedelta(days=days - 1), today, days)


def read_period(query: QueryDict) -> Period:
    """`?days=7|30|90`, or `?since=&until=`. Raises DomainError for anything else."""
    for name in query:
        if name not in PARAMETERS:
            raise DomainError(_("This page has no parameter “%(name)s”.") % {"name": name[:40]})
    if query.get("since") or query.get("until"):
        return _of_dates(query.get("since", ""), query.get("until", ""))
    days = query.get("days") or str(USUAL)
    if days not in {str(choice) for choice in CHOICES}:
        raise DomainError(_("Choose 7, 30 or 90 days, or dates of your own."), field="days")
    return last_days(int(days))


def _of_dates(since: str, until: str) -> Period:
    first, last = _day(since, "since"), _day(until, "until")
    if last < first:
        raise DomainError(_("The last day stands before the first."), field="until")
    if (last - first).days >= DAYS_AT_MOST:
        raise DomainError(_("A year at most."), field="until")
    return Period(first, last)


def _day(text: str, field: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2200:
        raise DomainError(_("Write both days, like 2026-11-27."), field=field)
    return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
