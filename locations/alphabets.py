"""What was meant by an address typed on the wrong keyboard, in Latin letters, or half in them.

The letters are data: `locations/data/letters.toml`.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from locations.addresses import plain

LETTERS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "data" / "letters.toml").read_text(encoding="utf-8")
)
_LATIN = re.compile(r"[a-z\u00e0-\u02b9]")
_CYRILLIC = re.compile(r"[\u0430-\u045f]")
_KEYS = str.maketrans(LETTERS["layout"]["english"], LETTERS["layout"]["russian"])
_ALIKE = str.maketrans(LETTERS["lookalikes"]["latin"], LETTERS["lookalikes"]["russian"])
_PAIRS = dict(LETTERS["transliteration"]["pairs"])
_PAIR = re.compile("|".join(map(re.escape, _PAIRS)))
_WORDS: dict[str, str] = LETTERS["latin_words"]
_WORD = re.compile(r"[^\W\d_]+(?:['ʹ`][^\W\d_]+)*['ʹ`]?")
# Where «,» and «.» end a word, or stand between figures, they are marks and no letters.
_MARKS = re.compile(r"[,.](?=\s|$)|(?<=\d)[,./](?=\d)")


def readings(text: str) -> Iterator[str]:
    """What `text` may have been meant as, the likeliest first; `text` itself in Russian letters.

    Words that are all Latin are read both as keys of the other layout and letter by letter.
    """
    lowered = plain(text)
    if not _LATIN.search(lowered):
        yield lowered
        return
    if _CYRILLIC.search(lowered):
        # Roman figures and trade names stand in Russian addresses as they are.
        yield lowered
    yield " ".join(_each(lowered.split(), _from_keys))
    yield " ".join(_each(lowered.split(), _from_latin))


def _each(chunks: list[str], read: Any) -> Iterator[str]:
    for chunk in chunks:
        if _CYRILLIC.search(chunk):
            yield chunk.translate(_ALIKE)
        else:
            yield read(chunk)


def _from_keys(chunk: str) -> str:
    kept = {match.start() for match in _MARKS.finditer(chunk)}
    return "".join(
        letter if position in kept else letter.translate(_KEYS)
        for position, letter in enumerate(chunk)
    )


def _from_latin(chunk: str) -> str:
    return _WORD.sub(lambda found: _WORDS.get(found.group()) or _letters(found.group()), chunk)


def _letters(word: str) -> str:
    return _PAIR.sub(lambda found: _PAIRS[found.group()], word)
