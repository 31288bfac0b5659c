"""Who may do what with a subscription in force, beside what is done by requests."""

from core.actor import Actor
from core.choices import OrganizationKind, PartyRole, Role
from subscriptions.models import Subscription
from subscriptions.rights import keeps_plans
from subscriptions.selectors.subscriptions import knows_cost
from users.models import Organization

HOLDING_KINDS = frozenset({OrganizationKind.COMPANY, OrganizationKind.PERSON})


def holds_services(actor: Actor) -> bool:
    """Whether the actor's organization is one that holds services and pays for them."""
    return actor.kind in HOLDING_KINDS


def _may(actor: Actor, least: Role) -> bool:
    return actor.system or actor.is_admin or actor.has_role(least)


def sorts(actor: Actor) -> bool:
    """Whether the actor may tag subscriptions, note and file papers."""
    return actor.organization is not None and _may(actor, Role.MEMBER)


def leads_holder(actor: Actor) -> bool:
    """Whether the actor decides about a holder's services: cost centres, findings, import."""
    return holds_services(actor) and _may(actor, Role.MANAGER)


def may_change_terms(actor: Actor, row: Subscription) -> bool:
    """Contract, account, term and renewal: managers of every side that knows the cost."""
    return actor.organization is not None and knows_cost(actor, row) and _may(actor, Role.MANAGER)


def may_add_papers(actor: Actor, row: Subscription) -> bool:
    return sorts(actor) and knows_cost(actor, row)


def is_own_record(row: Subscription) -> bool:
    """Whether its holder wrote it down: it came out of no request."""
    return row.origin_id is None and row.holder_id is not None and row.holder_id == row.owner_id


def may_keep_record(actor: Actor, row: Subscription) -> bool:
    """Whether the actor may set price and end by hand: nobody else tells of a service that was
    not connected through the portal."""
    return is_own_record(row) and row.holder_id == actor.organization_id and leads_holder(actor)


def announces_prices(actor: Actor) -> bool:
    return keeps_plans(actor)


def told_of(row: Subscription) -> dict[PartyRole, Organization | None]:
    """The sides of a change of terms: who filed is not told once its holder has taken over."""
    holder = row.holder if row.holder_id != row.owner_id else None
    return {
        PartyRole.OWNER: row.owner if holder is None else None,
        PartyRole.PROVIDER: row.provider,
        PartyRole.HOLDER: holder,
    }
