"""One search over everything the actor may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import IN_CABINET, access
from core.actor import Actor
from pages.selectors.search import LONGEST, SHORTEST, find, page_of_number


@access(IN_CABINET)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`?q=`: a whole number goes straight to its page, anything else shows a few of each."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    text = " ".join(request.GET.get("q", "").split())[:LONGEST]
    page = page_of_number(actor, text)
    if page is not None:
        return redirect(page)
    context = {
        "search_text": text,
        "found": find(actor, text),
        "is_short": len(text) < SHORTEST,
        "crumbs": [(_("Search"), "")],
    }
    return render(request, "pages/search.html", context)
