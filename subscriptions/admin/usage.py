"""Meters, readings and figures of use, for staff to read: services write them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q

from subscriptions.admin.reading import ReadingAdmin
from subscriptions.models import Meter, MeterReading, UsageAlert, UsageRecord
from subscriptions.models.subscriptions import NUMBER_PREFIX


def of_subscriptions(through: str, organization_ids: list[int]) -> Q:
    """What hangs on subscriptions of these organizations; once handed over it is no more the
    concern of who filed (DOMAIN.md, Client, holder, subscription)."""
    filed = Q(**{f"{through}owner_id__in": organization_ids, f"{through}holder__isnull": True})
    sides = ((f"{through}{side}_id__in", organization_ids) for side in ("provider", "holder"))
    return filed | Q(*sides, _connector=Q.OR)


class OfSubscriptionAdmin(ReadingAdmin):
    """Found by the number of the subscription."""

    number_prefix = NUMBER_PREFIX
    number_column = "subscription__number"
    search_fields = ("subscription__number__startswith",)
    list_select_related: ClassVar[Any] = ("subscription",)
    through = "subscription__"

    def in_charge(self, organization_ids: list[int]) -> Q:
        return of_subscriptions(self.through, organization_ids)


@admin.register(Meter)
class MeterAdmin(OfSubscriptionAdmin):
    list_display = ("serial", "subscription", "unit", "tariff", "installed_on", "removed_on")
    list_filter = ("unit",)


@admin.register(MeterReading)
class MeterReadingAdmin(OfSubscriptionAdmin):
    number_column = "meter__subscription__number"
    search_fields = ("meter__subscription__number__startswith",)
    list_select_related: ClassVar[Any] = ("meter__subscription", "organization")
    through = "meter__subscription__"
    list_display = ("meter", "zone", "day", "value", "state", "source", "organization")
    list_filter = ("state", "source")
    # The picture is for the parties; staff see that there is one.
    exclude = ("photo",)


@admin.register(UsageRecord)
class UsageRecordAdmin(OfSubscriptionAdmin):
    list_display = ("subscription", "unit", "zone", "starts_on", "ends_on", "amount", "source")
    list_filter = ("unit", "source")


@admin.register(UsageAlert)
class UsageAlertAdmin(OfSubscriptionAdmin):
    list_display = ("subscription", "kind", "month", "amount", "allowed", "told_at")
    list_filter = ("kind",)
