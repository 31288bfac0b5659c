"""Plans and the attributes of categories, for staff."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.folding import fold
from subscriptions.forms.errors import show
from subscriptions.models import CategoryAttribute, Plan
from subscriptions.plan_attributes import clean_attributes
from subscriptions.services.plans import (
    EDITABLE,
    FREE_UNLESS_SAID,
    change_plan,
    check_terms,
    create_plan,
)
from users.admin import ScopedAdmin, admin_actor


class PlanAdminForm(forms.ModelForm):
    """What the service would refuse is said beside its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FREE_UNLESS_SAID:
            if name in self.fields:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors.keys() & {"provider", "category"}:
            return cleaned
        provider = cleaned.get("provider") or self.instance.provider
        category = cleaned.get("category") or self.instance.category
        if not provider.is_working_provider:
            raise forms.ValidationError(_("The provider must be verified first."))
        try:
            given = cleaned.get("attributes") or {}
            cleaned["attributes"] = clean_attributes(list(category.attributes.all()), given)
        except DomainError as error:
            self.add_error("attributes", str(error))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                check_terms(self.instance)
            except DomainError as error:
                show(self, error)


@admin.register(Plan)
class PlanAdmin(ScopedAdmin):
    """Saved by the services, which tell the provider. Plans go off sale, they are not deleted."""

    charge = ("provider",)
    form = PlanAdminForm
    list_display = ("name", "provider", "category", "price", "is_published", "valid_to")
    list_filter = ("category", "is_published")
    sortable_by = None
    list_select_related = ("provider", "category")
    # Anywhere in the name: there are thousands of plans, not millions.
    finds = {"search_key__contains": fold, "public_id": str.upper}
    finds_organizations = ("provider",)
    ordering = ("-id",)
    fields = ("provider", "category", *EDITABLE, "attributes", "cities", "public_id", "version")
    readonly_fields = ("public_id", "version")
    autocomplete_fields = ("provider", "cities")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Requests stand on both: another provider's or category's plan is another plan.
        return (*self.readonly_fields, "provider", "category") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        actor = replace(admin_actor(request), organization=obj.provider)
        values = {name: form.cleaned_data[name] for name in EDITABLE}
        values |= {name: form.cleaned_data[name] for name in ("attributes", "cities")}
        if change:
            saved = change_plan(actor, obj, version=obj.version, **values)
        else:
            saved = create_plan(actor, category=obj.category, **values)
        obj.__dict__.update(saved.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: the service has set the cities."""


@admin.register(CategoryAttribute)
class CategoryAttributeAdmin(ScopedAdmin):
    reference = True
    list_display = ("name_ru", "code", "category", "kind", "unit_ru", "is_required", "position")
    list_filter = ("category", "kind")
    list_select_related = ("category",)
    search_fields = ("code__startswith",)
    ordering = ("category__position", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Plans hold their values by this code, and by its kind.
        return ("category", "code", "kind") if obj else ()
