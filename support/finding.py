"""Tickets in the search over everything."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.badges import badge
from core.finding import Asked, Hit, finds, lead_by_number
from support.models import Ticket
from support.models.tickets import NUMBER_PREFIX
from support.selectors.ticket_search import search

# Staff are led on from there to the desk.
lead_by_number(NUMBER_PREFIX, Ticket, "ticket_detail")

_COLUMNS = ("number", "subject", "state", "requester_name", "requester_email", "owner__name")


@finds("tickets", _("Tickets"), "lifebuoy", order=40, staff=True, list_page="ticket_list")
def tickets(asked: Asked) -> Sequence[Hit]:
    """By number, by words of the subject and of who asked, by whole address; at most two queries.

    Staff are told whose a ticket is.
    """
    rows = search(Ticket.objects.visible_to(asked.actor), asked.actor, asked.text)
    found = rows.order_by("-id").values(*_COLUMNS)[: asked.limit]
    return [_hit(asked.actor, row) for row in found]


def _hit(actor: Actor, row: Mapping[str, Any]) -> Hit:
    is_desk = actor.organization is None
    asker = row["requester_name"] or row["requester_email"]
    owner = row["owner__name"] if is_desk else ""
    return Hit(
        url=reverse("ticket_detail", args=[row["number"]]),
        lead=row["number"],
        text=row["subject"],
        note=" · ".join(filter(None, (asker, owner))),
        badge=badge("ticket.desk" if is_desk else "own_ticket", row["state"]),
    )
