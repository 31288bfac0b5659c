"""Leads, rules of routing, attribution: for staff to look back. The work is done in the portal."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import clock
from core.actor import Actor
from core.admin_lists import LookedAt
from core.choices import StaffScope
from core.errors import DomainError
from subscriptions.models import (
    AttributionDispute,
    ClientAttribution,
    Lead,
    LeadOffer,
    LeadRule,
)
from subscriptions.phones import parse_phone
from subscriptions.services.leads import close_as_staff, route_as_staff
from users.admin import ReadOnlyAdmin, ScopedAdmin, admin_actor


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
    actions = ("route", "close")

    @admin.action(description=gettext_lazy("Let through and route"), permissions=["act"])
    def route(self, request: HttpRequest, rows: QuerySet[Lead]) -> None:
        self._each(request, rows, route_as_staff)

    @admin.action(description=gettext_lazy("Close"), permissions=["act"])
    def close(self, request: HttpRequest, rows: QuerySet[Lead]) -> None:
        self._each(request, rows, close_as_staff)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.scope == StaffScope.ADMIN  # type: ignore[union-attr]

    def _each(
        self,
        request: HttpRequest,
        rows: QuerySet[Lead],
        act: Callable[[Actor, Lead], Lead],
    ) -> None:
        """One lead at a time; each refusal is named."""
        actor, done = admin_actor(request), 0
        for lead in rows.order_by("pk"):
            try:
                act(actor, lead)
            except DomainError as refused:
                told = _("%(lead)s: %(reason)s") % {"lead": lead, "reason": refused}
                self.message_user(request, told, messages.WARNING)
            else:
                done += 1
        if done:
            told = ngettext("%(count)s lead is done with.", "%(count)s leads are done with.", done)
            self.message_user(request, told % {"count": done}, messages.SUCCESS)


@admin.register(LeadOffer)
class LeadOfferAdmin(ReadOnlyAdmin):
    charge = ("agency",)
    list_display = ("lead", "agency", "state", "offered_at", "due_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("lead", "agency")
    finds = {"lead__public_id": str.upper}
    finds_organizations = ("agency",)


@admin.register(LeadRule)
class LeadRuleAdmin(ScopedAdmin):
    """Which agency is offered which leads: agencies keep their own, staff set the weights."""

    charge = ("agency",)
    list_display = ("agency", "region", "city", "category", "weight", "daily_limit", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("agency", "region", "city", "category")
    finds_organizations = ("agency",)
    ordering = ("-id",)
    exclude = ("created_at",)
    autocomplete_fields = ("agency", "city")

    def save_model(self, request: HttpRequest, obj: LeadRule, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = clock.now()
        super().save_model(request, obj, form, change)


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
