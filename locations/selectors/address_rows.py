"""Streets and buildings for one reading of a query: ranges of folded keys over indexes.

An index holds the order too, so the cost of a lookup does not grow with the number of buildings.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from core.actor import Actor
from core.choices import OrganizationKind
from core.prepared import standing
from core.prepared_rows import PreparedRows, padded
from locations.addresses import street_label
from locations.fields import key_range
from locations.models import Building, Street
from locations.selectors.gazetteer import Place

# Streets whose names begin alike, out of which those of the largest cities are shown.
_STREETS_LOOKED_AT = 64
# Of fewer letters half the streets of the country begin.
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line to choose: `text` completes the field; a building has a page by its `public_id`."""

    kind: Literal["city", "street", "building"]
    text: str
    public_id: str = ""
    city_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a query: the rest of it is looked for in `cities` (None: in all)."""

    rest: str
    cities: tuple[Place, ...] | None


def places(actor: Actor, reading: Reading, limit: int) -> list[Suggestion]:
    """At most `limit` streets and buildings that the rest of a reading begins."""
    if limit <= 0 or (reading.cities is None and len(reading.rest) < _LEAST_LETTERS):
        return []
    if _names_a_house(reading.rest):
        return buildings(actor, reading, limit) or streets(reading, limit)
    found = streets(reading, limit)
    if reading.rest.isdecimal():
        # A number alone may begin a street or be a house of a village without streets.
        found += buildings(actor, reading, limit - len(found))
    elif reading.cities is not None and len(found) == 1:
        # The street is chosen: its houses are what comes next.
        houses = Reading(f"{reading.rest} ", reading.cities)
        found += buildings(actor, houses, limit - 1)
    return found


def _names_a_house(key: str) -> bool:
    """Whether a number follows something: «8 марта» is a street, «8 марта 12» a house there."""
    words = key.split()
    if len(words) == 1:
        return key[-1].isdecimal() and not key.isdecimal()
    return any(word[-1].isdecimal() for word in words[1:])


def streets(reading: Reading, limit: int) -> list[Suggestion]:
    first, last = key_range(reading.rest)
    if reading.cities is not None:
        titles = {city.pk: city.title for city in reading.cities}
        found = _streets_of(limit).fetch(first=first, last=last, cities=padded(sorted(titles)))
        return [street(titles[city], type_, name, city) for city, type_, name in found]
    looked_at = _STREETS.fetch(first=first, last=last)
    looked_at.sort(key=lambda row: (row[0] != reading.rest, row[1], row[0]))
    return [
        street(f"{city} ({qualifier})" if qualifier else city, type_, name, city_id)
        for _key, _rank, type_, name, city, qualifier, city_id in looked_at[:limit]
    ]


def street(city: str, type_: str, name: str, city_id: int | None = None) -> Suggestion:
    return Suggestion("street", f"{city}, {street_label(type_, name)}", city_id=city_id)


def buildings(actor: Actor, reading: Reading, limit: int) -> list[Suggestion]:
    first, last = key_range(reading.rest)
    arguments: dict[str, Any] = {"first": first, "last": last}
    if reading.cities is not None:
        arguments["cities"] = padded([city.pk for city in reading.cities])
    if actor.organization is not None and not (actor.system or actor.is_staff):
        kind = OrganizationKind(actor.organization.kind)
        rows = _buildings_of(kind, reading.cities is not None, limit)
        found = rows.fetch(organization=actor.organization_id, **arguments)
    else:
        found = list(_begun(shown_to(actor), limit, **arguments))
    return [Suggestion("building", *row) for row in found]


def shown_to(actor: Actor) -> Any:
    """Buildings that search offers: those the actor sees, of those that stand."""
    rows = Building.objects.visible_to(actor)
    if actor.system or actor.is_staff:
        # The others do not see what does not stand; each condition costs time on every letter.
        rows = rows.standing()
    return rows


# --- the same lookups by SQL that is worked out once: they are made with every letter ----------


def _between(first: str, last: str) -> dict[str, str]:
    return {"search_key__gte": first, "search_key__lt": last}


_STREETS = PreparedRows(
    lambda first, last: (
        Street.objects.filter(**_between(first, last))
        .order_by("search_key", "city_rank")
        .values_list(
            "search_key", "city_rank", "type", "name", "city__name", "city__qualifier", "city_id"
        )[:_STREETS_LOOKED_AT]
    )
)


@lru_cache(maxsize=64)
def _streets_of(limit: int) -> PreparedRows:
    return PreparedRows(
        lambda first, last, cities: (
            Street.objects.filter(city_id__in=cities, **_between(first, last))
            .order_by("search_key", "city_rank", "pk")
            .values_list("city_id", "type", "name")[:limit]
        )
    )


@lru_cache(maxsize=256)
def _buildings_of(kind: OrganizationKind, in_cities: bool, limit: int) -> PreparedRows:
    """For members of an organization of a kind; the limit is a constant of the SQL."""
    if in_cities:
        return PreparedRows(
            lambda organization, first, last, cities: _begun(
                shown_to(standing(kind, organization)), limit, first, last, cities
            )
        )
    return PreparedRows(
        lambda organization, first, last: _begun(
            shown_to(standing(kind, organization)), limit, first, last
        )
    )


def _begun(rows: Any, limit: int, first: str, last: str, cities: list[int] | None = None) -> Any:
    if cities is not None:
        rows = rows.filter(city_id__in=cities)
    rows = rows.filter(**_between(first, last)).order_by("search_key", "city_rank")
    return rows.values_list("address", "public_id", "city_id")[:limit]
