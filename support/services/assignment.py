"""Who works a ticket."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from support.models import Ticket
from support.selectors.people import desk_people
from support.services.desk_rows import locked_for_desk, save_touched
from support.services.moving import assign_locked
from users.models import CustomUser


def assign(
    actor: Actor, ticket: Ticket, user: CustomUser | None, *, version: int | None = None
) -> Ticket:
    """Gives a ticket to someone of the desk, or to nobody; returns it as it is now.

    To whom it is given already nothing happens. Raises NotVisible, Forbidden, Conflict, or
    DomainError with field `assignee`.
    """
    check_takes(user)
    with transaction.atomic():
        row = locked_for_desk(actor, ticket, version)
        if row.assignee_id != (user.pk if user else None):
            give(actor, row, user)
    return row


def give(actor: Actor, ticket: Ticket, user: Any, *, by_rule: bool = False) -> None:
    """The same of a locked ticket, once somebody has decided."""
    assign_locked(actor, ticket, user, by_rule=by_rule)
    save_touched(ticket, assignee=user)


def check_takes(user: CustomUser | None) -> None:
    """Raises DomainError for who does not work the desk, any more or at all."""
    if user is not None and not desk_people().filter(pk=user.pk).exists():
        raise DomainError(_("Choose someone who works the desk."), field="assignee")
