"""Secrets that must be read again (tokens, seeds of codes), encrypted where they are stored.

    row.token = seal(token)
    token = unseal(row.token)

Keys stand in `SECRETS_KEYS`; the first encrypts, all of them decrypt. To change a key, put the new
one first and run `manage.py rotate_secrets`; then the old one can be taken away.
"""

from collections.abc import Callable, Iterator

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

# Every Fernet token begins so: the version, and a time before the year 2106.
_BEGINNING = "gAAAAA"


class SealedByLostKeyError(Exception):
    """No key of SECRETS_KEYS opens this secret."""

    def __init__(self) -> None:
        super().__init__("No key of SECRETS_KEYS opens a stored secret: put the old key back.")


def seal(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret. Raises SealedByLostKeyError when the key it was sealed with is gone."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealedByLostKeyError from error


def is_sealed(text: str) -> bool:
    return text.startswith(_BEGINNING)


def reseal(text: str) -> str:
    """The same secret under the first key; one stored before there were keys is sealed."""
    if not is_sealed(text):
        return seal(text)
    try:
        return _keys().rotate(text.encode()).decode()
    except InvalidToken as error:
        raise SealedByLostKeyError from error


# Each changes the secrets of one table with the function it is given, and yields once per row.
Rotation = Callable[[Callable[[str], str]], Iterator[None]]
_rotations: dict[str, Rotation] = {}


def rotates(name: str) -> Callable[[Rotation], Rotation]:
    """Declares where an app keeps secrets, for `manage.py rotate_secrets`."""

    def register(function: Rotation) -> Rotation:
        _rotations[name] = function
        return function

    return register


def rotate_all() -> dict[str, int]:
    """Puts every stored secret under the first key; how many of each kind. Safe to run again."""
    return {name: sum(1 for _row in rotate(reseal)) for name, rotate in _rotations.items()}


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRETS_KEYS])
