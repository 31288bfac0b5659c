"""One spelling of an address, so that however it is written it is found.

`fold` makes every search key and every query; `KEY` columns hold nothing else. The words themselves
are data: `locations/data/address_words.toml`.
"""

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

_WORDS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "data" / "address_words.toml").read_text(encoding="utf-8")
)
_HOUSE = {name: frozenset(words) for name, words in _WORDS["house"].items()}
_BLOCK, _STRUCTURE = _WORDS["house"]["block"][0], _WORDS["house"]["structure"][0]
_BEFORE_NUMBER = _WORDS["house"]["before_number"]
AMBIGUOUS = frozenset(_WORDS["ambiguous"]["words"])

_TYPE_OF = {
    spelling: canonical
    for canonical, others in _WORDS["street_types"].items()
    for spelling in (canonical, *others)
}
_DROPPED = (set(_TYPE_OF) | set(_WORDS["settlements"]["words"])) - AMBIGUOUS
_HYPHENATED = re.compile(
    r"(?<!\w)(?:"
    + "|".join(sorted((re.escape(word) for word in _DROPPED if "-" in word), reverse=True))
    + r")(?!\w)"
)
_SLASH = re.compile(r"(?<=\d)(\s?[^\W\d]?)\s*[/\\]\s*(?=\d)")
_FLAT_WORDS = "|".join(_WORDS["house"]["flat"])
_FLAT = re.compile(rf"^(?:{_FLAT_WORDS})(?:\b\.?\s*|(?=\d))", re.IGNORECASE)
# Runs of digits and runs of letters: «12к2» falls apart like «12 к 2» does.
_TOKEN = re.compile(r"\d+|[^\W\d_]+")


def plain(text: str) -> str:
    """`text` in lower case, composed, without the dots over «ё»; punctuation is kept."""
    lowered = unicodedata.normalize("NFKC", text.replace("№", " ")).lower()
    return lowered.replace("\u0451", "\u0435")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The key of an address or a part of one: words without types, house numbers in one spelling.

    A house comes out as "12", "12 к2" or "12 а": in the order of keys all of these stand before
    "120", so that a reader who typed 12 meets them first.
    """
    lowered = _SLASH.sub(rf"\1 {_BLOCK} ", plain(text))
    tokens = _TOKEN.findall(_HYPHENATED.sub(" ", lowered))
    kept = [token for token in _house_parts(tokens) if token not in _DROPPED]
    if any(not token.isdecimal() for token in kept) or len(kept) == len(tokens):
        return " ".join(kept)
    return " ".join(_without_lone_types(tokens))


def _without_lone_types(tokens: list[str]) -> list[str]:
    """Where nothing but types and numbers is left, the last long word is the name: «Площадь»."""
    parts = _house_parts(tokens)
    names = [token for token in parts if len(token) > 3 and token in _DROPPED]
    name = names[-1] if names else None
    return [token for token in parts if token not in _DROPPED or token is name]


def _house_parts(tokens: list[str]) -> list[str]:
    """Tokens with «корп 2» as «к2», without «дом» and «лит»."""
    parts: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        position += 1
        if following.isdecimal():
            if token in _HOUSE["number"]:
                continue
            part = _part_of_house(token)
            if part:
                parts.append(part + following)
                position += 1
                continue
        elif len(following) == 1 and token in _HOUSE["letter"] and parts and parts[-1].isdecimal():
            continue
        parts.append(token)
    return parts


def _part_of_house(token: str) -> str:
    if token in _HOUSE["block"]:
        return _BLOCK
    return _STRUCTURE if token in _HOUSE["structure"] else ""


def without_unit(text: str) -> str:
    """`text` up to the words that name a flat or an office."""
    lowered = plain(text)
    for found in _TOKEN.finditer(lowered):
        after_house = any(character.isdecimal() for character in lowered[: found.start()])
        if after_house and found.group() in _HOUSE["unit"]:
            return lowered[: found.start()]
    return lowered


def without_ambiguous(key: str) -> str:
    """A folded query without the words that may be a type: «набережная фонтанки» → «фонтанки»."""
    kept = [token for token in key.split() if token not in AMBIGUOUS]
    return " ".join(kept) if any(not token.isdecimal() for token in kept) else key


def street_type(text: str) -> str:
    """The type as FIAS abbreviates it ("улица" → "ул"); an unknown one as it was written."""
    cleaned = plain(text).strip(" .")
    return _TYPE_OF.get(cleaned, cleaned)


def number_text(text: str) -> str:
    """A house number as it is shown: one space between parts, nothing before the number."""
    words = " ".join(text.split()).strip(" ,.")
    first, _, rest = words.partition(" ")
    return rest if rest and plain(first).strip(".") in _HOUSE["number"] else words


def unit_number(text: str) -> str:
    """The number of a unit in one spelling: "кв. 47 а" and "47А" are the same flat."""
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    words = _FLAT.sub("", words)
    return re.sub(r"(?<=\d) (?=\w$)", "", words).upper()


def written_out(region: str) -> str:
    """A region's name without abbreviations: "Респ Саха /Якутия/" → "Республика Саха (Якутия)"."""
    words = (_WORDS["written_out"].get(word, word) for word in region.split())
    return re.sub(r"/(.+)/", r"(\1)", " ".join(word for word in words if word))


def street_label(type_: str, name: str) -> str:
    """«ул Чистопольская»; a type that the name already holds is not repeated."""
    return name if type_ in plain(name).split() else f"{type_} {name}".strip()


def address_of(city: str, street: str, number: str) -> str:
    """An address written out: «Казань, ул Чистопольская, д 12»."""
    return ", ".join(part for part in (city, street, f"{_BEFORE_NUMBER} {number}") if part)


def building_key(street_key: str, number: str) -> str:
    """What suggestions search within and across cities: folded street and house number."""
    return f"{street_key} {fold(number)}".strip()


def verified_key(type_: str, street_key: str, number: str) -> str:
    """What makes a house one of its city: ул Ленина 12 and пр-кт Ленина 12 are two houses."""
    return f"{type_}|{building_key(street_key, number)}"


def split_street(text: str) -> tuple[str, str]:
    """Type ("" where none is named) and name of a street: "пр-т Победы" → ("пр-кт", "Победы").

    The type may come first or last; a type alone is a name: «Набережная».
    """
    words = text.replace(",", " ").split()
    for place in (0, -1):
        type_ = _TYPE_OF.get(plain(words[place]).strip(".")) if len(words) > 1 else None
        if type_ is not None:
            rest = words[1:] if place == 0 else words[:-1]
            return type_, " ".join(rest)
    return "", " ".join(words)


def split_house(text: str) -> tuple[str, str]:
    """The street and the house of an address without its city: "8 Марта, д. 12 корп 2" → both.

    The house begins at the last number after which nothing but parts of a house follow.
    """
    words = text[: len(without_unit(text))].replace(",", " ").split()
    begins = len(words)
    for place in range(len(words) - 1, -1, -1):
        word = plain(words[place]).strip(".")
        if word[:1].isdecimal():
            begins = place
        elif not _is_part_of_house(word):
            break
    street = words[:begins]
    while street and plain(street[-1]).strip(".") in _HOUSE["number"]:
        street.pop()
    return " ".join(street), number_text(" ".join(words[begins:]))


def _is_part_of_house(word: str) -> bool:
    parts = _HOUSE["block"] | _HOUSE["structure"] | _HOUSE["letter"]
    return len(word) == 1 or word in parts
