"""Disputes over clients, decided by administrators."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.access import access, staff
from core.choices import StaffScope
from core.errors import Conflict, DomainError, NotVisible
from core.http import Request
from core.ids import is_public_id
from core.pagination import paginate
from core.parts.lists import Column, Columns
from subscriptions.choices import DisputeState
from subscriptions.forms.errors import show
from subscriptions.forms.leads import DecisionForm
from subscriptions.models import AttributionDispute
from subscriptions.selectors.leads import all_disputes
from subscriptions.services.attribution import decide_dispute

COLUMNS = Columns(
    Column("place", gettext_lazy("Address")),
    Column("service", gettext_lazy("Service")),
    Column("first", gettext_lazy("Registered first")),
    Column("claimant", gettext_lazy("Claims it")),
    Column("at", gettext_lazy("Claimed")),
    Column("state", gettext_lazy("State")),
)
administrators = access(staff(StaffScope.ADMIN))


@administrators
@require_GET
def staff_disputes(request: Request) -> HttpResponse:
    """What waits for a decision, oldest first; with `?state=decided` the others, newest first."""
    state = request.GET.get("state", "")
    if state not in {"", "decided"} or set(request.GET) - {"state", "after"}:
        raise DomainError(_("There is no such list."))
    is_open = not state
    rows = all_disputes()
    rows = rows.open() if is_open else rows.exclude(state=DisputeState.OPEN)
    order = ["created_at", "id"] if is_open else ["-id"]
    url = reverse("staff_disputes")
    context = {
        "page": paginate(rows, order, request.GET.get("after", "")),
        "columns": COLUMNS,
        "tabs": [
            (_("Waiting for a decision"), url, is_open),
            (_("Decided"), f"{url}?state=decided", not is_open),
        ],
    }
    return render(request, "subscriptions/leads/disputes.html", context)


@administrators
@require_http_methods(["GET", "POST"])
def staff_dispute(request: Request, public_id: str) -> HttpResponse:
    """Both sides' facts, and the decision: `do` is `uphold` or `dismiss`."""
    dispute = _dispute(public_id)
    form = DecisionForm(request.POST or None)
    wanted = request.POST.get("do", "")
    if request.method == "POST" and wanted not in {"uphold", "dismiss"}:
        raise DomainError(_("There is no such action."))
    if request.method == "POST" and form.is_valid():
        try:
            decide_dispute(request.actor, dispute, upheld=wanted == "uphold", **form.cleaned_data)
        except Conflict:
            raise
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("Decided. Both agencies are told."))
            return redirect("staff_disputes")
    attribution = dispute.attribution
    context = {
        "dispute": dispute,
        "attribution": attribution,
        "place": attribution.unit.building.address,
        "is_open": dispute.state == DisputeState.OPEN,
        "form": form,
        "crumbs": [(_("Disputes"), reverse("staff_disputes")), (dispute.public_id, "")],
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/leads/dispute.html", context, status=status)


def _dispute(public_id: str) -> AttributionDispute:
    rows = all_disputes()
    found = rows.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    return found
