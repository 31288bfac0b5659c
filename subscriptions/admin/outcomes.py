"""Subscriptions and commissions, for staff to read: what happens to requests writes them."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.admin_lists import LookedAt
from subscriptions.admin.reading import ReadingAdmin
from subscriptions.models import Commission, Subscription, SubscriptionPrice
from subscriptions.models.requests import NUMBER_PREFIX as REQUEST_PREFIX
from subscriptions.models.subscriptions import NUMBER_PREFIX


class PriceInline(LookedAt, admin.TabularInline):
    model = SubscriptionPrice
    extra = 0
    fields = readonly_fields = ("starts_on", "ends_on", "price", "currency", "plan", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("plan")


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
    inlines = (PriceInline,)

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
