"""What a typed address means: one building, or places to choose from."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from core.actor import Actor
from locations.addresses import fold, plain, unit_number, without_unit
from locations.selectors.points import read_point
from locations.selectors.suggestions import Found, Suggestion, find_places

LENGTH = 200
PLACES = 20
_NUMBER = re.compile(r"\d.*")


@dataclass(frozen=True, slots=True)
class TypedAddress:
    """`building` is set when the text can mean nothing else; `places` are what it may mean.

    `meant` is what the places are shown for when the text itself found nothing.
    `point` is set when latitude and longitude were typed instead of an address.
    """

    text: str
    unit: str
    building: Suggestion | None
    places: list[Suggestion]
    meant: str = ""
    point: tuple[float, float] | None = None

    @property
    def page(self) -> str:
        """The page that answers what was typed; "" where a reader has to choose first."""
        if self.point is not None:
            latitude, longitude = self.point
            query = urlencode({"lat": latitude, "lon": longitude})
            return f"{reverse('availability_point')}?{query}"
        if self.building is None:
            return ""
        page = reverse("availability_building", args=[self.building.public_id])
        return f"{page}?{urlencode({'unit': self.unit})}" if self.unit else page


def read_address(actor: Actor, text: str) -> TypedAddress:
    """Understands "Kazan, Lenina 12, kv. 47": the building, the unit, or what is alike.

    Words may come in any order and the city may be left out, as long as one building fits.
    """
    text = " ".join(text.split())[:LENGTH]
    point = read_point(text)
    if point is not None:
        return TypedAddress(text=text, unit="", building=None, places=[], point=point)
    address = without_unit(text)
    found = find_places(actor, text, PLACES) if text else Found()
    key = fold(address)
    meant = [place for place in found.places if place.kind == "building" and _is_named(place, key)]
    return TypedAddress(
        text=text,
        unit=unit_in(text),
        building=meant[0] if len(meant) == 1 else None,
        places=found.places,
        meant=found.meant,
    )


def unit_in(text: str) -> str:
    """The number of the flat or office that an address names, "" for none."""
    unit = _NUMBER.search(plain(text)[len(without_unit(text)) :])
    return unit_number(unit.group()) if unit else ""


def _is_named(place: Suggestion, key: str) -> bool:
    """Whether the key names the place in full: all of its words, or all but the city."""
    whole = fold(place.text)
    return whole.endswith(f" {key}") or sorted(whole.split()) == sorted(key.split())
