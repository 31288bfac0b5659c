"""Which cities an organization works in: its addresses stand first among equals.

Apps say how they know: each registers a function that is given an organization and returns ids of
cities, with one for each thing that happened there. The first that knows any is believed.

    @knows_cities(order=10)
    def of_requests(organization: Organization) -> Iterable[int]: ...

The answer is kept in the process for some minutes: it is asked for with every letter typed.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

from django.core.cache import caches

from core.actor import Actor
from core.ids import new_public_id
from locations.geometry import cell_of, cells_above
from locations.models import BuildingCoverage, City, CoverageZone, ZoneCell
from users.models import Organization

_TOKEN, _SECONDS = "locations.familiar", 600
_ORGANIZATIONS = 4096
# An organization that works everywhere has no place of its own.
_MOST = 12
# How much of what happened last is looked at.
LATEST = 300
_ZONES = 10

Knows = Callable[[Organization], Iterable[int]]
_known_by: dict[str, tuple[int, Knows]] = {}


def knows_cities(*, order: int) -> Callable[[Knows], Knows]:
    """Registers a source of the cities that an organization works in; a smaller order is first."""

    def register(function: Knows) -> Knows:
        _known_by[f"{function.__module__}.{function.__qualname__}"] = (order, function)
        return function

    return register


def familiar_cities(actor: Actor) -> tuple[int, ...]:
    """Ids of at most a dozen cities in which the actor's organization works."""
    if actor.organization is None:
        return ()
    token = caches["local"].get_or_set(_TOKEN, new_public_id, _SECONDS)
    return _of(_Asked(actor.organization), token)


def forget() -> None:
    """Makes this process ask anew."""
    caches["local"].delete(_TOKEN)


class _Asked:
    """An organization that is equal to itself read again."""

    __slots__ = ("organization",)

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    def __hash__(self) -> int:
        return hash(self.organization.pk)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and other.organization.pk == self.organization.pk


@lru_cache(maxsize=_ORGANIZATIONS)
def _of(asked: _Asked, _token: str) -> tuple[int, ...]:
    for _order, know in sorted(_known_by.values(), key=lambda source: source[0]):
        counted = Counter(know(asked.organization))
        if counted:
            return tuple(city for city, _times in counted.most_common(_MOST))
    return ()


# --- what this floor knows ---------------------------------------------------------------------


@knows_cities(order=50)
def of_statements(organization: Organization) -> Iterable[int]:
    """Where a provider stated lately what it offers at buildings."""
    rows = BuildingCoverage.objects.filter(provider=organization).order_by("-pk")
    return rows.values_list("building__city_id", flat=True)[:LATEST]


@knows_cities(order=60)
def of_zones(organization: Organization) -> Iterable[int]:
    """The cities whose middle lies in one of a provider's latest zones."""
    zones = CoverageZone.objects.filter(provider=organization, is_active=True).order_by("-pk")
    ids = list(zones.values_list("pk", flat=True)[:_ZONES])
    cells = set(ZoneCell.objects.filter(zone_id__in=ids).values_list("cell", flat=True))
    if not cells:
        return []
    cities = City.objects.order_by().values_list("pk", "latitude", "longitude")
    return [pk for pk, *point in cities if not cells.isdisjoint(cells_above(cell_of(*point)))]
