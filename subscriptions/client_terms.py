"""The terms by which a client is found, and the terms a search text asks for."""

from core.folding import digits_of, fold

# Words of a name that are worth a row; a name of more is found by its first ones.
MAX_WORDS = 8
TERM_LENGTH = 40
# Fewer digits than this, typed as the end of a phone, would find half the portfolio.
MIN_LAST_DIGITS = 4
# Before the digits of a phone written backwards: "ends with" becomes "begins with".
BACKWARDS = "<"
_NATIONAL_LENGTH = 10


def terms_of(name: str, phone: str) -> set[str]:
    """What is stored: words of the name, the phone's national digits, the same backwards."""
    words = fold(name).split()[:MAX_WORDS]
    national = _national(digits_of(phone))
    phones = [national, BACKWARDS + national[::-1]] if national else []
    return {term[:TERM_LENGTH] for term in [*words, *phones]}


def terms_asked(text: str) -> list[list[str]]:
    """What a search text asks for: every group must be met, by the beginning of any of its terms.

    A text of digits, spaces and the signs of phones is one phone, or its end. Anything else is
    words.
    """
    digits = digits_of(text)
    if digits and not any(character.isalpha() for character in text):
        # "812" is the beginning of +7 812 …, "8 12" that of +7 12…: only the reader could tell.
        asked = list(dict.fromkeys([digits[:TERM_LENGTH], _national(digits)[:TERM_LENGTH]]))
        if MIN_LAST_DIGITS <= len(digits) <= _NATIONAL_LENGTH:
            asked.append(BACKWARDS + digits[::-1])
        return [asked]
    return [[word[:TERM_LENGTH]] for word in fold(text).split()[:MAX_WORDS]]


def _national(digits: str) -> str:
    """The digits after the country code: a Russian phone begins with +7 or 8, typed either way."""
    if len(digits) > 1 and digits[0] in "78":
        return digits[1:]
    return digits
