"""Providers' rules of assignment, for staff to read."""

from django.contrib import admin

from subscriptions.models import AssignmentRule
from users.admin import ReadOnlyAdmin


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(ReadOnlyAdmin):
    """Kept by the provider itself."""

    charge = ("provider",)
    list_display = ("provider", "position", "category", "city", "district", "method", "is_active")
    list_select_related = ("provider", "category", "city", "district")
    finds = {"provider__public_id": str.upper}
