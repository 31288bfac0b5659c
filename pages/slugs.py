"""Names as they stand in addresses of pages: transliterated, and each once."""

import tomllib
from collections.abc import Container
from pathlib import Path

from django.utils.text import slugify

LENGTH = 60
_FILE = Path(__file__).parent / "data" / "transliteration.toml"
_LETTERS = str.maketrans(tomllib.loads(_FILE.read_text(encoding="utf-8"))["letters"])
_NAMELESS = "n"


def transliterated(name: str) -> str:
    """«Нижний Новгород» → nizhniy-novgorod; "n" where no letter is left."""
    latin = name.lower().replace("\N{NO-BREAK SPACE}", " ").translate(_LETTERS)
    return slugify(latin)[:LENGTH].strip("-") or _NAMELESS


def free_slug(name: str, qualifier: str, taken: Container[str]) -> str:
    """The name's slug; where it is taken the one with `qualifier` (a region), then numbers.

    Given once, a slug is never changed: links and search engines keep it.
    """
    plain = transliterated(name)
    longer = transliterated(f"{name} {qualifier}") if qualifier else plain
    for candidate in (plain, longer):
        if candidate not in taken:
            return candidate
    number = 2
    while f"{longer}-{number}" in taken:
        number += 1
    return f"{longer}-{number}"
