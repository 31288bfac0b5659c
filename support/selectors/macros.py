"""Prepared texts that one may use."""

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.querysets import get_visible
from support.models import Macro, Ticket
from support.ticket_workflow import works_the_desk


class _Visible:
    """Those of the whole desk and one's own, for `get_visible`."""

    def visible_to(self, actor: Actor) -> QuerySet[Macro]:
        if actor.system:
            return Macro.objects.all()
        if not works_the_desk(actor):
            return Macro.objects.none()
        return Macro.objects.filter(Q(owner=None) | Q(owner=actor.user_id))


def macros_of(actor: Actor) -> QuerySet[Macro]:
    """All that the actor keeps or uses, archived ones too; in their order."""
    return _Visible().visible_to(actor)


def macros_for(actor: Actor, ticket: Ticket) -> list[Macro]:
    """Those for the ticket's category or for any, in use; the first query of two (tags)."""
    fitting = Q(category=None) | Q(category=ticket.category_id)
    rows = macros_of(actor).filter(fitting, archived_at=None)
    return list(rows.select_related("queue", "owner").prefetch_related("tags"))


def get_macro(actor: Actor, public_id: str) -> Macro:
    """Raises NotVisible for another's own, and for one that is not there."""
    macro: Macro = get_visible(_Visible(), actor, public_id=public_id)
    return macro
