"""New prices that a provider announces to its subscribers."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.querysets import get_visible
from subscriptions.centre_rights import announces_prices
from subscriptions.choices import PriceChangeState
from subscriptions.forms.centre import AnnounceForm
from subscriptions.forms.errors import show
from subscriptions.models import Plan, PriceChange
from subscriptions.services.price_changes import announce, concerned, withdraw

providers = access(only(OrganizationKind.PROVIDER))
managers = access(only(OrganizationKind.PROVIDER, least=Role.MANAGER))
_COLUMNS = Columns(
    Column("plan", gettext_lazy("Plan")),
    Column("price", gettext_lazy("New price"), numeric=True),
    Column("starts", gettext_lazy("From")),
    Column("state", gettext_lazy("State")),
    Column("count", gettext_lazy("Subscriptions"), numeric=True),
)
_PLANS_OFFERED = 500


@providers
@require_GET
def price_changes(request: Request) -> HttpResponse:
    """What was announced, newest first; and the plans to announce for."""
    rows = PriceChange.objects.visible_to(request.actor).select_related("plan")
    page = paginate(rows, ["-id"], request.GET.get("after", ""))
    may = announces_prices(request.actor)
    plans = Plan.objects.visible_to(request.actor).order_by("name")[:_PLANS_OFFERED]
    context = {
        "page": page,
        "columns": _COLUMNS,
        "may_announce": may,
        "plans": list(plans) if may else [],
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (_("New prices"), ""),
        ],
    }
    return render(request, "subscriptions/centre/price_changes.html", context)


@managers
@require_http_methods(["GET", "POST"])
def price_change_new(request: Request, public_id: str) -> HttpResponse:
    """A new price for who has the plan `public_id`: typed, looked at, announced."""
    actor = request.actor
    plan: Plan = get_visible(Plan.objects, actor, public_id=public_id)
    form = AnnounceForm(request.POST or None, initial={"form_token": uuid4()})
    preview: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if "start" in request.POST:
            try:
                change, started = announce(actor, plan, **data)
            except DomainError as error:
                if error.status in (403, 404):
                    raise
                show(form, error)
            else:
                if started is not None:
                    return redirect("operation_detail", started.public_id)
                return redirect("price_change", change.public_id)
        else:
            preview = _preview(request, plan, data)
    context = {
        "form": form,
        "plan": plan,
        "preview": preview,
        "count": concerned(actor, plan).count(),
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (_("New prices"), reverse("price_changes")),
            (plan.name, ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/centre/price_change_new.html", context, status=status)


def _preview(request: Request, plan: Plan, data: dict[str, Any]) -> dict[str, Any]:
    """How many are concerned, and how many of them pay more than the new price, or less."""
    rows = concerned(request.actor, plan, data["numbers"])
    return {
        "count": rows.count(),
        "dearer": rows.filter(price__lt=data["price"]).count(),
        "cheaper": rows.filter(price__gt=data["price"]).count(),
        "price": data["price"],
        "starts_on": data["starts_on"],
        "missing": len(data["numbers"]) - rows.count() if data["numbers"] else 0,
    }


@providers
@require_GET
def price_change(request: Request, public_id: str) -> HttpResponse:
    row = get_visible(
        PriceChange.objects.select_related("plan"), request.actor, public_id=public_id
    )
    standing = row.state in (PriceChangeState.PREPARING, PriceChangeState.ANNOUNCED)
    context = {
        "row": row,
        "may_withdraw": announces_prices(request.actor) and standing,
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (_("New prices"), reverse("price_changes")),
            (row.plan.name, ""),
        ],
    }
    return render(request, "subscriptions/centre/price_change.html", context)


@managers
@require_POST
def price_change_withdraw(request: Request, public_id: str) -> HttpResponse:
    row = get_visible(PriceChange.objects, request.actor, public_id=public_id)
    withdraw(request.actor, row)
    messages.success(request, _("The announcement is withdrawn, and its readers are told."))
    return redirect("price_change", public_id)
