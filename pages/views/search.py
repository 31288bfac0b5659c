"""One search over everything the actor may see: the page, and the list under its field."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import IN_CABINET, access
from core.finding import LONGEST, SHORTEST, Group, find_everything, page_of_number
from core.http import Request
from core.navigation import url_of
from core.parts.text import count_of_options

SHOWN = 8
# Under the field there is room for so many of each kind.
SUGGESTED = 3
# Typing back and forth asks the same again.
_CACHE = "private, max-age=10"


@access(IN_CABINET)
@require_safe
def search(request: Request) -> HttpResponse:
    """`?q=`: a whole number goes straight to its page, anything else shows a few of each."""
    text = _text(request)
    page = page_of_number(request.actor, text)
    if page is not None:
        return redirect(page)
    found = find_everything(request.actor, text, SHOWN)
    context = {
        "search_text": text,
        "groups": [(group, _list_of(group)) for group in found],
        "is_short": len(text) < SHORTEST,
        "crumbs": [(_("Search"), "")],
    }
    return render(request, "pages/search.html", context)


@access(IN_CABINET)
@require_safe
def search_suggest(request: Request) -> HttpResponse:
    """`?q=`: options of the list under the field, as a fragment for the combobox."""
    text = _text(request)
    page = page_of_number(request.actor, text)
    found = [] if page else find_everything(request.actor, text, SUGGESTED)
    count = 1 if page else sum(len(group.hits) for group in found)
    context = {
        "page": page,
        "text": text,
        "groups": found,
        "status": count_of_options(count) if count else "",
        "all_url": reverse("search"),
    }
    html = render_to_string("pages/search_options.html", context)
    return HttpResponse(html, headers={"Cache-Control": _CACHE})


def _text(request: Request) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST]


def _list_of(group: Group) -> str:
    """The list that shows all of what was found; "" where there is none."""
    return url_of(group.finder.list_page) if group.finder.list_page else ""
