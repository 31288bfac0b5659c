"""Where a company's team works (users.Team): cities and buildings."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.errors import DomainError, Forbidden
from core.events import emit
from locations.models import Building, City
from subscriptions.models.teams import TeamPlace
from users.models import Organization, Team
from users.services.members import may_keep_members

PLACES_AT_MOST = 500


def may_keep_places(actor: Actor, team: Team) -> bool:
    """Owners of a company decide where its teams work: it is what they see."""
    return team.organization.kind == OrganizationKind.COMPANY and may_keep_members(
        actor, team.organization
    )


def add_place(
    actor: Actor, team: Team, *, city: City | None = None, building: Building | None = None
) -> TeamPlace:
    """Adds a city or a building (one of the two); once more changes nothing.

    Raises Forbidden, DomainError past PLACES_AT_MOST. `building` is one that the actor may see.
    """
    if (city is None) == (building is None):
        raise TypeError("A place is a city or a building.")
    _require_right(actor, team)
    with transaction.atomic():
        # A unique constraint takes two NULLs as different: the lock keeps places single.
        Organization.objects.select_for_update().get(pk=team.organization_id)
        places = TeamPlace.objects.filter(team=team)
        present = places.filter(city=city, building=building).first()
        if present is not None:
            return present
        if places.count() >= PLACES_AT_MOST:
            raise DomainError(_("There are enough places here already: choose whole cities."))
        place = TeamPlace.objects.create(team=team, city=city, building=building)
        emit(actor, "team.changed", team, {PartyRole.OWNER: team.organization})
    return place


def remove_place(actor: Actor, place: TeamPlace) -> None:
    """Takes a place away. Without any the team's members see everything. Raises Forbidden."""
    team = place.team
    _require_right(actor, team)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=team.organization_id)
        count, _rows = TeamPlace.objects.filter(pk=place.pk).delete()
        if count:
            emit(actor, "team.changed", team, {PartyRole.OWNER: team.organization})


def _require_right(actor: Actor, team: Team) -> None:
    if not may_keep_places(actor, team):
        raise Forbidden(_("Only an owner of the organization can do this."))
