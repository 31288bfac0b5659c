"""Whose tickets are counted."""

from django.db.models import QuerySet

from core.actor import Actor
from support.models import Score, Ticket
from support.ticket_workflow import works_the_desk


def counted(actor: Actor) -> QuerySet[Ticket]:
    """Tickets the actor sees, without those that turned out to be another one's."""
    return Ticket.objects.visible_to(actor).filter(merged_into=None).order_by()


def scores(actor: Actor) -> QuerySet[Score]:
    rows = Score.objects.filter(ticket__merged_into=None).order_by()
    if works_the_desk(actor):
        return rows
    return rows.filter(ticket__in=Ticket.objects.visible_to(actor))
