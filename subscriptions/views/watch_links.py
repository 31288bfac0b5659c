"""The links of letters to visitors who wait: one begins, one ends."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.access import PUBLIC, access
from core.http import Request, tell_no_other_site
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch
from subscriptions.services.watches import confirm, stop
from subscriptions.services.watches.visitors import watch_to_confirm, watch_to_stop


@access(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def watch_confirm(request: Request, token: str) -> HttpResponse:
    """A button, because mail programs open links by themselves; pressed, the waiting begins."""
    row = watch_to_confirm(token)
    if row is not None and request.method == "POST":
        row.state = confirm(row).state
    state = row.state if row is not None else "GONE"
    title = _("You wait") if state == WatchState.WAITING else _("Confirm that you wait")
    return _shown(request, "confirm", title, state, row)


# Mail programs press it for the reader (RFC 8058): they have no cookie, and the link is a secret.
@csrf_exempt
@access(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def watch_stop(request: Request, token: str) -> HttpResponse:
    row = watch_to_stop(token)
    state = row.state if row is not None else "GONE"
    if row is not None and request.method == "POST":
        stop(row, everything="everything" in request.POST)
        state = "STOPPED"
    return _shown(request, "stop", _("Wait no more"), state, row)


def _shown(
    request: Request, kind: str, title: str, state: str, row: AvailabilityWatch | None
) -> HttpResponse:
    context = {"kind": kind, "title": title, "state": state, "watch": row}
    status = 404 if row is None else 200
    response = render(request, "subscriptions/watches/link.html", context, status=status)
    tell_no_other_site(response)
    return response
