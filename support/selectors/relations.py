"""Tickets that have to do with one ticket."""

from dataclasses import dataclass

from django.db.models import Q

from core.actor import Actor
from support.choices import TicketRelationKind
from support.models import Ticket, TicketRelation


@dataclass(frozen=True, slots=True)
class Related:
    """`is_source`: the ticket that was asked about was split from, or goes on after, `ticket`."""

    kind: TicketRelationKind
    ticket: Ticket
    is_source: bool


def relations_of(actor: Actor, ticket: Ticket) -> list[Related]:
    """What is beside a ticket, newest first; of which the actor sees. For staff; one query."""
    if actor.organization is not None:
        return []
    visible = Ticket.objects.visible_to(actor)
    rows = TicketRelation.objects.filter(
        Q(source=ticket, target__in=visible) | Q(target=ticket, source__in=visible)
    )
    return [
        Related(
            TicketRelationKind(row.kind),
            row.target if row.source_id == ticket.pk else row.source,
            row.source_id == ticket.pk,
        )
        for row in rows.select_related("source", "target").order_by("-pk")
    ]
