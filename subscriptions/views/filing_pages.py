"""What was filed together, and what is not filed yet."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import access, only
from core.errors import Forbidden
from core.http import Request
from core.querysets import get_visible, refuse_invisible
from subscriptions.models import RequestBundle
from subscriptions.rights import FILING_KINDS, may_file
from subscriptions.selectors.begun import (
    again_url,
    left_filings,
    newest_unfinished,
    own_drafts,
    together,
)
from subscriptions.selectors.bundles import bundle_state
from subscriptions.selectors.filing import requests_of, totals_of_requests
from subscriptions.services.filing_drafts import KEPT_AT_MOST, discard_filing
from subscriptions.services.requests import discard_bundle
from subscriptions.views.filing import filers

readers = access(only(*FILING_KINDS))


@readers
@require_GET
def request_bundle(request: Request, public_id: str) -> HttpResponse:
    """Requests filed together: each by itself, where all of it stands, what it comes to."""
    bundle = get_visible(RequestBundle.objects, request.actor, public_id=public_id)
    rows = requests_of(request.actor, bundle)
    if not rows:
        refuse_invisible()
    drafts = [row for row in rows if row.submitted_at is None and row.closed_at is None]
    context: dict[str, Any] = {
        "bundle": bundle,
        "rows": rows,
        "first": rows[0],
        "state": bundle_state(rows),
        "totals": totals_of_requests(request.actor, rows),
        "with_commission": any(
            total.commission is not None for total in totals_of_requests(request.actor, rows)
        ),
        "check_url": reverse("request_check", args=[public_id]) if drafts else "",
        "again_url": again_url(rows) if may_file(request.actor) else "",
        "list_url": reverse("request_list", query={"bundle": public_id}),
        "crumbs": [(_("Requests"), reverse("request_list")), (_("Filed together"), "")],
    }
    return render(request, "subscriptions/filing/bundle.html", context)


@filers
@require_GET
def request_drafts(request: Request) -> HttpResponse:
    """Forms that were begun, and drafts that were not filed: one's own; the newest for a home."""
    if request.GET.get("fragment") == "home":
        rows = newest_unfinished(request.actor)
        return render(request, "subscriptions/filing/home_rows.html", {"rows": rows})
    page = own_drafts(request.actor, request.GET.get("after", ""))
    context = {
        "left": left_filings(request.actor, KEPT_AT_MOST) if page.is_first else [],
        "drafts": together(page.rows),
        "page": page,
        "crumbs": [(_("Requests"), reverse("request_list")), (_("Drafts"), "")],
    }
    return render(request, "subscriptions/filing/drafts.html", context)


@filers
@require_POST
def request_draft_discard(request: Request, public_id: str) -> HttpResponse:
    """Throws away a form that was begun, or the drafts of a bundle."""
    if not may_file(request.actor):
        raise Forbidden(_("You cannot file requests here."))
    bundles = RequestBundle.objects.visible_to(request.actor).filter(public_id=public_id)
    bundle = bundles.first()
    if bundle is not None:
        discard_bundle(request.actor, bundle)
    else:
        discard_filing(request.actor, public_id)
    messages.success(request, _("The draft is removed."))
    return redirect("request_drafts")
