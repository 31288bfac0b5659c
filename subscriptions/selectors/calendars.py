"""The working calendars of several providers at once."""

from collections.abc import Collection
from datetime import date
from zoneinfo import ZoneInfo

from core.working_hours import WorkingCalendar
from users.models import Organization, OrganizationDay


def calendars_of(providers: Collection[Organization], since: date) -> dict[int, WorkingCalendar]:
    """By the provider's id: its hours, with its own days off and days worked from `since` on."""
    own: dict[int, dict[date, bool]] = {provider.pk: {} for provider in providers}
    rows = OrganizationDay.objects.filter(organization_id__in=list(own), day__gte=since)
    for pk, day, is_working in rows.order_by().values_list("organization_id", "day", "is_working"):
        own[pk][day] = is_working
    return {
        provider.pk: WorkingCalendar(
            ZoneInfo(provider.time_zone),
            provider.opens_at,
            provider.closes_at,
            provider.works_weekends,
            own[provider.pk],
        )
        for provider in providers
    }
