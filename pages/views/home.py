"""The first page of the cabinet, and the part of it that refreshes itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.access import IN_CABINET, access
from core.actor import Actor
from core.polling import not_modified, stamp, tag_of
from pages.homes import home_of


@access(IN_CABINET)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown = home_of(actor)
    if shown is None:
        return render(request, "pages/home_nobody.html")
    tag = tag_of(request, path=reverse("home_live"))
    return render(request, "pages/home.html", {"home": shown, "tag": tag})


@access(IN_CABINET)
@require_safe
def home_live(request: HttpRequest) -> HttpResponse:
    """Tiles and panels alone; 304 while nothing has happened to the organization."""
    unchanged = not_modified(request)
    if unchanged is not None:
        return unchanged
    shown = home_of(request.actor)  # type: ignore[attr-defined]
    if shown is None:
        return HttpResponse(status=204)
    return stamp(request, render(request, "pages/home_live.html", {"home": shown}))
