"""What places are sorted by: city, street, house, unit, as people read them."""

import re

LENGTH = 200
_NUMBER = re.compile(r"\d+")


def place_key_of(city: str, building: str, unit: str) -> str:
    """A text that sorts house 9 before house 12 and flat 2 before flat 10."""
    words = f"{city} {building} {unit.casefold()}".strip()
    return _NUMBER.sub(lambda found: found.group().zfill(5), words)[:LENGTH]
