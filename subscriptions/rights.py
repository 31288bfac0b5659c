"""Who may file, keep clients and keep plans: asked by services, and before a button is shown."""

from core.actor import Actor
from core.choices import OrganizationKind, Role

PORTFOLIO_KINDS = frozenset({OrganizationKind.AGENCY, OrganizationKind.BUILDER})
FILING_KINDS = PORTFOLIO_KINDS | {OrganizationKind.COMPANY, OrganizationKind.PERSON}


def _works_as(actor: Actor, kinds: frozenset[OrganizationKind], least: Role) -> bool:
    if actor.kind not in kinds:
        return False
    return actor.system or actor.is_admin or actor.has_role(least)


def may_file(actor: Actor) -> bool:
    """Whether the actor files requests: for clients, or for itself (see `files_for_itself`)."""
    return _works_as(actor, FILING_KINDS, Role.MEMBER)


def files_for_itself(actor: Actor) -> bool:
    """Companies and private persons have no clients: they are the holders of what they file."""
    return actor.kind in FILING_KINDS - PORTFOLIO_KINDS


def earns_commission(actor: Actor) -> bool:
    """Only agencies earn, so only they are told what; a builder or a holder never is."""
    return actor.kind == OrganizationKind.AGENCY


def keeps_clients(actor: Actor) -> bool:
    """Whether the actor may add clients to its portfolio."""
    return _works_as(actor, PORTFOLIO_KINDS, Role.MEMBER)


def keeps_plans(actor: Actor) -> bool:
    """Whether the actor may create and change plans of its organization, a working provider."""
    return (
        _works_as(actor, frozenset({OrganizationKind.PROVIDER}), Role.MANAGER)
        and actor.organization.is_working_provider
    )


def hears_of_refusals(actor: Actor) -> bool:
    """Who sells connections is told where a provider has refused them lately; rivals are not."""
    return actor.kind in PORTFOLIO_KINDS or (actor.kind is None and actor.is_staff)
