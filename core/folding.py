"""Text as search compares it: the same on every database, whatever its rules of case."""

import re

_SEPARATORS = re.compile(r"[\W_]+")
# Written either way by everyone, and sought either way.
_SAME_LETTER = str.maketrans("\N{CYRILLIC SMALL LETTER IO}", "\N{CYRILLIC SMALL LETTER IE}")


def fold(text: str) -> str:
    """`text` in lower case, letter "io" as "ie", all but letters and digits as single spaces."""
    return _SEPARATORS.sub(" ", text.casefold().translate(_SAME_LETTER)).strip()


def digits_of(text: str) -> str:
    """The decimal digits of `text`, in order."""
    return "".join(character for character in text if character.isdecimal())
