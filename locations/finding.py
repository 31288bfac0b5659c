"""Addresses in the search over everything."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.finding import Asked, Hit, finds
from locations.selectors.suggestions import Suggestion, find_places


@finds("places", _("Addresses"), "map-pin", order=90, staff=True)
def places(asked: Asked) -> Sequence[Hit]:
    found = find_places(asked.actor, asked.text, asked.limit, guess=not asked.is_known)
    return [
        Hit(url=_page_of(place), lead=place.text, guessed=bool(found.meant))
        for place in found.places
    ]


def _page_of(place: Suggestion) -> str:
    """The building's; a city or a street is looked into further."""
    if place.public_id:
        return reverse("availability_building", args=[place.public_id])
    return f"{reverse('availability')}?{urlencode({'address': place.text})}"
