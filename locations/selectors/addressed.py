"""Buildings by what rows of a file say of them, many at once: FIAS ids, and addresses in words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from locations.addresses import fold, without_unit
from locations.models import Building
from locations.selectors.gazetteer import Gazetteer, Place, gazetteer

_CITY_WORDS = 7
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """One building as a row names it: by id, or by address («Казань, Чистопольская 12»)."""

    fias_id: str
    address: str


@dataclass(frozen=True, slots=True)
class _Reading:
    cities: tuple[int, ...]
    key: str


def find_buildings(actor: Actor, sought: Sequence[Sought]) -> list[Building | DomainError]:
    """For each of `sought` its building, or what to say of it (with `field`): two queries in all.

    An address names its city first or last, and is understood in any spelling. The id decides where
    both are given. Buildings are those the actor may see.
    """
    by_fias = _by_fias(actor, {one.fias_id for one in sought if one.fias_id})
    cities = gazetteer()
    readings = [[] if one.fias_id else _readings(one.address, cities) for one in sought]
    by_key = _by_key(actor, [reading for found in readings for reading in found])
    return [
        _decided(one, found, by_fias, by_key) for one, found in zip(sought, readings, strict=True)
    ]


def _decided(
    one: Sought,
    readings: list[_Reading],
    by_fias: dict[str, Building],
    by_key: dict[tuple[int, str], list[Building]],
) -> Building | DomainError:
    if one.fias_id:
        found = by_fias.get(one.fias_id)
        return found or DomainError(_("There is no building with this FIAS id."), field="fias_id")
    if not readings:
        return DomainError(_("Begin the address with its city."), field="address")
    for reading in readings:
        met = [row for city in reading.cities for row in by_key.get((city, reading.key), ())]
        if met:
            return _the_one(met, one.address)
    return DomainError(_("There is no such building."), field="address")


def _the_one(met: list[Building], address: str) -> Building | DomainError:
    """Of houses alike in name the one whose street is of the type that was written."""
    if len(met) == 1:
        return met[0]
    written = set(address.casefold().replace(".", " ").replace(",", " ").split())
    exact = [row for row in met if row.street and row.street.type.casefold() in written]
    if len(exact) == 1:
        return exact[0]
    names = "; ".join(row.address for row in met[:_NAMED])
    return DomainError(
        _("Several buildings are called so: %(names)s.") % {"names": names}, field="address"
    )


def _readings(address: str, cities: Gazetteer) -> list[_Reading]:
    """City and folded rest, the longest name of a city first."""
    words = fold(without_unit(address)).split()
    found = []
    for count in range(min(len(words) - 1, _CITY_WORDS), 0, -1):
        for name, rest in ((words[:count], words[count:]), (words[-count:], words[:-count])):
            named: list[Place] = cities.named(" ".join(name))
            if named:
                found.append(_Reading(tuple(place.pk for place in named), " ".join(rest)))
    return found


def _by_fias(actor: Actor, ids: Collection[str]) -> dict[str, Building]:
    if not ids:
        return {}
    rows = Building.objects.visible_to(actor).standing().filter(fias_id__in=ids)
    return {str(row.fias_id): row for row in rows.select_related("street")}


def _by_key(actor: Actor, readings: list[_Reading]) -> dict[tuple[int, str], list[Building]]:
    if not readings:
        return {}
    rows = (
        Building.objects.visible_to(actor)
        .standing()
        .filter(
            city_id__in={city for reading in readings for city in reading.cities},
            search_key__in={reading.key for reading in readings},
        )
    )
    found: dict[tuple[int, str], list[Building]] = {}
    for row in rows.select_related("street"):
        found.setdefault((row.city_id, row.search_key), []).append(row)
    return found
