"""Tickets beside each other, which the desk alone knows."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.events import emit
from core.querysets import get_visible
from support.choices import TicketRelationKind
from support.models import Ticket, TicketRelation
from support.services.desk_rows import check_works, locked_for_desk
from support.services.parties import parties_of

RELATIONS_AT_MOST = 50
# Told of a relation that was taken away.
NO_MORE = ""


def relate(actor: Actor, ticket: Ticket, other: Ticket) -> TicketRelation:
    """Notes that two tickets have to do with each other; once, whichever was named first.

    Raises NotVisible, Forbidden, or DomainError with field `other`.
    """
    if ticket.pk == other.pk:
        raise DomainError(_("This is the same ticket."), field="other")
    with transaction.atomic():
        row = locked_for_desk(actor, ticket)
        found = get_visible(Ticket.objects, actor, pk=other.pk)
        known = between(row, found).first()
        if known is not None:
            return known
        if TicketRelation.objects.filter(source=row).count() >= RELATIONS_AT_MOST:
            raise DomainError(_("There are enough related tickets here."), field="other")
        return make_relation(actor, row, found, TicketRelationKind.RELATED)


def unrelate(actor: Actor, ticket: Ticket, other: Ticket) -> None:
    """Takes back that they are related; what was split, merged or goes on stays so.

    Raises NotVisible, Forbidden.
    """
    check_works(actor)
    with transaction.atomic():
        row = locked_for_desk(actor, ticket)
        found = get_visible(Ticket.objects, actor, pk=other.pk)
        gone, _rows = between(row, found).filter(kind=TicketRelationKind.RELATED).delete()
        if gone:
            told = {"number": row.number, "other": found.number, "kind": NO_MORE}
            emit(actor, "ticket.related", row, parties_of(row), told)


def between(one: Ticket, other: Ticket):  # type: ignore[no-untyped-def]
    """Relations of these two, in either direction."""
    both = Q(source=one, target=other) | Q(source=other, target=one)
    return TicketRelation.objects.filter(both)


def make_relation(
    actor: Actor, source: Ticket, target: Ticket, kind: TicketRelationKind
) -> TicketRelation:
    """The relation and its event, of a source that the caller has locked or just made."""
    made = TicketRelation.objects.create(
        source=source, target=target, kind=kind, created_at=clock.now()
    )
    told = {"number": source.number, "other": target.number, "kind": kind.value}
    emit(actor, "ticket.related", source, parties_of(source), told)
    return made
