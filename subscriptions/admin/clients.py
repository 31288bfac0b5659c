"""Clients and what hangs on them, for staff to find: changed by the organization whose they are."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin_lists import LookedAt
from subscriptions.models import Client, ClientAddress, ClientInvitation, ClientMerge, ClientTag
from subscriptions.selectors.clients import clients_found
from users.admin import ReadOnlyAdmin


class AddressInline(LookedAt, admin.TabularInline):
    model = ClientAddress
    extra = 0
    fields = readonly_fields = ("unit", "label", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("unit")


@admin.register(Client)
class ClientAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = ("name", "phone", "kind", "owner", "created_at")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    # What is searched is said by `get_search_results`; Django asks for a list all the same.
    search_fields = ("search_key",)
    inlines = (AddressInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """By any word of the name, or by either end of the phone, as in the portfolio."""
        return clients_found(queryset, search_term, None), False


@admin.register(ClientTag)
class ClientTagAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = ("name", "owner")
    list_select_related = ("owner",)
    finds_organizations = ("owner",)


@admin.register(ClientAddress)
class ClientAddressAdmin(ReadOnlyAdmin):
    charge = ("client__owner",)
    list_display = ("client", "unit", "label", "created_at")
    list_select_related = ("client", "unit")
    finds = {"client__public_id": str.upper}


@admin.register(ClientMerge)
class ClientMergeAdmin(ReadOnlyAdmin):
    """Undone by the organization itself, for a day."""

    charge = ("owner",)
    list_display = ("public_id", "owner", "kept", "duplicate", "merged_at", "undone_at")
    list_select_related = ("owner", "kept", "duplicate")
    list_filter = (("undone_at", admin.EmptyFieldListFilter),)
    finds = {"public_id": str.upper}
    finds_organizations = ("owner",)


@admin.register(ClientInvitation)
class ClientInvitationAdmin(ReadOnlyAdmin):
    """The link's secret is nowhere kept."""

    charge = ("owner",)
    list_display = ("client", "email", "owner", "created_at", "expires_at", "accepted_at")
    list_select_related = ("client", "owner")
    list_filter = (("accepted_at", admin.EmptyFieldListFilter),)
    finds = {"public_id": str.upper}
    finds_organizations = ("owner",)
