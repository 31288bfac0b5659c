"""What organizations keep beside subscriptions, and announce: for staff to read."""

from django.contrib import admin
from django.db.models import Q

from subscriptions.admin.usage import of_subscriptions
from subscriptions.models import (
    CostCentre,
    Finding,
    PriceChange,
    SubscriptionFile,
    SubscriptionTag,
)
from users.admin import ReadOnlyAdmin


class _WordAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = ("name", "owner")
    list_select_related = ("owner",)
    finds_organizations = ("owner",)


@admin.register(CostCentre)
class CostCentreAdmin(_WordAdmin):
    pass


@admin.register(SubscriptionTag)
class SubscriptionTagAdmin(_WordAdmin):
    # A tag may stand on thousands of subscriptions.
    exclude = ("subscriptions",)


@admin.register(SubscriptionFile)
class SubscriptionFileAdmin(ReadOnlyAdmin):
    """That a document is there; what is in it is read by its parties."""

    list_display = ("subscription", "kind", "name", "organization", "created_at")
    list_filter = ("kind",)
    list_select_related = ("subscription", "organization")
    exclude = ("file",)
    finds = {"subscription__number": str.upper}

    def in_charge(self, organization_ids: list[int]) -> Q:
        return of_subscriptions("subscription__", organization_ids)


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = ("subscription", "kind", "state", "owner", "saving_year", "found_at")
    list_filter = ("kind", "state")
    list_select_related = ("subscription", "owner")
    finds_organizations = ("owner",)


@admin.register(PriceChange)
class PriceChangeAdmin(ReadOnlyAdmin):
    """Announced and withdrawn by their provider; applied by a job."""

    charge = ("provider",)
    list_display = ("plan", "provider", "price", "currency", "starts_on", "state", "count")
    list_filter = ("state",)
    list_select_related = ("plan", "provider")
    finds_organizations = ("provider",)
