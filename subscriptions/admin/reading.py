"""What has a life of its own is read in the admin, never edited: services change it."""

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.choices import StaffScope
from core.ids import normalize_number
from users.admin import ScopedAdmin
from users.models import AccountManagement, CustomUser


class BoundedPaginator(Paginator):
    """Counts as far as anybody turns pages: a count of a million rows costs more than a page."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        rows: QuerySet = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[: self.MOST].count()


class ReadingAdmin(ScopedAdmin):
    """Newest first, found by number. Account managers read what `in_charge` gives them."""

    paginator = BoundedPaginator
    number_prefix = ""
    number_column = "number"
    search_fields = ("number__startswith",)
    ordering = ("-id",)
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = admin.ModelAdmin.get_queryset(self, request)
        user = cast(CustomUser, request.user)
        scope = user.scope
        if scope == StaffScope.ADMIN:
            return rows
        if scope != StaffScope.ACCOUNT_MANAGER:
            return rows.none()
        managed = AccountManagement.objects.filter(user=user)
        return rows.filter(self.in_charge(list(managed.values_list("organization_id", flat=True))))

    def in_charge(self, organization_ids: list[int]) -> Q:
        """Rows of these organizations, as each of them sees its own."""
        raise NotImplementedError

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        scope = cast(CustomUser, request.user).scope
        return scope in (StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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
