"""What leads and disputes add to the frame and to homes; imported by `panels`."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.badges import Badge, register_badges
from core.choices import OrganizationKind
from core.navigation import Section, register
from core.parts.text import grouped
from core.registry import Column, Panel, Tile, contributes
from subscriptions.choices import DisputeState, LeadState
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.leads import (
    leads_for_staff,
    open_disputes,
    place_of,
    services_of,
    waiting_leads,
)

AGENCIES = frozenset({OrganizationKind.AGENCY})

register(
    Section("leads", gettext_lazy("Leads"), "user-question", "lead_list", order=15, kinds=AGENCIES)
)
register(
    Section(
        "disputes",
        gettext_lazy("Disputes"),
        "gavel",
        "staff_disputes",
        order=75,
        kinds=frozenset(),
        staff=True,
    )
)

_LEAD = {
    LeadState.NEW: ("neutral", "inbox"),
    LeadState.OFFERED: ("wait", "hourglass"),
    LeadState.TAKEN: ("info", "user-check"),
    LeadState.UNROUTED: ("bad", "user-off"),
    LeadState.SPAM: ("stopped", "filter"),
    LeadState.CLOSED: ("good", "circle-check"),
}
_SHOWN_AS = {LeadState.OFFERED: gettext_lazy("Waits for you")}
register_badges(
    "lead",
    {
        state: Badge(_SHOWN_AS.get(state, state.label), tone, icon)
        for state, (tone, icon) in _LEAD.items()
    },
)
_DISPUTE = {
    DisputeState.OPEN: ("wait", "gavel"),
    DisputeState.UPHELD: ("good", "circle-check"),
    DisputeState.DISMISSED: ("neutral", "circle-check"),
    DisputeState.WITHDRAWN: ("stopped", "arrow-back-up"),
}
register_badges(
    "dispute", {state: Badge(state.label, tone, icon) for state, (tone, icon) in _DISPUTE.items()}
)


@contributes("home.urgent", order=10, kinds=AGENCIES)
def leads_waiting(actor: Actor, subject: None) -> Panel | None:
    """The leads that run out first; nothing where none waits."""
    rows = [
        {
            "url": reverse("lead_detail", args=[lead.public_id]),
            "place": place_of(lead),
            "services": services_of(lead),
            "left": lead.created_at,
            "due": lead.due_at,  # type: ignore[attr-defined]
        }
        for lead in waiting_leads(actor)
    ]
    if not rows:
        return None
    return Panel(
        "leads",
        _("Leads wait for you"),
        "subscriptions/leads/panel.html",
        {"rows": rows},
        url=reverse("lead_list"),
        column=Column.WIDE,
    )


@contributes("home.tiles", order=30, kinds=(), staff=True)
def leads_without_agency(actor: Actor, subject: None) -> Tile | None:
    return _staff_tile(actor, LeadState.UNROUTED, _("Leads without an agency"), "bad")


@contributes("home.tiles", order=31, kinds=(), staff=True)
def leads_held(actor: Actor, subject: None) -> Tile | None:
    return _staff_tile(actor, LeadState.SPAM, _("Leads held as spam"), "")


@contributes("home.tiles", order=32, kinds=(), staff=True)
def disputes_open(actor: Actor, subject: None) -> Tile | None:
    if not actor.is_admin:
        return None
    count = open_disputes()
    return Tile(
        _("Disputes over clients"),
        grouped(count),
        url=reverse("staff_disputes"),
        tone="wait" if count else "",
    )


def _staff_tile(actor: Actor, state: LeadState, label: str, tone: str) -> Tile | None:
    if not actor.is_admin:
        return None
    count = leads_for_staff(state)
    url = f"{reverse('admin:subscriptions_lead_changelist')}?state__exact={state.value}"
    return Tile(label, grouped(count), url=url, tone=tone if count else "")


@contributes("request.panels", order=20, kinds=AGENCIES)
def dispute_of(actor: Actor, request: ConnectionRequest) -> Panel | None:
    """To the claimant: where the dispute over this request's client stands."""
    # Read with the request (`selectors.request_page`): the page has no query to spare.
    state = getattr(request, "dispute_state", None)
    if state is None or request.owner_id != actor.organization_id:
        return None
    return Panel(
        "dispute",
        _("Whose client it is"),
        "subscriptions/leads/request_panel.html",
        {"state": state},
        column=Column.ASIDE,
    )
