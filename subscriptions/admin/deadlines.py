"""Deadlines and paces of providers, for staff to read: the portal's pages and jobs write them."""

from django.contrib import admin

from subscriptions.models import DeadlinePolicy, DeadlineRule, ProviderPace, RequestTimes
from users.admin import ReadOnlyAdmin


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = ("provider", "category", "state", "hours")
    list_filter = ("state",)
    list_select_related = ("provider", "category")
    finds_organizations = ("provider",)


@admin.register(DeadlinePolicy)
class DeadlinePolicyAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = (
        "provider",
        "warn_by",
        "warn_left",
        "managers_after",
        "account_manager_after",
        "updated_at",
    )
    list_select_related = ("provider",)
    finds_organizations = ("provider",)


@admin.register(RequestTimes)
class RequestTimesAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = (
        "request",
        "provider",
        "category",
        "connected_on",
        "connect_days",
        "promised_days",
    )
    list_select_related = ("request", "provider", "category")
    finds = {"request__number": str.upper}
    finds_organizations = ("provider",)


@admin.register(ProviderPace)
class ProviderPaceAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = (
        "provider",
        "category",
        "city",
        "month",
        "sample",
        "kept",
        "connect_median",
        "connect_p90",
    )
    list_select_related = ("provider", "category", "city")
    finds_organizations = ("provider",)
