"""Whom events of a ticket concern."""

from typing import Any

from core.choices import PartyRole
from support.models import Ticket


def parties_of(ticket: Ticket) -> dict[PartyRole, Any]:
    """The owner; and the desk, on whose side no organization stands."""
    return {PartyRole.OWNER: ticket.owner, PartyRole.SUPPORT: None}
