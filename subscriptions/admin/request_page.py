"""Checklists, own fields and links of requests, for staff to read."""

from django.contrib import admin
from django.db.models import Q

from subscriptions.admin.reading import ReadingAdmin
from subscriptions.admin.requests import OfRequestAdmin
from subscriptions.models import (
    ChecklistItem,
    ChecklistTemplate,
    CustomField,
    RequestRelation,
)
from users.admin import ReadOnlyAdmin


@admin.register(ChecklistTemplate)
class ChecklistTemplateAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = ("provider", "category", "is_active", "updated_at")
    list_select_related = ("provider", "category")
    finds_organizations = ("provider",)


@admin.register(CustomField)
class CustomFieldAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = ("label", "provider", "category", "kind", "needed", "archived_at")
    list_select_related = ("provider", "category")
    finds_organizations = ("provider",)


@admin.register(ChecklistItem)
class ChecklistItemAdmin(OfRequestAdmin):
    list_display = ("request", "text", "is_required", "done_at", "done_by")
    list_select_related = ("request", "done_by")


@admin.register(RequestRelation)
class RelationAdmin(ReadingAdmin):
    """Links are known to the organization that made them."""

    number_prefix = OfRequestAdmin.number_prefix
    number_column = "source__number"
    search_fields = ("source__number__startswith",)
    list_display = ("source", "kind", "target", "organization", "created_at")
    list_select_related = ("source", "target", "organization")

    def in_charge(self, organization_ids: list[int]) -> Q:
        return Q(organization_id__in=organization_ids)
