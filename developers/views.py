"""The developers' pages: for now the page of parts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.access import DEVELOPMENT, access
from core.parts.text import count_of_options
from developers.samples import CITIES, sample_context

CLOCK_SECONDS = 10


@access(DEVELOPMENT)
def parts(request: HttpRequest) -> HttpResponse:
    """Every part of the interface in every state; its forms come back here and change nothing."""
    if request.method == "POST":
        messages.success(request, _("This was heard. Nothing was changed."))
        return redirect("parts")
    return render(request, "developers/parts.html", sample_context(request))


@access(DEVELOPMENT)
@require_GET
def parts_suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions for the sample of the address field."""
    text = request.GET.get("q", "").strip().lower()
    found = [(city, city) for city in CITIES if text in city.lower()]
    if not found:
        return HttpResponse(format_html('<li class="combobox-note">{}</li>', _("Nothing found")))
    options = format_html_join("", '<li role="option" data-value="{}">{}</li>', found)
    status = format_html('<li class="combobox-status">{}</li>', count_of_options(len(found)))
    return HttpResponse(options + status)


@access(DEVELOPMENT)
@require_GET
def parts_clock(request: HttpRequest) -> HttpResponse:
    """A fragment that changes every ten seconds: 304 in between."""
    now = clock.now()
    tag = f'"{int(now.timestamp()) // CLOCK_SECONDS}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return HttpResponse(f"{now:%H:%M:%S} UTC", headers={"ETag": tag})
