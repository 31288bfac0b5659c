"""The places of a company's team."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.ids import is_public_id
from locations.addresses import fold
from locations.models import City
from locations.selectors.buildings import visible_building
from locations.selectors.suggestions import suggest
from subscriptions.models.teams import TeamPlace
from subscriptions.selectors.team_places import places_of
from subscriptions.services.team_places import add_place, remove_place
from users.models import Team
from users.selectors.members import team_of
from users.views.own_organization import own_organization

CITIES_SHOWN = 5
BUILDINGS_SHOWN = 10

owners = access(only(OrganizationKind.COMPANY, least=Role.OWNER))


@owners
@require_http_methods(["GET", "POST"])
def team_places(request: Request, public_id: str) -> HttpResponse:
    """Places of the team; `q` looks for another, a button adds what was found."""
    team = team_of(own_organization(request), public_id)
    if request.method == "POST":
        return _add(request, team)
    text = request.GET.get("q", "").strip()[:200]
    context = {
        "team": team,
        "places": list(places_of(team)),
        "text": text,
        "cities": _cities(text),
        "buildings": _buildings(request, text),
        "crumbs": [
            (_("Teams"), reverse("team_list")),
            (team.name, reverse("team_detail", args=[team.public_id])),
            (_("Places"), ""),
        ],
    }
    return render(request, "subscriptions/team_places.html", context)


def _add(request: Request, team: Team) -> HttpResponse:
    city_id, building_id = request.POST.get("city", ""), request.POST.get("building", "")
    try:
        if city_id:
            city = City.objects.filter(public_id=city_id).first() if is_public_id(city_id) else None
            if city is None:
                raise Http404
            add_place(request.actor, team, city=city)
        elif building_id:
            add_place(request.actor, team, building=visible_building(request.actor, building_id))
        else:
            messages.error(request, _("Find a city or an address first."))
            return redirect("team_places", team.public_id)
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, _("The place is added."))
    return redirect("team_places", team.public_id)


@owners
@require_POST
def team_place_remove(request: Request, public_id: str, pk: int) -> HttpResponse:
    team = team_of(own_organization(request), public_id)
    place = TeamPlace.objects.filter(team=team, pk=pk).select_related("team__organization").first()
    if place is None:
        raise Http404
    remove_place(request.actor, place)
    messages.success(request, _("The place is removed."))
    return redirect("team_places", public_id)


def _cities(text: str) -> list[City]:
    wanted = fold(text)
    if len(wanted) < 2:
        return []
    rows = City.objects.filter(search_key__startswith=wanted).select_related("region")
    return list(rows.order_by("-population")[:CITIES_SHOWN])


def _buildings(request: Request, text: str) -> list:
    if not text:
        return []
    found = suggest(request.actor, text, BUILDINGS_SHOWN)
    return [place for place in found if place.kind == "building"]
