"""The wizard's first step: from plans ticked at an address to drafts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.access import access, only
from core.choices import Role
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.ids import is_public_id
from locations.addresses import unit_number
from locations.models import Building, Unit
from locations.selectors.buildings import visible_building
from subscriptions.forms.errors import show
from subscriptions.forms.filing import NEW_CLIENT, FilingForm
from subscriptions.models import Client, RequestBundle
from subscriptions.rights import FILING_KINDS, may_file
from subscriptions.selectors.begun import Begun, begun_filing
from subscriptions.selectors.choice import Choice
from subscriptions.selectors.clients import search_clients
from subscriptions.selectors.filing import duplicates_at_unit
from subscriptions.services.drafting import draft_filing
from subscriptions.services.filing_drafts import save_filing
from subscriptions.services.requests.offers import offered_here

filers = access(only(*FILING_KINDS, least=Role.MEMBER))


@filers
@require_http_methods(["GET", "POST"])
def request_new(request: Request) -> HttpResponse:
    """For whom the ticked plans (`?building=&unit=&plan=…`) are, and what the provider should know.

    POST makes drafts, or changes those that this form has made and nobody has filed. POST with
    `find` looks in the portfolio; with `keep` (by script, while one types), `later` or `back` what
    is typed is kept as it is.
    """
    if not may_file(request.actor):
        raise Forbidden(_("You cannot file requests here."))
    building = visible_building(request.actor, request.GET.get("building", ""))
    choice = Choice.of(building, request.actor, request.GET)
    if request.method == "GET":
        return _open(request, choice)
    if "keep" in request.POST:
        return _keep(request, choice)
    if "find" in request.POST:
        form = _form(request, building, request.POST.dict())
        if request.htmx:
            return render(request, "subscriptions/filing/clients.html", _clients(request, form))
        return _page(request, choice, form)
    if "later" in request.POST or "back" in request.POST:
        return _leave(request, choice)
    form = FilingForm(request.POST, actor=request.actor, building=building)
    bundle = _draft(request, form, choice) if form.is_valid() else None
    if bundle is not None:
        return redirect("request_check", bundle.public_id)
    _save(request, choice)
    return _page(request, choice, form)


def _open(request: Request, choice: Choice) -> HttpResponse:
    if not choice.chosen or choice.missing:
        return _choose_again(request, choice)
    begun = begun_filing(request.actor, choice.building, unit_number(choice.unit), request.GET)
    unit = choice.unit or begun.unit
    initial = {**begun.typed, "unit_number": unit, "form_token": begun.form_token}
    form = _form(request, choice.building, initial)
    return _page(request, choice, form, begun)


def _page(
    request: Request, choice: Choice, form: FilingForm, begun: Begun | None = None
) -> HttpResponse:
    unit = form["unit_number"].value() if "unit_number" in form.fields else ""
    context = {
        "form": form,
        "choice": choice,
        "begun": begun,
        "fresh_url": f"?building={choice.building.public_id}&{choice.query}&fresh=1",
        "duplicates": _duplicates(request, choice, str(unit or "")),
        "crumbs": _crumbs(choice, _("Client")),
    }
    return render(request, "subscriptions/filing/new.html", context | _clients(request, form))


# --- what is typed is kept --------------------------------------------------------------------
def _keep(request: Request, choice: Choice) -> HttpResponse:
    saved = _save(request, choice)
    return HttpResponse(_("Draft kept") if saved else "", status=200 if saved else 204)


def _leave(request: Request, choice: Choice) -> HttpResponse:
    """Away from the form: to the plans, or to the drafts, from where one comes back to it."""
    saved = _save(request, choice)
    if "back" in request.POST:
        return redirect(_plans_url(choice, request.POST.get("unit_number", "")))
    if saved:
        messages.success(request, _("The draft is kept: you can go on with it here."))
    return redirect("request_drafts")


def _save(request: Request, choice: Choice) -> bool:
    token = _token(request.POST.get("form_token", ""))
    if token is None:
        return False
    draft = save_filing(
        request.actor,
        building=choice.building,
        unit_number=unit_number(request.POST.get("unit_number", choice.unit)),
        plans=choice.plans,
        typed=request.POST.dict(),
        form_token=token,
    )
    return draft is not None


def _token(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# --- the form ---------------------------------------------------------------------------------
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
    return redirect(_plans_url(choice.without_missing()))


def _plans_url(choice: Choice, unit: str = "") -> str:
    page = reverse("availability_building", args=[choice.building.public_id])
    return f"{page}?{choice.at(unit).query}"


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


def _duplicates(request: Request, choice: Choice, unit: str) -> list[dict[str, Any]]:
    """What of the chosen is in work or in force there, and the way on without it."""
    number = unit_number(unit.replace("\0", ""))
    if not choice.chosen or request.actor.organization is None:
        return []
    if not number and not choice.building.is_private_house:
        return []
    known = Unit.objects.filter(building=choice.building, number=number).first()
    if known is None:
        return []
    others = len(choice.chosen) > 1
    page = f"?building={choice.building.public_id}&"
    return [
        {
            "option": option,
            "shown": shown,
            "without": f"{page}{choice.without(option.plan)}" if others else "",
        }
        for option, shown in duplicates_at_unit(request.actor, known.pk, choice.chosen)
    ]


def _crumbs(choice: Choice, here: str) -> list[tuple[str, str]]:
    return [
        (_("Availability"), reverse("availability")),
        (choice.building.address, _plans_url(choice)),
        (here, ""),
    ]
