"""Who may change places and coverage."""

from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import DomainError, Forbidden
from locations.models import Building, BuildingGuest
from users.models import Organization

IMPORTERS = (OrganizationKind.PROVIDER, OrganizationKind.BUILDER)


def provider_of(actor: Actor, provider: Organization | None = None) -> Organization:
    """The provider for which `actor` may state coverage: its own, or for administrators any.

    Raises Forbidden, or DomainError where an administrator has not said which.
    """
    own = actor.organization if actor.kind == OrganizationKind.PROVIDER else None
    if actor.system or actor.is_admin:
        chosen = provider or own
        if chosen is None or chosen.kind != OrganizationKind.PROVIDER:
            raise DomainError(_("Choose a provider."), field="provider")
        return chosen
    if own is None or not actor.has_role(Role.MANAGER) or (provider and provider.pk != own.pk):
        raise Forbidden(_("Only managers of the provider change its coverage."))
    return own


def may_state(actor: Actor) -> bool:
    """Whether pages offer the actor to change coverage."""
    if actor.is_admin:
        return True
    return actor.kind == OrganizationKind.PROVIDER and actor.has_role(Role.MANAGER)


def require_provider_of(actor: Actor, statement: Any) -> Organization:
    """The provider of a zone or statement that `actor` may change; raises Forbidden."""
    return provider_of(actor, statement.provider)


def require_keeper(actor: Actor) -> None:
    """Raises Forbidden unless `actor` may fill the address tree itself."""
    if not (actor.system or actor.is_admin):
        raise Forbidden(_("Only administrators fill the list of addresses."))


def may_import(actor: Actor) -> bool:
    """Whether `actor` may bring addresses in a file, verified ones or their own (docs/imports.md).

    Managers of verified providers and builders bring their own, which await verification.
    """
    if actor.system or actor.is_admin:
        return True
    organization = actor.organization
    return (
        actor.leave is None
        and actor.kind in IMPORTERS
        and actor.has_role(Role.MANAGER)
        and not organization.awaits_verification
    )


def require_importer(actor: Actor) -> bool:
    """Whether what `actor` imports is verified; raises Forbidden unless they may import at all."""
    if not may_import(actor):
        raise Forbidden(
            _("Only managers of verified providers and builders and administrators do this.")
        )
    return actor.system or actor.is_admin


def may_refuse(actor: Actor) -> bool:
    """Whether the actor decides on any address: administrators and support."""
    return actor.system or actor.staff in (StaffScope.ADMIN, StaffScope.SUPPORT)


def may_decide(actor: Actor, building: Building) -> bool:
    """Whether the actor may verify an address or merge it into another (DOMAIN.md, Building).

    Staff always. A provider's manager, for an address that waits and where a request was filed to
    it: its people go there. Not where another provider was asked too, for what it decides moves
    that one's requests as well.
    """
    if may_refuse(actor):
        return True
    if actor.kind != OrganizationKind.PROVIDER or not actor.has_role(Role.MANAGER):
        return False
    if building.status != Building.Status.PENDING:
        return False
    guests = BuildingGuest.objects.filter(building_id=building.pk)
    if set(guests.values_list("organization_id", flat=True)) != {actor.organization_id}:
        return False
    working = Organization.objects.working_providers()
    return working.filter(pk=actor.organization.pk).exists()


def require_decider(actor: Actor, building: Building | None) -> None:
    """Raises Forbidden unless the actor may decide on the address (None: on any)."""
    if building is None or not may_decide(actor, building):
        raise Forbidden(_("You cannot decide on this address."))


def may_add(actor: Actor) -> bool:
    """Whether the actor may add an address that the search does not know."""
    return bool(actor.is_admin or (actor.organization and actor.has_role(Role.MEMBER)))
