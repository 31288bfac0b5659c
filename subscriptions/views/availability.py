"""What can be connected at an address: for everyone, with more in it for those who file."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import PUBLIC, access
from core.http import Request
from core.parts.lists import Column, Columns
from core.registry import gather
from locations.selectors.buildings import visible_building
from locations.selectors.districts import district_name
from locations.services.rights import may_add
from subscriptions.forms.availability import PointForm
from subscriptions.selectors.availability import Answer, CategoryAnswer
from subscriptions.selectors.choice import Choice
from subscriptions.selectors.point import answer_at
from subscriptions.selectors.typed_address import read_address


@access(PUBLIC)
@require_GET
def availability(request: Request) -> HttpResponse:
    """The search field; with `?q=` the building itself, or what the text may have meant."""
    typed = read_address(request.actor, request.GET.get("q", ""))
    if typed.page:
        return redirect(typed.page)
    context = {
        "typed": typed,
        "suggest_url": reverse("suggest"),
        "may_add": may_add(request.actor),
        "new_url": f"{reverse('address_new')}?{urlencode({'address': typed.text})}",
    }
    return render(request, "subscriptions/availability/search.html", context)


@access(PUBLIC)
@require_GET
def availability_building(request: Request, public_id: str) -> HttpResponse:
    choice = _choice_of(request, public_id)
    if choice.building.public_id != public_id:
        return _moved(request, "availability_building", choice)
    context = _context(choice) | {
        "crumbs": [_search_crumb(request), (choice.building.address, "")],
        "search_url": _search_crumb(request)[1],
        "district": district_name(choice.building.district_id),
        "panels": gather("building.panels", request.actor, choice.building),
        # Whatever is ticked, sorted or typed: for search engines it is one page.
        "canonical": "" if request.actor.is_known else settings.SITE_URL + request.path,
    }
    return render(request, "subscriptions/availability/building.html", context)


@access(PUBLIC)
@require_GET
def availability_answer(request: Request, public_id: str) -> HttpResponse:
    """The answer alone, for a change of category: the address bar follows it."""
    choice = _choice_of(request, public_id)
    if choice.building.public_id != public_id:
        return _moved(request, "availability_answer", choice)
    # Without context processors: nothing of the frame is in a fragment.
    context = _context(choice) | {"actor": request.actor, "request": request}
    response = HttpResponse(render_to_string("subscriptions/availability/answer.html", context))
    page = reverse("availability_building", args=[public_id])
    response["HX-Push-Url"] = f"{page}?{choice.query}" if choice.query else page
    return response


def _moved(request: Request, page: str, choice: Choice) -> HttpResponse:
    """The building was merged into another: its old address leads there for good."""
    url = reverse(page, args=[choice.building.public_id])
    query = request.GET.urlencode()
    return redirect(f"{url}?{query}" if query else url, permanent=True)


@access(PUBLIC)
@require_GET
def availability_compare(request: Request, public_id: str) -> HttpResponse:
    """From two to four of the plans ticked, side by side: what differs, and the rest folded."""
    choice = _choice_of(request, public_id)
    if choice.building.public_id != public_id:
        return _moved(request, "availability_compare", choice)
    page = reverse("availability_building", args=[public_id])
    back_url = f"{page}?{choice.query}" if choice.query else page
    context = {
        "choice": choice,
        "building": choice.building,
        "differing": [row for row in choice.comparison if row.differs],
        "alike": [row for row in choice.comparison if not row.differs],
        "removals": [(option, choice.without(option.plan)) for option in choice.compared],
        "back_url": back_url,
        "next_url": reverse("request_new" if request.actor.is_known else "lead_new"),
        "crumbs": [
            _search_crumb(request),
            (choice.building.address, back_url),
            (_("Side by side"), ""),
        ],
    }
    return render(request, "subscriptions/availability/compare.html", context)


@access(PUBLIC)
@require_GET
def availability_point(request: Request) -> HttpResponse:
    """What zones say of `?lat=&lon=`, and the known buildings around; without them, the form."""
    asked = "lat" in request.GET or "lon" in request.GET
    form = PointForm(request.GET if asked else None)
    context: dict[str, Any] = {"form": form, "crumbs": [_search_crumb(request), (_("Point"), "")]}
    if asked and form.is_valid():
        found = answer_at(request.actor, form.cleaned_data["lat"], form.cleaned_data["lon"])
        context |= {"point": form.written, "near": found.near, "rows": _filled(found.answer)}
    status = 422 if asked and not form.is_valid() else 200
    return render(request, "subscriptions/availability/point.html", context, status=status)


def _filled(found: Answer) -> list[tuple[CategoryAnswer, str]]:
    """Categories of which something is known, with the name of what plans are told apart by."""
    return [
        (row, row.category.attributes[0].name if row.category.attributes else "")
        for row in found.categories
        if row.options or row.remarks
    ]


def _search_crumb(request: Request) -> tuple[str, str]:
    """Where another address is looked for: visitors have a page of their own."""
    if request.actor.is_known:
        return _("Availability"), reverse("availability")
    return _("Check an address"), reverse("check")


def _choice_of(request: Request, public_id: str) -> Choice:
    building = visible_building(request.actor, public_id)
    return Choice.of(building, request.actor, request.GET)


def _context(choice: Choice) -> dict[str, Any]:
    return {"choice": choice, "building": choice.building, "columns": _columns(choice)}


def _columns(choice: Choice) -> Columns:
    """Columns of the open category: what its plans are told apart by has its own name."""
    opened = choice.open.category if choice.open else None
    main = opened.attributes[0].name if opened and opened.attributes else ""
    found = [
        Column("choose", _("Choose"), hidden=True) if choice.may_choose else None,
        Column("provider", _("Provider")),
        Column("plan", _("Plan")),
        Column("main", main) if main else None,
        Column("price", _("Price a month"), numeric=True),
        Column("fee", _("Connection"), numeric=True),
        Column("lead", _("Connected in")),
        Column("commission", _("For you"), numeric=True) if choice.shows_commission else None,
        Column("why", _("Why available")),
    ]
    return Columns(*(column for column in found if column is not None))
