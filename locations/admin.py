"""The address tree and coverage for staff; fast at a million rows.

Zones and statements are read here and changed by the services (pages of coverage), so that cells
and events keep up with them; geometry is shown, not edited.
"""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.admin_lists import LookedAt
from locations.addresses import fold, without_unit
from locations.fields import prefix_range
from locations.models import (
    Building,
    BuildingCoverage,
    City,
    CoverageRecord,
    CoverageZone,
    District,
    GeocoderUse,
    NameWord,
    Region,
    ServiceCategory,
    Street,
    Unit,
    UnplacedHouse,
)
from locations.selectors import gazetteer
from locations.services.building_counts import recount
from locations.services.vocabulary import learn_soon
from users.admin import ReadOnlyAdmin, ScopedAdmin


class LargeAdmin(ScopedAdmin):
    """A list that is searched by a key, not by scanning."""

    reference = True
    # What search looks in: a folded key, by prefix; "" where Django's own search is meant.
    key = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if self.finds:
            return super().get_search_results(request, queryset, search_term)
        if not self.key:
            # Past the folding of names of people: these are looked for as they are written.
            return admin.ModelAdmin.get_search_results(self, request, queryset, search_term)
        key = fold(without_unit(search_term))
        return (queryset.filter(**prefix_range(self.key, key)) if key else queryset), False


class DerivedAdmin(LargeAdmin):
    """Keys and ranks follow from the fields: filled when a row is saved."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.set_derived()
        super().save_model(request, obj, form, change)


@admin.register(Region)
class RegionAdmin(LargeAdmin):
    list_display = ["full_name", "federal_district", "iso_code", "time_zone"]
    search_fields = ["name", "iso_code"]
    list_filter = ["federal_district"]


@admin.register(City)
class CityAdmin(DerivedAdmin):
    key = "search_key"
    search_fields = ["search_key"]
    list_display = ["title", "type", "region", "population", "time_zone"]
    list_select_related = ["region"]
    autocomplete_fields = ["region"]
    readonly_fields = ["public_id", "search_key"]

    def save_model(self, request: HttpRequest, obj: City, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        gazetteer.forget()


@admin.register(Street)
class StreetAdmin(DerivedAdmin):
    key = "search_key"
    search_fields = ["search_key"]
    list_display = ["__str__", "city"]
    list_select_related = ["city"]
    autocomplete_fields = ["city"]
    readonly_fields = ["search_key"]
    ordering = ["search_key", "city_rank"]

    def save_model(self, request: HttpRequest, obj: Street, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        learn_soon(obj.search_key)


@admin.register(NameWord)
class NameWordAdmin(ReadOnlyAdmin):
    """What search knows of names; `manage.py rebuild_vocabulary` makes it from the streets."""

    reference = True
    list_display = ["word", "name"]
    finds = {"word": fold}
    search_help_text = _("A word as it is searched: in lower case.")
    ordering = ["word", "name"]


@admin.register(Building)
class BuildingAdmin(DerivedAdmin):
    """A search finds by street and house («чистопольская 12»)."""

    key = "search_key"
    search_fields = ["search_key"]
    search_help_text = _("Street and house, without the city.")
    list_display = ["address", "status", "fias_id", "postal_code", "units_count"]
    list_filter = ["status"]
    autocomplete_fields = ["city", "street"]
    raw_id_fields = ["added_by"]
    # What becomes of an address is decided on its page, where all that hangs on it moves along.
    readonly_fields = [
        "public_id",
        "cell",
        "address",
        "search_key",
        "status",
        "merged_into",
        "district",
        "decision",
        "decided_at",
        "created_at",
    ]
    ordering = ["-pk"]

    def save_model(self, request: HttpRequest, obj: Building, form: Any, change: bool) -> None:
        before = Building.objects.filter(pk=obj.pk).values_list("cell", flat=True).first()
        super().save_model(request, obj, form, change)
        recount({obj.cell, before or obj.cell})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Buildings come from registers and from people: services check and announce them.
        return False


@admin.register(UnplacedHouse)
class UnplacedHouseAdmin(ReadOnlyAdmin):
    """Read alone: a house leaves this list by its coordinates (docs/imports.md)."""

    reference = True
    list_display = ["__str__", "fias_id", "postal_code", "created_at"]
    list_select_related = ["city", "street"]
    finds = {"fias_id": str.lower, "street__search_key": fold}
    search_help_text = _("FIAS id, or the street.")
    ordering = ["-pk"]


@admin.register(District)
class DistrictAdmin(ReadOnlyAdmin):
    """Imported by `manage.py import_districts`; outlines are shown on maps, not here."""

    reference = True
    list_display = ["name", "city", "version"]
    list_select_related = ["city"]
    finds = {"name__startswith": str, "public_id": str.upper}
    exclude = ["geometry"]
    ordering = ["-pk"]


@admin.register(GeocoderUse)
class GeocoderUseAdmin(ReadOnlyAdmin):
    """What has been asked of geocoders today, and what went wrong last."""

    reference = True
    list_display = ["geocoder", "day", "used", "paused_until", "trouble"]
    search_fields = ["geocoder"]
    ordering = ["-pk"]


@admin.register(Unit)
class UnitAdmin(LargeAdmin):
    list_display = ["number", "building", "entrance", "floor"]
    list_select_related = ["building"]
    raw_id_fields = ["building"]
    finds = {"building__public_id": str.upper}
    search_help_text = _("Public id of the building.")
    ordering = ["-pk"]


@admin.register(ServiceCategory)
class ServiceCategoryAdmin(LargeAdmin):
    list_display = ["name_ru", "name_en", "code", "icon", "position", "one_per_unit", "is_active"]
    search_fields = ["code", "name_ru", "name_en"]


@admin.register(CoverageZone)
class CoverageZoneAdmin(ReadOnlyAdmin):
    charge = ("provider",)
    list_display = ["name", "provider", "category", "technology", "state", "is_active", "stated_at"]
    list_select_related = ["provider", "category"]
    list_filter = ["category", "state", "is_active"]
    finds = {"public_id": str.upper, "name__startswith": str}
    finds_organizations = ("provider",)
    exclude = ["geometry"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        # An outline may have 20,000 points: read on the page of one zone alone.
        match = request.resolver_match
        one = match is not None and "object_id" in match.kwargs
        return queryset if one else queryset.defer("geometry")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), "outline"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = [name for name in super().get_fields(request, obj) if name != "outline"]
        return [*fields, "outline"]

    @admin.display(description=_("Outline"))
    def outline(self, zone: CoverageZone) -> str:
        text = json.dumps(zone.geometry, ensure_ascii=False)
        shown = text if len(text) < 10_000 else f"{text[:10_000]} …"
        return format_html("<pre>{}</pre>", shown)


@admin.register(BuildingCoverage)
class BuildingCoverageAdmin(LookedAt, LargeAdmin):
    charge = ("provider",)
    reference = False
    key = "building__search_key"
    search_fields = ["building__search_key"]
    search_help_text = _("Street and house, without the city.")
    list_display = ["building", "provider", "category", "technology", "state", "stated_at"]
    list_select_related = ["building", "provider", "category"]
    list_filter = ["category", "state"]
    ordering = ["-pk"]


@admin.register(CoverageRecord)
class CoverageRecordAdmin(ReadOnlyAdmin):
    """What statements said; written by the services, never changed."""

    charge = ("provider",)
    list_display = ["at", "provider", "action", "zone", "building", "category", "state", "version"]
    list_select_related = ["provider", "zone", "building", "category"]
    list_filter = ["action", "state"]
    finds = {"zone__public_id": str.upper}
    finds_organizations = ("provider",)
    exclude = ["geometry"]
    raw_id_fields = ["zone", "building", "user"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # Neither list nor page shows outlines, and each may have 20,000 points.
        return super().get_queryset(request).defer("geometry", "zone__geometry")
