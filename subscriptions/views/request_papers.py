"""Papers of a request: a page to print, and PDF; for whoever may open the request."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import MEMBERS, access
from core.actor import Actor
from subscriptions.models import ConnectionRequest
from subscriptions.papers import PaperKind, draw_paper, paper_of
from subscriptions.papers.contents import has_act
from subscriptions.selectors.request_page import request_for_page
from subscriptions.services.visits.completing import report_of


@access(MEMBERS)
@require_GET
def request_print(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    context = {
        "row": found,
        "paper": paper_of(actor, found, PaperKind.FORM),
        "has_act": has_act(found),
        "crumbs": [
            (_("Requests"), reverse("request_list")),
            (found.number, reverse("request_detail", args=[found.number])),
            (_("To print"), ""),
        ],
    }
    return render(request, "subscriptions/requests/print.html", context)


@access(MEMBERS)
@require_GET
def request_paper(request: HttpRequest, number: str, paper: str) -> HttpResponse:
    """Drawn on request: it says what stands in the request at this moment."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    kind = PaperKind(paper)
    content = draw_paper(paper_of(actor, found, kind), signatures=_signatures(actor, found, kind))
    name = f"{found.number}-{kind.value}.pdf"
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _signatures(actor: Actor, found: ConnectionRequest, kind: PaperKind) -> list[bytes | None]:
    """On the act, what the customer has drawn when the work was accepted; they sign second."""
    report = report_of(actor, found) if kind == PaperKind.ACT else None
    if report is None or report.signature is None:
        return []
    with report.signature.file.open("rb") as drawn:
        return [None, drawn.read()]
