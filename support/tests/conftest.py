"""Tests of the desk read the words that stand in the code, whatever the catalogue makes of them."""

import pytest
from django.conf import settings
from django.utils.translation import trans_real

from core import context_processors

# Catalogues without ours, kept for all tests of the process.
_WITHOUT_OURS = {}


@pytest.fixture(autouse=True)
def _words_of_the_code(monkeypatch):
    monkeypatch.setattr(settings, "LOCALE_PATHS", [])
    monkeypatch.setattr(trans_real, "_translations", _WITHOUT_OURS)
    monkeypatch.setattr(trans_real, "_default", None)
    context_processors.draw_sections.cache_clear()
    yield
    context_processors.draw_sections.cache_clear()
