"""Slots and what came of visits, for staff to look at. They are kept in the portal."""

from django.contrib import admin

from subscriptions.models import (
    CalendarFeed,
    SlotException,
    SlotPattern,
    VisitLink,
    VisitReport,
    VisitSlot,
)
from users.admin import ReadOnlyAdmin


@admin.register(SlotPattern)
class SlotPatternAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = (
        "public_id",
        "provider",
        "team",
        "starts",
        "ends",
        "capacity",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("provider", "team")
    finds = {"public_id": str.upper}
    finds_organizations = ("provider",)


@admin.register(SlotException)
class SlotExceptionAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = ("public_id", "provider", "kind", "day", "capacity", "note")
    list_filter = ("kind",)
    list_select_related = ("provider",)
    finds = {"public_id": str.upper}
    finds_organizations = ("provider",)


@admin.register(VisitSlot)
class VisitSlotAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = ("provider", "starts_at", "ends_at", "taken", "capacity")
    list_select_related = ("provider",)
    finds_organizations = ("provider",)


@admin.register(VisitLink)
class VisitLinkAdmin(ReadOnlyAdmin):
    """That there is a link and whether it was used; the address itself is signed, not stored."""

    charge = ("visit__provider", "visit__request__owner")
    list_display = ("public_id", "visit", "created_at", "used_at", "revoked_at")
    list_select_related = ("visit",)
    finds = {"public_id": str.upper}


@admin.register(VisitReport)
class VisitReportAdmin(ReadOnlyAdmin):
    charge = ("visit__provider", "visit__request__owner")
    list_display = ("visit", "signed_name", "created_by", "created_at", "completed_at")
    list_select_related = ("visit", "created_by")
    finds = {"visit__request__number": str.upper}


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Whose feeds are read; their addresses are secrets."""

    charge = ("organization",)
    list_display = ("public_id", "user", "organization", "scope", "created_at", "read_at")
    list_filter = ("scope",)
    list_select_related = ("user", "organization")
    exclude = ("token", "token_digest")
    finds = {"public_id": str.upper}
    finds_people = ("user",)
    finds_organizations = ("organization",)
