"""Identifiers that people and machines see: random, so that they do not tell counts."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Without 0, O, 1, I, L and U: easy to read aloud, and no words by accident.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PUBLIC_ID_LENGTH = 12

# The system's own randomness; demo data draws from a seeded one, to be the same every time.
_source: ContextVar[random.Random] = ContextVar("ids", default=random.SystemRandom())  # noqa: B039


@contextmanager
def drawn_from(source: random.Random) -> Iterator[None]:
    """Within the block, identifiers are drawn from `source`."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def new_public_id() -> str:
    """A random identifier of 12 characters (59 bits)."""
    return "".join(_source.get().choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


def is_public_id(text: str) -> bool:
    """Whether `text` can be one: what cannot is not worth a query, and PostgreSQL refuses a NUL."""
    return text.isascii() and text.isalnum() and len(text) <= PUBLIC_ID_LENGTH


def luhn_check_digit(digits: str) -> str:
    """The digit that makes `digits` + itself pass the Luhn test (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def new_number(prefix: str) -> str:
    """A number for dictating, like `EC-4827-1936`: seven random digits and a Luhn check digit."""
    digits = f"{_source.get().randrange(10**7):07d}"
    digits += luhn_check_digit(digits)
    return f"{prefix}-{digits[:4]}-{digits[4:]}"


def unused_number(prefix: str, is_taken: Callable[[str], bool]) -> str:
    """A number that `is_taken` denies: a table of a million rows has every tenth."""
    number = new_number(prefix)
    while is_taken(number):
        number = new_number(prefix)
    return number


def normalize_number(prefix: str, text: str) -> str | None:
    """The number a person meant by `text`, whatever dashes and spaces; None if it is none.

    The check digit catches a digit misheard and two neighbours swapped.
    """
    compact = "".join(character for character in text if character.isalnum()).upper()
    digits = compact.removeprefix(prefix)
    if len(digits) != 8 or not digits.isdecimal() or luhn_check_digit(digits[:7]) != digits[7]:
        return None
    return f"{prefix}-{digits[:4]}-{digits[4:]}"
