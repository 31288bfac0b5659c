"""Text that every database compares alike: a column by code point, a name by its letters."""

import unicodedata
from typing import Any

from django.db import models

# PostgreSQL's default collation follows the language and cannot serve a range read; MariaDB's folds
# case and «ё». A prefix range on a "C" collated index is three times as fast as LIKE on a default.
_BY_CODE_POINT = {"postgresql": "C", "mysql": "utf8mb4_bin", "sqlite": "BINARY"}


class KeyField(models.CharField):
    """Text for looking up by equality and by prefix range, the same on every database."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        parameters["collation"] = _BY_CODE_POINT[connection.vendor]
        return parameters


def alike(text: str) -> str:
    """What names have in common that some database takes for one: case and marks do not count.

    A CharField on MariaDB compares so («Gpon» is «GPON», «ё» is «е»), also in unique constraints.
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def prefix_range(column: str, prefix: str) -> dict[str, str]:
    """Conditions for `column` of a KeyField to begin with `prefix`: one range of its index."""
    first, last = key_range(prefix)
    return {f"{column}__gte": first, f"{column}__lt": last}


def key_range(prefix: str) -> tuple[str, str]:
    """From where, and to where exclusively, keys that begin with `prefix` stand."""
    return prefix, f"{prefix}\uffff"
