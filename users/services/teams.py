"""Teams of an organization; who belongs to one is set with the member (users.services.members)."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.errors import DomainError, Forbidden
from core.events import emit
from users.models import Membership, Organization, Team
from users.services.members import require_owner

NAME_LENGTH = 100
TEAMS_AT_MOST = 200


def create_team(actor: Actor, organization: Organization, name: str) -> Team:
    """A team without members. Raises Forbidden, DomainError with field `name` for a taken one."""
    require_owner(actor, organization)
    if organization.kind == OrganizationKind.PERSON:
        raise Forbidden(_("A private person's account belongs to that person alone."))
    if organization.teams.count() >= TEAMS_AT_MOST:
        raise DomainError(_("There are enough teams here already."), field="name")
    team = Team(organization=organization, name=_clean(name), created_at=clock.now())
    with transaction.atomic():
        _save(team)
        emit(actor, "team.created", team, {PartyRole.OWNER: organization})
    return team


def rename_team(actor: Actor, team: Team, name: str) -> Team:
    """Raises Forbidden, DomainError with field `name` for a taken one."""
    require_owner(actor, team.organization)
    wanted = _clean(name)
    if wanted == team.name:
        return team
    with transaction.atomic():
        team.name = wanted
        _save(team)
        emit(actor, "team.changed", team, {PartyRole.OWNER: team.organization})
    return team


def remove_team(actor: Actor, team: Team) -> None:
    """Removes a team; its members stay in the organization. Raises Forbidden, DomainError.

    A company's team with members is not removed: they would see every place at once.
    """
    require_owner(actor, team.organization)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=team.organization_id)
        if _has_members(team) and team.organization.kind == OrganizationKind.COMPANY:
            raise DomainError(
                _(
                    "There are members in this team. Without it they would see every place: move "
                    "them to other teams first."
                )
            )
        emit(actor, "team.removed", team, {PartyRole.OWNER: team.organization})
        Membership.objects.filter(team=team).update(team=None)
        team.delete()


def _has_members(team: Team) -> bool:
    return Membership.objects.filter(team=team, is_active=True).exists()


def _clean(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise DomainError(_("Write the name of the team."), field="name")
    if len(cleaned) > NAME_LENGTH:
        raise DomainError(_("At most %(count)s characters.") % {"count": NAME_LENGTH}, field="name")
    return cleaned


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise DomainError(_("There is a team of this name already."), field="name") from error
