"""How long providers usually take, as it is shown where one is chosen."""

from collections.abc import Iterable
from typing import NamedTuple

from django.core.cache import caches
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.models import ProviderPace

# Of fewer nothing is said: three lucky connections are no pace.
LEAST_SAMPLE = 10
_KEPT_SECONDS = 300


class Pace(NamedTuple):
    """Of the last 90 days, of one provider and service. A tuple, as all that answers take out of
    a cache."""

    sample: int
    kept: int  # how many of them in time
    days: int  # working days, median
    days_p90: int

    @property
    def percent(self) -> int:
        """How many of a hundred were connected in time."""
        return self.kept * 100 // self.sample

    @property
    def words(self) -> str:
        """ "usually 3 days, in time 92 %"."""
        return _("usually %(days)s, in time %(share)s\N{NO-BREAK SPACE}%%") % {
            "days": days_in_words(self.days),
            "share": self.percent,
        }

    @property
    def order(self) -> tuple[int, int]:
        """The quickest first, of equals the one that keeps its word."""
        return self.days, -self.percent


Paces = dict[tuple[int, int], Pace]


def days_in_words(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def paces_in(city_id: int) -> Paces:
    """Paces by (provider, category) for a city: its own where there are enough, else those of all
    cities. Without a query but once in five minutes: the rows change at night."""
    found: Paces = caches["local"].get_or_set(  # type: ignore[assignment]
        f"paces:{city_id}", lambda: _read(city_id), _KEPT_SECONDS
    )
    return found


def paces_anywhere(provider_ids: Iterable[int]) -> Paces:
    """Paces of these providers over all cities."""
    rows = ProviderPace.objects.filter(
        provider_id__in=list(provider_ids),
        city__isnull=True,
        month__isnull=True,
        category__isnull=False,
        sample__gte=LEAST_SAMPLE,
    )
    return _by_service(rows.values_list(*_COLUMNS))


_COLUMNS = ("provider_id", "category_id", "sample", "kept", "connect_median", "connect_p90")


def _read(city_id: int) -> Paces:
    rows = ProviderPace.objects.filter(
        month__isnull=True, category__isnull=False, sample__gte=LEAST_SAMPLE
    ).order_by()
    everywhere = _by_service(rows.filter(city__isnull=True).values_list(*_COLUMNS))
    if not city_id:
        return everywhere
    return everywhere | _by_service(rows.filter(city_id=city_id).values_list(*_COLUMNS))


def _by_service(rows: Iterable[tuple]) -> Paces:
    return {(provider, category): Pace(*figures) for provider, category, *figures in rows}
