"""Where teams of companies work."""

from django.contrib import admin

from subscriptions.models import TeamPlace
from users.admin import ReadOnlyAdmin


@admin.register(TeamPlace)
class TeamPlaceAdmin(ReadOnlyAdmin):
    """Kept by the company itself."""

    charge = ("team__organization",)
    list_display = ("team", "city", "building")
    list_select_related = ("team", "city", "building")
    finds = {"team__public_id": str.upper}
