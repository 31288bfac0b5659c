"""Lists of Django admin that stay fast at a million rows."""

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# Foreign keys say no name of their own: staff read them by these, instead of the words of the code.
NAMES = {
    "agency": _("agency"),
    "applicant": _("who asks"),
    "attribution": _("attribution"),
    "author": _("author"),
    "building": _("building"),
    "bundle": _("bundle"),
    "category": _("service category"),
    "city": _("city"),
    "claimant": _("who claims"),
    "client": _("client"),
    "created_by": _("made by"),
    "decided_by": _("decided by"),
    "duplicate": _("duplicate"),
    "event": _("event"),
    "granted_by": _("let in by"),
    "holder": _("holder"),
    "kept": _("kept client"),
    "lead": _("lead"),
    "organization": _("organization"),
    "owner": _("owner"),
    "plan": _("plan"),
    "provider": _("provider"),
    "region": _("region"),
    "request": _("request"),
    "street": _("street"),
    "team": _("team"),
    "unit": _("unit"),
    "user": _("person"),
    "verification": _("verification"),
}
# Nobody turns more pages than this; who looks for something old searches for it.
MOST_PAGES = 200
# The pages that a list looks ahead, so that it can say how many follow.
AHEAD = 3


class UncountedPaginator(Paginator):
    """Looks a few pages ahead instead of counting, which costs more than a page at a million rows.

    `count` is exact when `is_whole`; else there are more rows than that.
    """

    def __init__(self, *args: Any, number: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen_from = (min(max(number, 1), MOST_PAGES) - 1) * self.per_page

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        return self.seen_from + min(len(self._ahead), AHEAD * self.per_page)

    @property
    def is_whole(self) -> bool:
        return len(self._ahead) <= AHEAD * self.per_page

    @property
    def ids(self) -> list[Any]:
        """The keys of the page that is shown."""
        return self._ahead[: self.per_page]

    @cached_property
    def _ahead(self) -> list[Any]:
        """Keys from this page on; one more than looked for when there are more."""
        rows: Any = self.object_list
        end = self.seen_from + AHEAD * self.per_page + 1
        return list(rows.values_list("pk", flat=True)[self.seen_from : end])


class LargeChangeList(ChangeList):
    """First which rows, from narrow indexes, then what is shown of them; sorted as indexes are."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if isinstance(self.paginator, UncountedPaginator):
            self.result_list = self.queryset.filter(pk__in=self.paginator.ids)

    def get_ordering_field_columns(self) -> Any:
        return super().get_ordering_field_columns() if self.sorts_freely else {}

    def get_ordering(self, request: HttpRequest, queryset: Any) -> Any:
        if self.sorts_freely:
            return super().get_ordering(request, queryset)
        kept, self.params = self.params, {}
        try:
            return super().get_ordering(request, queryset)
        finally:
            self.params = kept

    @property
    def sorts_freely(self) -> bool:
        """Whether any column may be sorted by: where there are thousands of rows, not millions."""
        return self.model_admin.sortable_by is None


class LargeListMixin:
    """Pages without a count, of one size, in one order; nothing that shows a million rows at once.

    `sortable_by = None` lets a small list be sorted by any column.
    """

    sortable_by: ClassVar[Any] = ()
    # Facets count the whole table for each value of each filter.
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0

    def __init__(self, model: type[Model], site: Any) -> None:
        super().__init__(model, site)  # type: ignore[call-arg]
        for field in model._meta.get_fields():
            if getattr(field, "_verbose_name", "") is None and field.name in NAMES:
                field.verbose_name = NAMES[field.name]  # type: ignore[union-attr]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LargeChangeList

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Paginator:
        number = request.GET.get("p", "1")
        return UncountedPaginator(
            queryset,
            per_page,
            orphans,
            allow_empty_first_page,
            number=int(number) if number.isdecimal() and len(number) < 6 else 1,
        )


class LookedAt:
    """For a ModelAdmin or an inline that nobody writes through."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LargeAdmin(LargeListMixin, ModelAdmin):
    """The ground of every admin of the portal."""
