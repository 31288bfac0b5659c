"""The answers for a list of addresses: understood in bulk, joined with plans city by city."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from locations.geometry import cell_of
from locations.models import Building, CoverageState
from locations.selectors.address_batch import ALIKE, House, houses_named
from locations.selectors.coverage import Statement
from locations.selectors.coverage_many import Spot, statements_at_many
from locations.selectors.points import nearest_buildings, read_point
from locations.services.buildings import check_point
from subscriptions.selectors.availability import (
    Answer,
    CategoryAnswer,
    Option,
    Remark,
    Writer,
    by_provider,
    composed,
    plans_of,
)
from subscriptions.selectors.typed_address import read_address, unit_in

# Addresses that are not found as they stand are looked for as the page does it, one by one: so
# many of a list. Of the others it is said only that they were not found.
SEARCHED = 1000
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Understood:
    """What a row's address means: a house (or a point on the map), or why it is not clear."""

    text: str
    unit: str = ""
    house: House | None = None
    problem: str = ""
    # Not written so anywhere: what a search took it for.
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A category of an answer in one line; `state` is "" where nobody has said anything."""

    state: str = ""
    planned_from: date | None = None
    providers: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    price: Decimal | None = None
    explanation: str = ""


def understand(actor: Actor, texts: Sequence[str]) -> list[Understood]:
    """What each of the texts means, in their order."""
    named = houses_named(actor, [text for text in texts if read_point(text) is None])
    searched: dict[str, Understood] = {}
    found = []
    for text in texts:
        houses = named.get(text, ())
        if len(houses) == 1:
            found.append(Understood(text, unit_in(text), houses[0]))
        elif houses:
            found.append(Understood(text, problem=_alike([one.address for one in houses])))
        else:
            if text not in searched:
                searched[text] = _searched(actor, text, len(searched) < SEARCHED)
            found.append(searched[text])
    return found


def _alike(addresses: Sequence[str]) -> str:
    shown = "; ".join(addresses[:_SHOWN])
    if len(addresses) >= ALIKE:
        return _("Several are called so: %(addresses)s, and others") % {"addresses": shown}
    return _("Several are called so: %(addresses)s") % {"addresses": shown}


def _searched(actor: Actor, text: str, thoroughly: bool) -> Understood:
    if not text:
        return Understood(text, problem=_("There is no address in this row."))
    if read_point(text) is not None:
        return _at_point(actor, text)
    typed = read_address(actor, text) if thoroughly else None
    if typed is not None and typed.building is not None:
        house = _house(typed.building.public_id)
        if house is not None:
            return Understood(text, typed.unit, house, guessed=True)
    places = [place.text for place in typed.places[:_SHOWN]] if typed else []
    if places:
        meant = "; ".join(places)
        return Understood(text, problem=_("Not found. Perhaps: %(places)s") % {"places": meant})
    return Understood(text, problem=_("Not found: check the spelling."))


def _at_point(actor: Actor, text: str) -> Understood:
    latitude, longitude = read_point(text) or (0.0, 0.0)
    try:
        check_point(latitude, longitude)
    except DomainError as error:
        return Understood(text, problem=str(error))
    near = nearest_buildings(actor, latitude, longitude, limit=1)
    city, cell = near[0].city_id if near else 0, cell_of(latitude, longitude)
    # No building: zones alone speak for a point.
    return Understood(text, house=House(0, "", text, city, cell, latitude, longitude))


def _house(public_id: str) -> House | None:
    columns = ("pk", "public_id", "address", "city_id", "cell", "latitude", "longitude")
    row = Building.objects.filter(public_id=public_id).values_list(*columns).first()
    return House(*row) if row else None


# --- answers -----------------------------------------------------------------------------------


def answers_at(actor: Actor, houses: Sequence[House]) -> Iterator[dict[str, Summary]]:
    """The answer at each house, by the code of a category; in the order given.

    Three queries to 500 houses and one to each city. Houses of which the same was said share one
    answer: most of a block do.
    """
    said = _said_of(houses)
    keys: dict[int, set[tuple[int, int]]] = {}
    for house in houses:
        found = {(one.provider_id, one.category_id) for one in said[_place(house)]}
        keys.setdefault(house.city_id, set()).update(found)
    plans = {city: plans_of(city, actor, wanted) for city, wanted in keys.items()}
    made: dict[tuple[int, tuple[Statement, ...]], dict[str, Summary]] = {}
    writer = Writer.of(actor)
    for house in houses:
        key = (house.city_id, said[_place(house)])
        if key not in made:
            statements = by_provider(key[1])
            offered = plans[house.city_id]
            rows = (row for provider in statements for row in offered.get(provider, ()))
            made[key] = _summed_up(composed(statements, rows, actor=actor, writer=writer))
        yield made[key]


def _place(house: House) -> tuple[int, float, float]:
    return house.pk, house.latitude, house.longitude


def _said_of(houses: Sequence[House]) -> dict[tuple[int, float, float], tuple[Statement, ...]]:
    """Statements by place; equal ones are kept once."""
    unique = {_place(house): house for house in houses}
    spots = [Spot(one.pk, one.cell, one.latitude, one.longitude) for one in unique.values()]
    # Neighbours together: they share cells, zones, and the shapes that the process keeps.
    spots.sort(key=lambda spot: spot.cell)
    kept: dict[tuple[Statement, ...], tuple[Statement, ...]] = {}
    found = {}
    for spot, statements in statements_at_many(spots):
        said = tuple(statements)
        found[spot.pk, spot.latitude, spot.longitude] = kept.setdefault(said, said)
    return found


def _summed_up(answer: Answer) -> dict[str, Summary]:
    return {row.category.code: _summary(row) for row in answer.categories}


def _summary(row: CategoryAnswer) -> Summary:
    """The best that is said of a category; who offers it, by what, from which price."""
    offered = [one for one in row.remarks if one.state != CoverageState.NOT_AVAILABLE]
    lines: list[Option | Remark] = [*row.options, *row.remarks]
    if not lines:
        return Summary()
    order = list(CoverageState.values)
    best = min(lines, key=lambda one: order.index(one.state))
    priced = [one for one in row.options if one.can_be_filed] or row.options
    names = [*(one.provider for one in row.options), *(one.provider for one in offered)]
    return Summary(
        state=best.state,
        planned_from=best.planned_from,
        providers=tuple(dict.fromkeys(names)),
        technologies=tuple(dict.fromkeys(one.technology for one in row.options if one.technology)),
        price=min((one.price for one in priced), default=None),
        explanation=best.explanation,
    )
