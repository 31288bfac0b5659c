"""How people misspell an address: seeded, so that every run asks the same.

Edits fall on the letters of words of four letters and more in city, type and street, anywhere in
the word; the number of the house is kept as everyone keeps it.
"""

import random
from collections.abc import Callable
from typing import Any

from locations.alphabets import LETTERS

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_LEAST = 4
_ON_KEYS = LETTERS["layout"]
_KEYS = str.maketrans(_ON_KEYS["russian"][:32] + "ё", _ON_KEYS["english"][:32] + "`")
_LATIN = dict(
    zip(
        _LETTERS + "ё",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "-",
            "y",
            "-",
            "e",
            "yu",
            "ya",
            "yo",
        ],
        strict=True,
    )
) | {"ъ": "", "ь": ""}
_OTHERWISE = {"е": "ye", "ж": "zh", "х": "h", "щ": "sch", "ы": "i", "я": "ia", "ю": "iu", "й": "i"}


def plain_address(building: Any, chance: random.Random) -> list[str]:
    """City, street and house as somebody may type them."""
    street = building.street
    name = street.name.lower() if chance.random() < 0.5 else street.name
    typed = chance.choice(
        [f"{street.type} {name}", name, name, f"{street.type}. {name}", f"{name} {street.type}"]
    )
    house = chance.choice([building.number, f"д {building.number}", f"д. {building.number}"])
    return [building.city.name, typed, house]


def _joined(parts: list[str], chance: random.Random) -> str:
    return chance.choice([" ", ", "]).join(parts)


def _edit(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    letter = chance.choice(_LETTERS)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + letter + word[at:]
    if kind == 2 or at + 1 == len(word) or word[at] == word[at + 1]:
        return word[:at] + letter + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def edited(times: int) -> Callable[[Any, random.Random], str]:
    """`times` edits, each in a word chosen by its length: longer words are misspelled oftener."""

    def make(building: Any, chance: random.Random) -> str:
        *names, house = plain_address(building, chance)
        words = [name.split() for name in names]
        for _ in range(times):
            places = [
                (part, at)
                for part, held in enumerate(words)
                for at, word in enumerate(held)
                if len(word) >= _LEAST and word.replace("-", "").isalpha()
            ]
            if not places:
                # «Уфа, 9 Мая»: all of it is short.
                places = [(0, 0)]
            lengths = [len(words[part][at]) for part, at in places]
            part, at = chance.choices(places, lengths)[0]
            words[part][at] = _edit(words[part][at], chance)
        return _joined([*(" ".join(held) for held in words), house], chance)

    return make


def layout(building: Any, chance: random.Random) -> str:
    text = _joined(plain_address(building, chance), chance).lower()
    # A comma and a full stop of the Russian layout are these keys of the English one.
    return text.replace(",", "?").replace(".", "/").translate(_KEYS)


def order(building: Any, chance: random.Random) -> str:
    city, street, house = plain_address(building, chance)
    words = street.split()
    # «8 Марта» is not called «Марта 8» by anyone: figures keep their place.
    if not any(word.isdigit() for word in words):
        chance.shuffle(words)
    parts = [city, " ".join(words), house]
    chance.shuffle(parts)
    return " ".join(parts)


def latin(building: Any, chance: random.Random) -> str:
    text = _joined(plain_address(building, chance), chance).lower()
    some = {letter for letter in _OTHERWISE if chance.random() < 0.3}
    return "".join(
        _OTHERWISE[letter] if letter in some else _LATIN.get(letter, letter) for letter in text
    )


KINDS: dict[str, Callable[[Any, random.Random], str]] = {
    "one edit": edited(1),
    "two edits": edited(2),
    "layout": layout,
    "order": order,
    "transliteration": latin,
}
