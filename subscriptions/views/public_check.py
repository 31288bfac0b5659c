"""«Check an address» for everyone: what can be connected there, and a wish left for an agent."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.access import PUBLIC, access
from core.errors import DomainError
from core.http import Request
from locations.selectors.buildings import visible_building
from subscriptions.forms.errors import show
from subscriptions.forms.leads import WishForm
from subscriptions.selectors.choice import Choice
from subscriptions.selectors.typed_address import read_address
from subscriptions.services.leads import submit_lead
from subscriptions.services.leads.intake import CONSENT_VERSION
from subscriptions.services.leads.screening import TooManyError, count_from, suspicion
from users.addresses import client_address


@access(PUBLIC)
@require_GET
def check(request: Request) -> HttpResponse:
    """The address field for visitors; `?q=` leads to the building, or to what may be meant."""
    query = request.GET.get("q", "")
    if request.actor.is_known:
        page = reverse("availability")
        return redirect(f"{page}?{urlencode({'q': query})}" if query else page)
    typed = read_address(request.actor, query)
    if typed.page:
        return redirect(typed.page)
    wish_url = f"{reverse('lead_new')}?{urlencode({'address': typed.text})}" if typed.text else ""
    context = {"typed": typed, "suggest_url": reverse("suggest"), "wish_url": wish_url}
    return render(request, "subscriptions/leads/check.html", context)


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def lead_new(request: Request) -> HttpResponse:
    """The wish: for plans ticked at a building (`?building=&unit=&plan=…`), or for `?address=`."""
    choice = _choice(request)
    chosen = choice.chosen if choice else []
    building = choice.building if choice else None
    status = 200
    if request.method == "POST":
        form = WishForm(request.POST, building=building, chosen=chosen)
        status = _leave(request, form) if form.is_valid() else 422
        if status == 302:
            return redirect("lead_thanks")
    else:
        if choice is not None and choice.missing:
            messages.warning(request, _("Some of what you chose is no longer offered here."))
        form = WishForm(building=building, chosen=chosen, initial=_initial(request, choice))
    context = {"form": form, "choice": choice, "building": building, "crumbs": _crumbs(choice)}
    return render(request, "subscriptions/leads/wish.html", context, status=status)


@access(PUBLIC)
@require_GET
def lead_thanks(request: Request) -> HttpResponse:
    """What happens next: the same for everyone, whatever became of what they sent."""
    return render(request, "subscriptions/leads/thanks.html")


@access(PUBLIC)
@require_GET
def lead_consent(request: Request) -> HttpResponse:
    """The text that a visitor agrees to."""
    return render(request, "subscriptions/leads/consent.html", {"version": CONSENT_VERSION})


def _choice(request: Request) -> Choice | None:
    asked = request.GET.get("building", "")
    if not asked:
        return None
    return Choice.of(visible_building(request.actor, asked), request.actor, request.GET)


def _initial(request: Request, choice: Choice | None) -> dict[str, Any]:
    if choice is None:
        return {"address": " ".join(request.GET.get("address", "").split())[:170]}
    ticked = {option.category.code for option in choice.chosen if option.category}
    return {
        "unit_number": choice.unit,
        "categories": sorted(ticked or {choice.category_code} - {""}),
    }


def _leave(request: Request, form: WishForm) -> int:
    """Keeps what a valid form says; the status to answer with: 302 when it is kept."""
    cleaned = form.cleaned_data
    try:
        held_as = suspicion(
            text=form.text,
            trap=cleaned["subject"],
            seconds=form.seconds,
            from_address=count_from(client_address(request)),
            phone=cleaned["phone"],
        )
        submit_lead(
            form.wish(),
            form_token=form.token,  # type: ignore[arg-type]
            held_as=held_as,
            source=request.GET.get("from", ""),
        )
    except TooManyError as error:
        show(form, error)
        return error.status
    except DomainError as error:
        show(form, error)
        return 422
    return 302


def _crumbs(choice: Choice | None) -> list[tuple[str, str]]:
    first = (_("Check an address"), reverse("check"))
    if choice is None:
        return [first, (_("Your wish"), "")]
    page = reverse("availability_building", args=[choice.building.public_id])
    return [first, (choice.building.address, f"{page}?{choice.query}"), (_("Your wish"), "")]
