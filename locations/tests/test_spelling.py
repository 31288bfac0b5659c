"""Letters, keyboards and edits, without a database."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locations.alphabets import readings
from locations.spelling import Typed, edits, keys_of, most_edits, skeleton

words = st.text("абвг", max_size=9)


def plain_edits(one: str, other: str) -> int:
    """Optimal string alignment by its definition, slowly."""
    table = {(-1, -1): 0}
    for at in range(len(one)):
        table[at, -1] = at + 1
    for at in range(len(other)):
        table[-1, at] = at + 1
    for at, column in product(range(len(one)), range(len(other))):
        cost = int(one[at] != other[column])
        best = min(
            table[at - 1, column] + 1, table[at, column - 1] + 1, table[at - 1, column - 1] + cost
        )
        if at and column and one[at] == other[column - 1] and one[at - 1] == other[column]:
            best = min(best, table[at - 2, column - 2] + 1)
        table[at, column] = best
    return table[len(one) - 1, len(other) - 1]


@given(words, words, st.integers(0, 4))
def test_edits_are_those_of_the_definition(one, other, most):
    whole, beginning = edits(one, other, most)
    assert whole == min(plain_edits(one, other), most + 1)
    nearest = min(plain_edits(one, other[:length]) for length in range(len(other) + 1))
    assert beginning == min(nearest, most + 1)


@given(st.text("абвгдежз", min_size=4, max_size=14), st.data())
def test_two_slips_share_a_key_with_the_word(word, data):
    slipped = word
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(slipped) - 1))
        letter = data.draw(st.sampled_from(["", "к", "лм"]))
        # Left out, changed, or put in.
        slipped = (
            slipped[:at]
            + (letter[:1] + slipped[at] if len(letter) > 1 else letter)
            + slipped[at + 1 :]
        )
    if len(slipped) >= 4:
        assert keys_of(word) & keys_of(slipped)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("советская", "совецкая"),
        ("чистопольская", "чистополская"),
        ("юрия", "юриа"),
        ("щорса", "шорса"),
        ("электрозаводская", "електрозаводская"),
        ("россия", "росия"),
        ("невский", "невскы"),
    ],
)
def test_what_sounds_alike_has_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


def test_short_words_bear_fewer_slips():
    assert [most_edits("а" * length) for length in (1, 2, 3, 4, 7, 8)] == [0, 1, 2, 2, 2, 3]
    assert Typed("мира").cost_of("маркса", begun=False) is None
    assert Typed("мира").cost_of("мера", begun=False) == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Казань, 12", ["казань, 12"]),
        ("rfpfym", ["казань", "рфпфым"]),
        ("Rfpfym? ek/ Ktybyf? 12", ["казань, ул. ленина, 12", "рфпфым? ек/ ктыбыф? 12"]),
        ("`kjxyfz 12/2", ["елочная 12/2", "`кйксыфз 12/2"]),
        ("ul. Shchorsa", ["гд. ырсрщкыф", "ул. щорса"]),
        ("Kазань", ["kазань", "казань"]),
        ("12a", ["12ф", "12а"]),
        ("", [""]),
    ],
)
def test_readings_of_latin_letters(text, meant):
    assert list(dict.fromkeys(readings(text))) == meant
