"""Ties a ticket to what it is about."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, Forbidden, NotVisible
from core.events import emit
from core.querysets import get_visible
from core.workflow import touched
from support.choices import LinkKind
from support.linking import find_linked, linkable
from support.models import Ticket, TicketLink
from support.services.parties import parties_of
from support.ticket_workflow import sides_of

LINKS_AT_MOST = 20


def link_ticket(actor: Actor, ticket: Ticket, kind: str, key: str) -> TicketLink:
    """Says that a ticket is about what `key` (a number or a public id) names; once.

    Both sides may. Raises NotVisible, Forbidden or DomainError with field `key`.
    """
    with transaction.atomic():
        row = locked_to_write(actor, ticket)
        found = find_linked(actor, row.owner, kind, key)
        known = TicketLink.objects.filter(ticket=row)
        if (made := known.filter(kind=kind, object_id=found.pk).first()) is not None:
            return made
        if known.count() >= LINKS_AT_MOST:
            raise DomainError(_("There are enough links here already."), field="key")
        return make_link(actor, row, LinkKind(kind), found.pk)


def unlink_ticket(actor: Actor, ticket: Ticket, kind: str, key: str) -> None:
    """Takes a link away; nothing where there is none. Raises NotVisible, Forbidden."""
    with transaction.atomic():
        row = locked_to_write(actor, ticket)
        what = linkable(kind)
        manager = what.model._default_manager
        ids = manager.filter(**{what.key_field: what.cleaned(key) or ""}).values_list("pk")
        link = TicketLink.objects.filter(ticket=row, kind=kind, object_id__in=ids).first()
        if link is None:
            return
        told = {"number": row.number, "link": link.kind, "id": link.object_id}
        link.delete()
        touched(row)
        row.save(update_fields=["version", "updated_at"])
        emit(actor, "ticket.unlinked", row, parties_of(row), told)


def make_link(actor: Actor, ticket: Ticket, kind: LinkKind, object_id: int) -> TicketLink:
    """The link and its event, of a ticket that the caller has locked or just made."""
    link = TicketLink.objects.create(
        ticket=ticket, kind=kind, object_id=object_id, created_at=ticket.updated_at
    )
    told = {"number": ticket.number, "link": kind.value, "id": object_id}
    emit(actor, "ticket.linked", ticket, parties_of(ticket), told)
    return link


def locked_to_write(actor: Actor, ticket: Ticket) -> Ticket:
    """The ticket under its lock, for one who may write to it. Raises NotVisible, Forbidden.

    Must run in a transaction.
    """
    get_visible(Ticket.objects, actor, pk=ticket.pk)
    row = Ticket.objects.select_for_update().filter(pk=ticket.pk).first()
    if row is None:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    if not sides_of(actor, row):
        raise Forbidden(_("You can read this ticket, but not write to it."))
    return row
