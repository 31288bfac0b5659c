"""What is awaited: for staff to look at. The work is done in the portal."""

from django.contrib import admin

from subscriptions.models import AvailabilityWatch, WatchList
from users.admin import ReadOnlyAdmin


@admin.register(AvailabilityWatch)
class AvailabilityWatchAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = (
        "public_id",
        "state",
        "building",
        "category",
        "owner",
        "created_at",
        "closed_at",
    )
    list_filter = ("state",)
    list_select_related = ("building", "category", "owner")
    finds = {"public_id": str.upper, "email": str.lower}
    finds_organizations = ("owner",)


@admin.register(WatchList)
class WatchListAdmin(ReadOnlyAdmin):
    charge = ("owner",)
    list_display = ("public_id", "category", "owner", "created_by", "created_at")
    list_select_related = ("category", "owner", "created_by")
    finds = {"public_id": str.upper}
    finds_organizations = ("owner",)
