"""The wizard: from plans ticked at an address to filed requests."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.access import access, only
from core.choices import Role
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.ids import is_public_id
from core.querysets import get_visible
from locations.models import Building
from locations.selectors.buildings import visible_building
from subscriptions.forms.errors import show
from subscriptions.forms.filing import NEW_CLIENT, FilingForm
from subscriptions.models import Client, ConnectionRequest, RequestBundle
from subscriptions.rights import FILING_KINDS, earns_commission, may_file
from subscriptions.selectors.choice import Choice
from subscriptions.selectors.clients import search_clients
from subscriptions.selectors.visit_picks import attach_picks
from subscriptions.services.drafting import draft_filing, drafts_of, file_drafts, offered_here
from subscriptions.services.visits import hold_chosen

filers = access(only(*FILING_KINDS, least=Role.MEMBER))


@filers
@require_http_methods(["GET", "POST"])
def request_new(request: Request) -> HttpResponse:
    """For whom the ticked plans (`?building=&unit=&plan=…`) are, and what the provider should know.

    POST makes drafts; POST with `find` looks in the portfolio and keeps what is typed.
    """
    if not may_file(request.actor):
        raise Forbidden(_("You cannot file requests here."))
    building = visible_building(request.actor, request.GET.get("building", ""))
    choice = Choice.of(building, request.actor, request.GET)
    if request.method == "GET":
        if not choice.chosen or choice.missing:
            return _choose_again(request, choice)
        form = _form(request, building, {"unit_number": choice.unit})
    elif "find" in request.POST:
        form = _form(request, building, request.POST.dict())
        if request.htmx:
            return render(request, "subscriptions/filing/clients.html", _clients(request, form))
    else:
        form = FilingForm(request.POST, actor=request.actor, building=building)
        bundle = _draft(request, form, choice) if form.is_valid() else None
        if bundle is not None:
            return redirect("request_check", bundle.public_id)
    context = {"form": form, "choice": choice, "crumbs": _crumbs(choice, _("Client"))}
    return render(request, "subscriptions/filing/new.html", context | _clients(request, form))


@filers
@require_http_methods(["GET", "POST"])
def request_check(request: Request, public_id: str) -> HttpResponse:
    """Everything once more before it is filed; drafts stay drafts until then."""
    bundle = get_visible(RequestBundle.objects, request.actor, public_id=public_id)
    drafts = drafts_of(bundle)
    if not drafts:
        return redirect(_filed_url(bundle, list(bundle.requests.all())))
    problem = ""
    if request.method == "POST":
        try:
            hold_chosen(request.actor, drafts, request.POST)
            filed = file_drafts(request.actor, bundle, consent="consent" in request.POST)
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            problem = str(error)
        else:
            messages.success(request, _filed_message(filed))
            return redirect(_filed_url(bundle, filed))
    else:
        problem = _problem_of(request, drafts)
    context = _check_context(request, bundle, drafts) | {"problem": problem}
    return render(request, "subscriptions/filing/check.html", context)


def _form(request: Request, building: Building, initial: dict[str, Any]) -> FilingForm:
    return FilingForm(actor=request.actor, building=building, initial=initial)


def _draft(request: Request, form: FilingForm, choice: Choice) -> RequestBundle | None:
    try:
        return draft_filing(
            request.actor, building=choice.building, plans=choice.plans, **form.arguments()
        )
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        show(form, error)
        return None


def _choose_again(request: Request, choice: Choice) -> HttpResponse:
    """Back to the plans, with what can be connected still ticked."""
    try:
        offered_here(request.actor, choice.building, choice.plans)
    except DomainError as error:
        messages.warning(request, str(error))
    page = reverse("availability_building", args=[choice.building.public_id])
    return redirect(f"{page}?{choice.without_missing().query}")


def _clients(request: Request, form: FilingForm) -> dict[str, Any]:
    """Whom the page offers: what the search found, and whoever is picked already."""
    if not form.asks_for_client:
        return {}
    text = request.POST.get("client_q", "").strip()
    clients = search_clients(request.actor, text)
    picked = form.client_value if is_public_id(form.client_value) else ""
    if picked and picked != NEW_CLIENT and picked not in {one.public_id for one in clients}:
        clients[:0] = Client.objects.visible_to(request.actor).filter(public_id=picked)
    # With an empty portfolio there is one thing to do: add the first client.
    return {
        "clients": clients,
        "client_q": text,
        "picked": picked or ("" if clients else NEW_CLIENT),
    }


def _check_context(
    request: Request, bundle: RequestBundle, drafts: list[ConnectionRequest]
) -> dict[str, Any]:
    """Sums are of the plans as they are now: these terms are the ones that filing copies."""
    first = drafts[0]
    plans = [draft.plan for draft in drafts]
    page = reverse("availability_building", args=[first.building.public_id])
    query = [("unit", first.unit.number), *(("plan", plan.public_id) for plan in plans)]
    with_commission = earns_commission(request.actor)
    attach_picks(request.actor, drafts)
    return {
        "bundle": bundle,
        "drafts": drafts,
        "first": first,
        "monthly": sum((plan.price for plan in plans), Decimal(0)),
        "once": sum((plan.connection_fee for plan in plans), Decimal(0)),
        "with_commission": with_commission,
        "commission": sum((plan.commission_on() for plan in plans), Decimal(0))
        if with_commission
        else None,
        "asks_consent": first.client is not None and not first.client.has_consent,
        "choose_url": f"{page}?{urlencode(query)}",
        "crumbs": [
            (_("Availability"), reverse("availability")),
            (first.building.address, f"{page}?{urlencode(query)}"),
            (_("Check"), ""),
        ],
    }


def _problem_of(request: Request, drafts: list[ConnectionRequest]) -> str:
    """What would be refused if it were filed now; "" when nothing would."""
    try:
        offered_here(request.actor, drafts[0].building, [draft.plan.public_id for draft in drafts])
    except DomainError as error:
        return str(error)
    return ""


def _filed_message(filed: list[ConnectionRequest]) -> str:
    if len(filed) == 1:
        return _("Request %(number)s is filed.") % {"number": filed[0].number}
    return ngettext("%(count)s request is filed.", "%(count)s requests are filed.", len(filed)) % {
        "count": len(filed)
    }


def _filed_url(bundle: RequestBundle, requests: list[ConnectionRequest]) -> str:
    if len(requests) == 1:
        return reverse("request_detail", args=[requests[0].number])
    return f"{reverse('request_list')}?{urlencode({'bundle': bundle.public_id})}"


def _crumbs(choice: Choice, here: str) -> list[tuple[str, str]]:
    page = reverse("availability_building", args=[choice.building.public_id])
    return [
        (_("Availability"), reverse("availability")),
        (choice.building.address, f"{page}?{choice.query}"),
        (here, ""),
    ]
