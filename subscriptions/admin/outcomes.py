"""Subscriptions and commissions, for staff to read: what happens to requests writes them."""

from django.contrib import admin
from django.db.models import Q

from subscriptions.admin.reading import ReadingAdmin
from subscriptions.models import Commission, Subscription
from subscriptions.models.requests import NUMBER_PREFIX as REQUEST_PREFIX
from subscriptions.models.subscriptions import NUMBER_PREFIX


@admin.register(Subscription)
class SubscriptionAdmin(ReadingAdmin):
    number_prefix = NUMBER_PREFIX
    list_display = (
        "number",
        "state",
        "owner",
        "provider",
        "category",
        "building",
        "price",
        "started_at",
    )
    list_filter = ("state",)
    list_select_related = ("owner", "provider", "category", "building")

    def in_charge(self, organization_ids: list[int]) -> Q:
        parties = ("owner_id__in", "provider_id__in", "holder_id__in")
        return Q(*((party, organization_ids) for party in parties), _connector=Q.OR)


@admin.register(Commission)
class CommissionAdmin(ReadingAdmin):
    number_prefix = REQUEST_PREFIX
    number_column = "request__number"
    search_fields = ("request__number__startswith",)
    list_display = ("request", "kind", "owner", "provider", "amount", "currency", "accrued_at")
    list_filter = ("kind",)
    list_select_related = ("request", "owner", "provider")

    def in_charge(self, organization_ids: list[int]) -> Q:
        return Q(owner_id__in=organization_ids) | Q(provider_id__in=organization_ids)
