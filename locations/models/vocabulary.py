"""The words of streets' names, and the keys under which a misspelled one is found (docs/search.md).

Both tables follow from `Street.search_key` and may be thrown away and made again.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from locations.fields import KeyField
from locations.spelling import KEYED_LETTERS

WORD_LENGTH = 40


class NameWord(models.Model):
    """A word that stands in a folded name of streets; each name once, in however many cities."""

    word = KeyField(_("word"), max_length=WORD_LENGTH)
    name = KeyField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("word of a street's name")
        verbose_name_plural = _("words of streets' names")
        constraints = [
            # Serves the search for names by a word too.
            models.UniqueConstraint(fields=["word", "name"], name="name_word_once"),
        ]
        # Which names are known already.
        indexes = [models.Index(fields=["name"], name="name_word_name")]

    def __str__(self) -> str:
        return f"{self.word}: {self.name}"


class WordKey(models.Model):
    """One of the keys (`locations.spelling.keys_of`) of a word."""

    key = KeyField(max_length=KEYED_LETTERS)
    word = KeyField(max_length=WORD_LENGTH)

    class Meta:
        constraints = [
            # Holds the answer too: a lookup reads the index alone.
            models.UniqueConstraint(fields=["key", "word"], name="word_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.word}"
