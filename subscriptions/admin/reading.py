"""What has a life of its own is read in the admin, never edited: services change it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from core.ids import normalize_number
from users.admin import ReadOnlyAdmin


class ReadingAdmin(ReadOnlyAdmin):
    """Newest first, found by number. Account managers read what `in_charge` gives them."""

    number_prefix = ""
    number_column = "number"
    search_fields: ClassVar[Any] = ("number__startswith",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """By a number, whole in any spelling or its beginning; by nothing that needs a scan."""
        text = search_term.strip()
        if not text:
            return queryset, False
        number = normalize_number(self.number_prefix, text)
        if number:
            return queryset.filter(**{self.number_column: number}), False
        return queryset.filter(**{f"{self.number_column}__startswith": text.upper()}), False
