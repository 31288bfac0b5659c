"""What looks doubled or overpriced: looked at, decided, looked for anew."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.operations import start_operation
from core.pagination import paginate
from core.querysets import get_visible
from subscriptions.centre_rights import leads_holder
from subscriptions.choices import FindingState
from subscriptions.models import Finding, Holding
from subscriptions.operations import FIND
from subscriptions.selectors.centre.choices import service_names
from subscriptions.selectors.request_page import place_in_words
from subscriptions.services.centre.findings import dismiss, reopen

holders = access(only(OrganizationKind.COMPANY, OrganizationKind.PERSON))
managers = access(only(OrganizationKind.COMPANY, OrganizationKind.PERSON, least=Role.MANAGER))
_STATES = {"": FindingState.OPEN, "dismissed": FindingState.DISMISSED}


@holders
@require_GET
def finding_list(request: Request) -> HttpResponse:
    """Open findings, what saves most first; or those that were dismissed, with why."""
    actor = request.actor
    shown = request.GET.get("state", "")
    if shown not in _STATES:
        raise DomainError(_("There is no such view of the list."), field="state")
    rows = Finding.objects.visible_to(actor).filter(state=_STATES[shown])
    rows = rows.select_related(
        "subscription__plan", "subscription__provider", "subscription__building",
        "subscription__unit", "other__plan", "other__provider", "other__unit", "plan__provider",
        "decided_by",
    )  # fmt: skip
    page = paginate(rows, ("-saving_year", "-id"), request.GET.get("after", ""))
    services = {pk: name for pk, (_code, name) in service_names(actor).items()}
    context = {
        "page": page,
        "shown": shown,
        "lines": [
            (
                row,
                services.get(row.subscription.category_id, ""),
                place_in_words(row.subscription.building.address, row.subscription.unit.number),
            )
            for row in page.rows
        ],
        "holding": Holding.objects.visible_to(actor).first(),
        "may_decide": leads_holder(actor),
        "crumbs": [
            (_("Subscriptions"), reverse("subscription_list")),
            (_("What could cost less"), ""),
        ],
    }
    return render(request, "subscriptions/centre/findings.html", context)


@managers
@require_POST
def finding_search(request: Request) -> HttpResponse:
    """Looks through all services now, with its progress shown."""
    started = start_operation(request.actor, FIND)
    return redirect("operation_detail", started.public_id)


@managers
@require_POST
def finding_decide(request: Request, public_id: str) -> HttpResponse:
    """Dismisses one with a reason, or takes that back."""
    row = get_visible(Finding.objects, request.actor, public_id=public_id)
    try:
        if request.POST.get("do") == "reopen":
            reopen(request.actor, row)
            messages.success(request, _("The finding is open again."))
        else:
            dismiss(request.actor, row, request.POST.get("reason", ""))
            messages.success(request, _("Dismissed: it will not be shown again."))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
    return redirect("finding_list")
