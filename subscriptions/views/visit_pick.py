"""Choosing the time of a visit before it is agreed upon: a place is held for the request."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.access import MEMBERS, access
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.request_page import request_for_page, title_of, visit_of
from subscriptions.selectors.visit_picks import visit_picks
from subscriptions.services.visits import hold_slot, release
from subscriptions.services.visits.booking import slot_field
from subscriptions.services.visits.links import revoke_link, send_again
from subscriptions.views.way_back import way_back


@access(MEMBERS)
@require_http_methods(["GET", "POST"])
def request_visit(request: Request, number: str) -> HttpResponse:
    """POST with a slot (`slot_field`) holds it, with `release` gives it up.

    htmx gets the fragment again, anyone else comes `back`.
    """
    found = request_for_page(request.actor, number)
    problem = ""
    if request.method == "POST":
        try:
            _act(request, found)
        except (Forbidden, NotVisible):
            raise
        except DomainError as refused:
            problem = str(refused)
        else:
            if not request.htmx:
                return redirect(_back(request, found))
    pick = visit_picks(request.actor, [found])[found.number]
    context = {
        "row": found,
        "title": title_of(found),
        "pick": pick,
        "problem": problem,
        "back": _back(request, found),
        "crumbs": [
            (_("Requests"), reverse("request_list")),
            (found.number, reverse("request_detail", args=[found.number])),
            (_("Time of the visit"), ""),
        ],
    }
    if request.htmx:
        return render(request, "subscriptions/visits/pick.html", context)
    status = 422 if problem else 200
    return render(request, "subscriptions/visits/pick_page.html", context, status=status)


def _act(request: Request, found: ConnectionRequest) -> None:
    if "release" in request.POST:
        release(request.actor, found)
        told = _("The time is given up.")
    elif request.POST.get(slot_field(found)):
        hold_slot(request.actor, found, request.POST[slot_field(found)][:60])
        told = _("The time is held.")
    else:
        raise DomainError(_("Choose a time."), field="slot")
    if not request.htmx:
        messages.success(request, told)


def _back(request: Request, found: ConnectionRequest) -> str:
    return way_back(request, reverse("request_detail", args=[found.number]))


@access(MEMBERS)
@require_POST
def visit_link_act(request: Request, number: str) -> HttpResponse:
    """Sends the letter of the visit again (`do=send`), or revokes its link (`do=revoke`)."""
    found = request_for_page(request.actor, number)
    visit = visit_of(found)
    try:
        if visit is None:
            raise Conflict(_("This visit is not ahead any more."))
        if request.POST.get("do") == "send":
            send_again(request.actor, visit)
            messages.success(request, _("The letter is on its way."))
        elif request.POST.get("do") == "revoke":
            revoke_link(request.actor, visit)
            messages.success(request, _("The link works no more."))
        else:
            raise DomainError(_("There is no such action."))
    except (Forbidden, NotVisible):
        raise
    except DomainError as refused:
        messages.error(request, str(refused))
    return redirect("request_detail", number)
