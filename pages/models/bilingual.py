"""Texts kept in both languages of the site, side by side in two columns."""

from django.db import models


class Bilingual(models.Model):
    """A row with columns `<name>_ru` and `<name>_en`."""

    class Meta:
        abstract = True

    def text(self, name: str, language: str) -> str:
        """`<name>` in `language`; in Russian, the site's first language, where not translated."""
        translated = getattr(self, f"{name}_{language}", "")
        return translated or getattr(self, f"{name}_ru")
