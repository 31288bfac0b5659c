"""The public site: its first page and the pages that staff write."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access
from pages.selectors.texts import audience_pages, page_text, reach


@access(PUBLIC)
@require_safe
def site_home(request: HttpRequest) -> HttpResponse:
    """What the portal is; whoever is signed in goes to their cabinet."""
    if request.actor.is_known:  # type: ignore[attr-defined]
        return redirect("home")
    context = {"reach": reach(), "pages": audience_pages(), "canonical": _canonical(request)}
    return render(request, "pages/site_home.html", context)


@access(PUBLIC)
@require_safe
def site_page(request: HttpRequest, slug: str) -> HttpResponse:
    page = page_text(slug)
    if page is None:
        raise Http404(_("There is no such page."))
    context = {"page": page, "canonical": _canonical(request)}
    return render(request, "pages/site_page.html", context)


def _canonical(request: HttpRequest) -> str:
    """One address for the page, whatever host and parameters it was asked by."""
    return settings.SITE_URL + request.path
