"""Who reads and who writes the use of a subscription."""

from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import Forbidden, NotVisible
from core.querysets import refuse_invisible
from subscriptions.models import Subscription
from subscriptions.selectors.subscriptions import knows_cost, subscription_for_page

HOLDING_KINDS = frozenset({OrganizationKind.COMPANY, OrganizationKind.PERSON})


def knows_usage(actor: Actor, row: Any) -> bool:
    """As with the cost: once handed over, use is no concern of who filed (DOMAIN.md)."""
    return knows_cost(actor, row)


def metered(actor: Actor, number: str) -> Subscription:
    """The subscription whose use the actor may read, or NotVisible."""
    found = subscription_for_page(actor, number)
    if not knows_usage(actor, found):
        refuse_invisible()
    return found


def works(actor: Actor) -> bool:
    """Whether the actor writes anything at all: viewers and account managers read."""
    return actor.system or actor.is_admin or actor.has_role(Role.MEMBER)


def is_provider_of(actor: Actor, row: Any) -> bool:
    return actor.organization_id is not None and actor.organization_id == row.provider_id


def may_record(actor: Actor, row: Any) -> bool:
    """Whether the actor may tell the use of a subscription that it sees."""
    return works(actor) and knows_usage(actor, row)


def may_decide(actor: Actor, row: Any) -> bool:
    """Whether the actor accepts or refuses doubtful readings: the provider, also by the account
    manager who works for one that is not on the portal; administrators."""
    if is_provider_of(actor, row):
        return works(actor) or actor.is_staff
    return actor.organization is None and works(actor)


def require_recording(actor: Actor, row: Any) -> None:
    """Raises NotVisible where the actor is not to know of it, Forbidden where it only reads."""
    if not knows_usage(actor, row):
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    if not works(actor):
        raise Forbidden(_("Your role allows only reading."))


def may_keep_limits(actor: Actor) -> bool:
    """Whether the actor sets limits and reminders for its organization."""
    return actor.kind in HOLDING_KINDS and (actor.is_admin or actor.has_role(Role.MANAGER))
