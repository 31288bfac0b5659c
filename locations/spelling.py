"""How near two words are, and the keys under which a word is found although misspelled.

Symmetric deletion (W. Garbe, SymSpell): two words at most two edits apart have a key in common when
up to two letters are left out of the beginning of each. The keys are plain text in an index, so the
lookup is the same on every database and does not grow with the number of words.
"""

from functools import lru_cache
from itertools import combinations

from locations.alphabets import LETTERS

# Letters of a word that keys are made of: its end ("…ская") tells little and is compared later.
KEYED_LETTERS = 7
_LETTERS = str.maketrans(dict(LETTERS["skeleton"]["letters"]))
_GROUPS: list[list[str]] = LETTERS["skeleton"]["groups"]
# What a word that sounds the same but is written otherwise is behind one that is the same.
SOUNDS_ALIKE = 0.25
# What a word that goes on is behind one that ends where the typed one does.
_GOES_ON = 0.4
_OTHER_INITIAL = 0.1


@lru_cache(maxsize=16_384)
def sounds(word: str) -> str:
    """`word` with the letters that are often taken for each other as one."""
    return word.translate(_LETTERS)


@lru_cache(maxsize=16_384)
def skeleton(word: str) -> str:
    """What is left of `word` for a reader who spells by ear, or after a way through Latin."""
    word = sounds(word)
    for letters, instead in _GROUPS:
        if letters in word:
            word = word.replace(letters, instead)
    last = ""
    return "".join([last := letter for letter in word if letter != last])


def keys_of(bare: str) -> set[str]:
    """The keys of a word given by its skeleton: its beginning with up to two letters left out.

    Of the shortest words one letter or none is left out: too much would be alike.
    """
    begins = bare[:KEYED_LETTERS]
    most = 0 if len(begins) < 3 else 1 if len(begins) < 4 else 2
    keys = {begins}
    for left in range(len(begins) - most, len(begins)):
        keys.update(map("".join, combinations(begins, left)))
    return keys


def most_edits(bare: str) -> int:
    """How many edits a word may hold and still be taken for another."""
    letters = len(bare)
    return letters - 1 if letters < 4 else 2 if letters < 8 else 3


@lru_cache(maxsize=16_384)
def letters_of(bare: str) -> int:
    """The set of letters of a word as bits: what cannot be near is told without comparing."""
    bits = 0
    for letter in bare:
        bits |= 1 << (ord(letter) & 63)
    return bits


def edits(typed: str, word: str, most: int) -> tuple[int, int]:
    """Edits from `typed` to `word`, and to the nearest beginning of `word`.

    Letters left out, put in, changed, or two neighbours swapped (optimal string alignment). What is
    more than `most` is given as `most` + 1.
    """
    same = 0
    for one, other in zip(typed, word, strict=False):
        if one != other:
            break
        same += 1
    typed, word = typed[same:], word[same:]
    width = min(len(word), len(typed) + most)
    before: list[int] = []
    row = list(range(width + 1))
    for at, letter in enumerate(typed):
        next_ = [at + 1]
        for column in range(width):
            cost = (
                row[column]
                if word[column] == letter
                else 1 + min(row[column], row[column + 1], next_[column])
            )
            if at and column and letter == word[column - 1] and typed[at - 1] == word[column]:
                cost = min(cost, before[column - 1] + 1)
            next_.append(cost)
        if min(next_) > most:
            return most + 1, most + 1
        before, row = row, next_
    whole = row[-1] + len(word) - width if width < len(word) else row[-1]
    return min(whole, most + 1), min(min(row), most + 1)


class Typed:
    """A typed word, ready to be compared with many others."""

    __slots__ = ("bare", "heard", "letters", "most", "word")

    def __init__(self, word: str) -> None:
        self.word = word
        self.heard = sounds(word)
        self.bare = skeleton(word)
        self.most = most_edits(self.bare)
        self.letters = letters_of(self.bare)

    def found_under(self) -> set[str]:
        """Keys under which words near to it are found.

        A slip may make or break a pair of letters that the skeleton holds for one.
        """
        keys = keys_of(self.bare)
        return keys | keys_of(self.heard) if self.heard != self.bare else keys

    def cost_of(self, other: str, *, begun: bool) -> float | None:
        """How far `other` is: 0 for the same word, about 1 for each edit; None for no kin.

        With `begun`, the word may be typed half.
        """
        if other == self.word:
            return 0.0
        bare = skeleton(other)
        if (self.letters & ~letters_of(bare)).bit_count() > self.most:
            return None
        if not begun and len(bare) > len(self.bare) + self.most:
            return None
        whole, beginning = edits(self.bare, bare, self.most)
        heard = sounds(other)
        if whole > 1 and (heard != bare or self.heard != self.bare):
            of_heard = edits(self.heard, heard, self.most)
            whole, beginning = min(whole, of_heard[0]), min(beginning, of_heard[1])
        if begun and beginning + _GOES_ON < whole:
            cost = beginning + _GOES_ON
        else:
            cost = float(whole) or SOUNDS_ALIKE
        if cost > self.most + _GOES_ON:
            return None
        # The first letter is seldom wrong.
        return cost + (_OTHER_INITIAL if bare[:1] != self.bare[:1] else 0)
