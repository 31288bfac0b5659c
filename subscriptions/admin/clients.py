"""Clients, for staff to find: they are changed by the organization whose they are."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from subscriptions.models import Client
from subscriptions.selectors.clients import clients_found
from users.admin import ScopedAdmin


@admin.register(Client)
class ClientAdmin(ScopedAdmin):
    charge = "owner__account_managers__user"
    list_display = ("name", "phone", "kind", "owner", "created_at")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    # What is searched is said by `get_search_results`; Django asks for a list all the same.
    search_fields = ("search_key",)
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """By any word of the name, or by either end of the phone, as in the portfolio."""
        return clients_found(queryset, search_term, None), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
