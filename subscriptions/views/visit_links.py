"""The page of a letter's link: a visit is seen, moved or given up without an account."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access import PUBLIC, access
from core.errors import DomainError
from core.http import Request, tell_no_other_site
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment
from subscriptions.selectors.visit_picks import by_day
from subscriptions.selectors.visit_slots import by_time, days_ahead, free_slots
from subscriptions.services.leads.screening import count_from
from subscriptions.services.visits.links import (
    FoundLink,
    LinkState,
    cancel_by_link,
    find_link,
    move_by_link,
)
from subscriptions.visit_letters import moment_in_words, when_in_words
from users.addresses import client_address
from users.time_zones import zone

# Of one network in an hour: a household looks a few times, who tries signatures more often.
OPENED_AT_MOST = 60


@access(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def visit_link(request: Request, token: str) -> HttpResponse:
    """GET shows and changes nothing; POST with `slot` moves the visit, with `cancel` gives it up.

    Told are the time, the house and the provider: whoever came by the link, whoever it is.
    """
    count_from(client_address(request), "visit-links", OPENED_AT_MOST)
    found = find_link(token)
    if found is None:
        return _shown(request, {"state": "gone", "title": _("No such visit")}, status=404)
    with timezone.override(zone(found.visit.request.visited.city.time_zone, "UTC")):
        problem = ""
        if request.method == "POST":
            try:
                _act(request, token)
            except DomainError as refused:
                problem = str(refused)
                found = find_link(token) or found
            else:
                return redirect("visit_link", token)
        status = 409 if problem else 200
        return _shown(request, _context(found) | {"problem": problem}, status)


def _act(request: Request, token: str) -> None:
    if "cancel" in request.POST:
        cancel_by_link(token)
    elif request.POST.get("slot"):
        move_by_link(token, request.POST["slot"][:60])
    else:
        raise DomainError(_("Choose a time."), field="slot")


def _context(found: FoundLink) -> dict[str, object]:
    visit, request = found.visit, found.visit.request
    is_open = found.state is LinkState.OPEN
    client = request.client
    standing = _standing(visit) if found.state in (LinkState.USED, LinkState.CHANGED) else None
    return {
        "state": found.state.value,
        "title": _("Your visit"),
        "initial": f"{client.name.strip()[:1]}." if client and client.name.strip() else "",
        "when": when_in_words(visit),
        "standing": when_in_words(standing) if standing else "",
        "address": request.visited.address,
        "provider": request.provider,
        "until": moment_in_words(found.until),
        "days": _days(visit) if is_open else [],
    }


def _standing(visit: Appointment) -> Appointment | None:
    """The visit of the same request that is ahead now."""
    rows = visit.request.appointments.filter(state=AppointmentState.CONFIRMED)
    return rows.order_by("-pk").first()


def _days(visit: Appointment) -> list[object]:
    request = visit.request
    free = free_slots(
        request.provider, request.visited, request.category_id, days_ahead(request.provider)
    )
    others = [slot for slot in by_time(free) if slot.starts_at != visit.starts_at]
    return list(by_day(others))


def _shown(request: Request, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, "subscriptions/visits/link.html", context, status=status)
    # The link is a secret: no engine keeps the page either.
    tell_no_other_site(response)
    response["X-Robots-Tag"] = "noindex"
    return response
