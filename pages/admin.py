"""Site settings, pages and menus for staff."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pages.models import (
    MenuItem,
    PublicCity,
    PublicOffer,
    PublicProvider,
    SitePage,
    SiteSettings,
)
from pages.models.page import ALWAYS_PUBLISHED
from pages.models.settings import THE_ROW
from pages.selectors import site
from users.admin import ReadOnlyAdmin, ScopedAdmin


class SiteContentAdmin(ScopedAdmin):
    """Every change is seen on the site at once (by other processes within seconds)."""

    reference = True
    sortable_by = None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        site.forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        site.forget()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        super().delete_queryset(request, queryset)
        site.forget()


def _in_both(*names: str) -> list[Any]:
    """A group of fields for each language."""
    return [
        (title, {"fields": [f"{name}_{language}" for name in names]})
        for language, title in (("ru", _("Russian")), ("en", _("English")))
    ]


@admin.register(SiteSettings)
class SiteSettingsAdmin(SiteContentAdmin):
    fieldsets = [
        (None, {"fields": ["name", "phone", "email"]}),
        *_in_both("address", "hours", "legal", "seo_title", "seo_description"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row: its form opens at once."""
        SiteSettings.objects.get_or_create(pk=THE_ROW)
        return redirect(reverse("admin:pages_sitesettings_change", args=[THE_ROW]))


@admin.register(SitePage)
class SitePageAdmin(SiteContentAdmin):
    list_display = ["title_ru", "slug", "is_published", "updated_at"]
    list_filter = ["is_published"]
    finds = {"title_ru__contains": str, "title_en__contains": str, "slug__startswith": str.lower}
    prepopulated_fields = {"slug": ["title_en"]}
    fieldsets = [
        (None, {"fields": ["slug", "is_published", "shows_contacts"]}),
        *_in_both("title", "lead", "body", "seo_title", "seo_description"),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: SitePage | None = None) -> bool:
        kept = obj is not None and obj.slug in ALWAYS_PUBLISHED
        return not kept and super().has_delete_permission(request, obj)

    def view_on_site(self, obj: SitePage) -> str | None:
        return obj.get_absolute_url() if obj.is_published else None


@admin.register(MenuItem)
class MenuItemAdmin(SiteContentAdmin):
    list_display = ["__str__", "placement", "parent", "position", "is_visible"]
    list_editable = ["position", "is_visible"]
    list_filter = ["placement"]
    list_select_related = ["parent__page", "page"]
    autocomplete_fields = ["page"]


@admin.register(PublicCity)
class PublicCityAdmin(ReadOnlyAdmin):
    """Pages of cities: worked out by a job, so there is nothing to change."""

    reference = True
    list_display = ("slug", "city", "is_shown", "providers", "lowest_price", "changed_at")
    list_filter = ("is_shown",)
    list_select_related = ("city",)
    finds = {"slug": str.lower}


@admin.register(PublicProvider)
class PublicProviderAdmin(ReadOnlyAdmin):
    reference = True
    list_display = ("slug", "provider", "is_shown", "changed_at")
    list_filter = ("is_shown",)
    list_select_related = ("provider",)
    finds = {"slug": str.lower}


@admin.register(PublicOffer)
class PublicOfferAdmin(ReadOnlyAdmin):
    reference = True
    list_display = ("city", "provider", "category", "state", "plans", "lowest_price")
    list_filter = ("state", "category")
    list_select_related = ("city", "provider", "category")
    finds = {"city__slug": str.lower}
