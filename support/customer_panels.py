"""What customers see of their tickets elsewhere: on pages of things, on homes, in the rail."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.actor import Actor
from core.badges import Badge, register_badges
from core.navigation import Section, register, url_if_any
from core.registry import Column, Panel, contributes
from locations.models import Building
from subscriptions.models import Client, ConnectionRequest, Subscription
from support.choices import LinkKind, TicketState
from support.customer_filters import WAITING
from support.models.tickets import LEAST_TO_WRITE
from support.selectors.customer import ABOUT_SHOWN, about_what, waiting_at_home
from support.selectors.opening import about_name

register(
    Section("support", gettext_lazy("Support"), "messages", "ticket_list", order=80, foot=True)
)

# The same states as the desk has, in the words of who asked.
register_badges(
    "own_ticket",
    {
        TicketState.NEW: Badge(pgettext_lazy("ticket", "Received"), "info", "inbox"),
        TicketState.OPEN: Badge(TicketState.OPEN.label, "info", "message"),
        TicketState.PENDING: Badge(TicketState.PENDING.label, "wait", "message-question"),
        TicketState.ON_HOLD: Badge(TicketState.ON_HOLD.label, "neutral", "player-pause"),
        TicketState.SOLVED: Badge(TicketState.SOLVED.label, "good", "circle-check"),
        TicketState.CLOSED: Badge(TicketState.CLOSED.label, "stopped", "archive"),
    },
)


@contributes("request.panels", order=80, staff=True)
def about_request(actor: Actor, request: ConnectionRequest) -> Panel | None:
    return _about(actor, LinkKind.REQUEST, request, request.number)


@contributes("subscription.panels", order=80, staff=True)
def about_subscription(actor: Actor, subscription: Subscription) -> Panel | None:
    return _about(actor, LinkKind.SUBSCRIPTION, subscription, subscription.number)


@contributes("client.panels", order=80, staff=True)
def about_client(actor: Actor, client: Client) -> Panel | None:
    return _about(actor, LinkKind.CLIENT, client, client.public_id)


@contributes("building.panels", order=80, staff=True)
def about_building(actor: Actor, building: Building) -> Panel | None:
    return _about(actor, LinkKind.BUILDING, building, building.public_id)


def _about(actor: Actor, kind: LinkKind, subject: Any, key: str) -> Panel | None:
    """The reader's tickets about a thing, and the way to another; None where there is neither."""
    rows = about_what(actor, kind, subject.pk)
    acts = actor.organization is not None
    writes = acts and actor.has_role(LEAST_TO_WRITE)
    if not rows and not writes:
        return None
    return Panel(
        "tickets",
        _("Support"),
        "support/customer/about_panel.html",
        {
            "rows": rows[:ABOUT_SHOWN],
            "has_more": len(rows) > ABOUT_SHOWN,
            "page": "ticket_detail" if acts or not url_if_any("desk_list") else "desk_ticket",
            "new_url": f"{reverse('ticket_new')}?about={about_name(kind, key)}" if writes else "",
        },
        column=Column.ASIDE,
    )


@contributes("home.urgent", order=50)
def waiting_for_answer(actor: Actor, subject: None) -> Panel | None:
    """Questions of support that nobody of the organization has answered; nothing, if none."""
    rows = waiting_at_home(actor)
    if not rows:
        return None
    return Panel(
        "waiting_tickets",
        _("Support waits for your answer"),
        "support/customer/home_panel.html",
        {"rows": rows},
        url=f"{reverse('ticket_list')}?state={WAITING}",
        column=Column.WIDE,
    )
