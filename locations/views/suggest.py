"""Suggestions for the address field, as a fragment for the combobox."""

from django.http import HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access
from core.http import Request
from core.ids import PUBLIC_ID_LENGTH
from core.parts.text import count_of_options
from locations.selectors.suggestions import find_places

# Typing back and forth asks the same again; longer, and a house just verified would be missed.
_CACHE = "private, max-age=30"


# Stands for a public id (none has a zero) while the address of its page is made for all options.
_PLACE = "0" * PUBLIC_ID_LENGTH
# Where a chosen building leads, by `?for=`.
_LEADS = {
    "": lambda: reverse("availability_building", args=[_PLACE]),
    # To the page that asked, with the building in its address.
    "here": lambda: f"?building={_PLACE}",
    "coverage": lambda: f"{reverse('coverage_building_new')}?building={_PLACE}",
}


@access(PUBLIC)
@require_safe
def suggest(request: Request) -> HttpResponse:
    """`?q=`: options of the list; a building leads to its page, a city or street to more typing.

    What was corrected says so first.
    """
    lead = _LEADS.get(request.GET.get("for", ""))
    if lead is None:
        return HttpResponseBadRequest()
    before, after = lead().split(_PLACE)
    found = find_places(request.actor, request.GET.get("q", ""))
    options = [
        {"text": place.text, "url": f"{before}{place.public_id}{after}" if place.public_id else ""}
        for place in found.places
    ]
    # Without the request: no context processor has anything to say to this fragment.
    context = {"options": options, "meant": found.meant, "status": count_of_options(len(options))}
    html = render_to_string("locations/suggestions.html", context)
    return HttpResponse(html, headers={"Cache-Control": _CACHE})
