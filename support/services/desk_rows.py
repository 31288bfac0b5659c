"""Tickets under their lock, for who works the desk."""

from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import Conflict, Forbidden
from core.querysets import get_visible, refuse_invisible
from core.workflow import touched
from support.models import Ticket
from support.ticket_workflow import works_the_desk


def may_work(actor: Actor) -> bool:
    """Whether the actor sorts, gives out and joins tickets: who answers customers, the portal."""
    return actor.system or works_the_desk(actor)


def check_works(actor: Actor) -> None:
    """Raises Forbidden for everybody else."""
    if not may_work(actor):
        raise Forbidden(_("Only support does this with tickets."))


def locked_for_desk(actor: Actor, ticket: Ticket, version: int | None = None) -> Ticket:
    """The ticket as it is now, under its lock; in the caller's transaction.

    `version` is what the actor saw. Raises NotVisible, Forbidden, Conflict.
    """
    get_visible(Ticket.objects, actor, pk=ticket.pk)
    check_works(actor)
    row = Ticket.objects.select_for_update().filter(pk=ticket.pk).first()
    if row is None:
        refuse_invisible()
    if version is not None and row.version != version:
        raise Conflict(_("Someone changed this ticket while you were looking. Look at it again."))
    return row


def save_touched(ticket: Ticket, **columns: Any) -> None:
    """Sets these columns of a locked ticket and marks it as changed now."""
    for name, value in columns.items():
        setattr(ticket, name, value)
    touched(ticket)
    ticket.save(update_fields=[*columns, "version", "updated_at"])
