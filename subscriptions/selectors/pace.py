"""How long providers usually take, as it is shown where one is chosen."""

from collections.abc import Iterable
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.choices import OrganizationKind
from subscriptions.models import ProviderPace
from users.models import Organization

# Of fewer nothing is said: three lucky connections are no pace.
LEAST_SAMPLE = 10
_KEPT_SECONDS = 300
_MOST_PROVIDERS = 50


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
        return _("usually %(days)s, in time %(share)s%%") % {
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


def own_paces(actor: Actor) -> list[ProviderPace]:
    """Of the actor's organization, a provider: by service of the last 90 days (first that of all),
    and by month of all services; one query."""
    rows = ProviderPace.objects.visible_to(actor).filter(city__isnull=True)
    wanted = rows.filter(Q(month__isnull=True) | Q(category__isnull=True))
    return sorted(
        wanted.select_related("category"),
        key=lambda row: (row.category is not None, row.category.position if row.category else 0),
    )


def paces_in_charge(actor: Actor) -> list[ProviderPace]:
    """Of the last 90 days and all services, of the providers that a staff member looks after."""
    providers = Organization.objects.visible_to(actor).filter(kind=OrganizationKind.PROVIDER)
    rows = ProviderPace.objects.filter(
        provider__in=providers, city__isnull=True, category__isnull=True, month__isnull=True
    )
    return list(rows.select_related("provider").order_by("provider__name")[:_MOST_PROVIDERS])


_COLUMNS = ("provider_id", "category_id", "sample", "kept", "connect_median", "connect_p90")


def _read(city_id: int) -> Paces:
    rows = ProviderPace.objects.filter(
        Q(city__isnull=True) | Q(city_id=city_id),
        month__isnull=True,
        category__isnull=False,
        sample__gte=LEAST_SAMPLE,
    )
    read = list(rows.order_by().values_list("city_id", *_COLUMNS))
    # The city's own come last, over those of all.
    read.sort(key=lambda row: row[0] is not None)
    return _by_service(row[1:] for row in read)


def _by_service(rows: Iterable[tuple]) -> Paces:
    return {(provider, category): Pace(*figures) for provider, category, *figures in rows}
