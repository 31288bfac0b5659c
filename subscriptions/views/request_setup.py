"""Where a provider's managers set up what their requests ask for: checklists and own fields."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.http import Request
from core.parts.lists import Column, Columns
from core.querysets import get_visible
from locations.models import ServiceCategory
from subscriptions.choices import FieldSide
from subscriptions.forms.checklists import ChecklistForm
from subscriptions.forms.custom_fields import CustomFieldForm, FieldsForm
from subscriptions.forms.errors import show
from subscriptions.models import CustomField
from subscriptions.selectors.catalogue import categories
from subscriptions.selectors.request_setup import checklists_of, template_of
from subscriptions.services.checklists import keeps_checklists, save_template
from subscriptions.services.custom_fields import (
    archive_field,
    change_field,
    create_field,
    keeps_fields,
)

readers = access(only(OrganizationKind.PROVIDER))
managers = access(only(OrganizationKind.PROVIDER, least=Role.MANAGER))

FIELD_COLUMNS = Columns(
    Column("label", gettext_lazy("Field")),
    Column("kind", gettext_lazy("What is filled in")),
    Column("category", gettext_lazy("Service")),
    Column("seen_by", gettext_lazy("Who sees it")),
    Column("filled_by", gettext_lazy("Who fills it in")),
    Column("needed", gettext_lazy("Required")),
    Column("actions", gettext_lazy("Actions"), hidden=True),
)
CHECKLIST_COLUMNS = Columns(
    Column("category", gettext_lazy("Service")),
    Column("items", gettext_lazy("Items"), numeric=True),
    Column("required", gettext_lazy("Required"), numeric=True),
)
# Stands in the address for the checklist of all services.
ALL = "all"


@readers
@require_GET
def request_setup(request: Request) -> HttpResponse:
    """Both lists on one page: there are few of either."""
    fields = list(CustomField.objects.visible_to(request.actor).select_related("category"))
    shown = [field for field in fields if field.archived_at is None]
    context = {
        "checklists": checklists_of(request.actor),
        "checklist_columns": CHECKLIST_COLUMNS,
        "columns": FIELD_COLUMNS,
        "fields": shown,
        "archived": [field for field in fields if field.archived_at is not None],
        "previews": _previews(shown),
        "may_change": keeps_fields(request.actor),
        "crumbs": [(_("Set-up of requests"), "")],
    }
    return render(request, "subscriptions/setup/index.html", context)


def _previews(fields: Sequence[CustomField]) -> list[tuple[str, FieldsForm]]:
    """What each side is asked for; nothing is sent from here."""
    sides = {FieldSide.AGENT: _("Who files"), FieldSide.PROVIDER: _("The provider")}
    asked = {side: [field for field in fields if field.is_filled_by({side})] for side in sides}
    return [
        (title, FieldsForm(asked[side], prefix=f"preview-{side.lower()}"))
        for side, title in sides.items()
        if asked[side]
    ]


@managers
@require_http_methods(["GET", "POST"])
def checklist_edit(request: Request, code: str) -> HttpResponse:
    """The checklist of one service, by its code; `all` for those without one of their own."""
    if not keeps_checklists(request.actor):
        raise Forbidden(_("Checklists are set up once your organization is verified."))
    category = _category(code)
    template = template_of(request.actor, category)
    form = ChecklistForm(request.POST or None, template=template)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            save_template(
                request.actor, category, form.read_items(), version=form.cleaned_data["version"]
            )
        except Conflict as error:
            status = error.status
            form.take_in(template_of(request.actor, category))
            show(form, error)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The checklist is saved."))
            return redirect("request_setup")
    title = category.name if category else _("All services")
    context = {
        "form": form,
        "title": title,
        "crumbs": [(_("Set-up of requests"), reverse("request_setup")), (title, "")],
    }
    return render(request, "subscriptions/setup/checklist.html", context, status=status)


def _category(code: str) -> ServiceCategory | None:
    if code == ALL:
        return None
    category = ServiceCategory.objects.filter(code=code, is_active=True).first()
    if category is None:
        raise Http404
    return category


@managers
@require_http_methods(["GET", "POST"])
def custom_field_new(request: Request) -> HttpResponse:
    if not keeps_fields(request.actor):
        raise Forbidden(_("Fields are set up once your organization is verified."))
    form = CustomFieldForm(request.POST or None, categories=categories())
    if request.method == "POST" and form.is_valid():
        try:
            create_field(request.actor, **form.arguments())
        except DomainError as error:
            show(form, _on_form(error))
        else:
            messages.success(request, _("The field is saved."))
            return redirect("request_setup")
    return _field_page(request, form, _("New field"))


@managers
@require_http_methods(["GET", "POST"])
def custom_field_edit(request: Request, public_id: str) -> HttpResponse:
    field = _field(request, public_id)
    form = CustomFieldForm(request.POST or None, categories=(), field=field)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            change_field(request.actor, field, **form.arguments())
        except Conflict as error:
            status = error.status
            form.data = dict(form.data.items())
            form.data["version"] = str(CustomField.objects.get(pk=field.pk).version)
            show(form, error)
        except DomainError as error:
            show(form, _on_form(error))
        else:
            messages.success(request, _("The field is saved."))
            return redirect("request_setup")
    return _field_page(request, form, field.label, status=status, field=field)


@managers
@require_POST
def custom_field_archive(request: Request, public_id: str) -> HttpResponse:
    field = _field(request, public_id)
    archived = "restore" not in request.POST
    archive_field(request.actor, field, archived=archived)
    told = _("The field is archived.") if archived else _("The field is in use again.")
    messages.success(request, told)
    return redirect("request_setup")


def _field(request: Request, public_id: str) -> CustomField:
    field: CustomField = get_visible(
        CustomField.objects.select_related("category"), request.actor, public_id=public_id
    )
    if not keeps_fields(request.actor):
        raise Forbidden(_("Fields are set up once your organization is verified."))
    return field


def _on_form(error: DomainError) -> DomainError:
    """The list is typed as lines of one input."""
    if error.field == "choices":
        return DomainError(error.message, field="choices_text")
    return error


def _field_page(
    request: Request, form: CustomFieldForm, title: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "crumbs": [(_("Set-up of requests"), reverse("request_setup")), (title, "")],
        **more,
    }
    return render(request, "subscriptions/setup/field.html", context, status=status)
