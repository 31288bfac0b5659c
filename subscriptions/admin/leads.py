"""Leads, rules of routing, attribution: for staff to look back. The work is done in the portal."""

from django.contrib import admin

from core.admin_lists import LookedAt
from core.errors import DomainError
from subscriptions.models import (
    AttributionDispute,
    ClientAttribution,
    Lead,
    LeadOffer,
    LeadRule,
)
from subscriptions.phones import parse_phone
from users.admin import ReadOnlyAdmin


def as_phone(text: str) -> str:
    """The number as it is stored; "" for what is none."""
    try:
        return parse_phone(text).as_e164
    except DomainError:
        return ""


class OfferInline(LookedAt, admin.TabularInline):
    model = LeadOffer
    extra = 0


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    charge = ("agency",)
    list_display = ("public_id", "state", "address", "city", "agency", "created_at", "taken_at")
    list_filter = ("state",)
    list_select_related = ("city", "agency")
    finds = {"public_id": str.upper, "phone": as_phone}
    finds_organizations = ("agency",)
    inlines = (OfferInline,)


@admin.register(LeadOffer)
class LeadOfferAdmin(ReadOnlyAdmin):
    charge = ("agency",)
    list_display = ("lead", "agency", "state", "offered_at", "due_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("lead", "agency")
    finds = {"lead__public_id": str.upper}
    finds_organizations = ("agency",)


@admin.register(LeadRule)
class LeadRuleAdmin(ReadOnlyAdmin):
    """Which agency is offered which leads: kept on the staff's page of routing."""

    charge = ("agency",)
    list_display = ("agency", "region", "city", "category", "weight", "daily_limit", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("agency", "region", "city", "category")
    finds_organizations = ("agency",)


@admin.register(ClientAttribution)
class ClientAttributionAdmin(ReadOnlyAdmin):
    """Who brought a client first: written once, changed by a decided dispute alone."""

    charge = ("agency",)
    list_display = ("unit", "category", "agency", "source", "registered_at", "lasts_until")
    list_filter = ("source",)
    list_select_related = ("unit", "category", "agency")
    finds_organizations = ("agency",)


@admin.register(AttributionDispute)
class AttributionDisputeAdmin(ReadOnlyAdmin):
    """Decided on the staff's page of disputes."""

    charge = ("claimant", "attribution__agency")
    list_display = ("public_id", "claimant", "attribution", "state", "created_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("claimant", "attribution")
    finds = {"public_id": str.upper}
    finds_organizations = ("claimant",)
