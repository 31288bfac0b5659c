"""Whom a change of use concerns."""

from core.choices import PartyRole
from subscriptions.models import Subscription
from users.models import Organization


def usage_parties(row: Subscription) -> dict[PartyRole, Organization | None]:
    """The provider, and whose use it is: the holder, or who filed until there is one."""
    if row.holder_id is None:
        return {PartyRole.OWNER: row.owner, PartyRole.PROVIDER: row.provider}
    return {PartyRole.HOLDER: row.holder, PartyRole.PROVIDER: row.provider}
