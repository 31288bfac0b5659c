"""Leads from the public site, and whose client it is."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import OWNER, owner
from core.events.registry import EventKind

KINDS = [
    # Without an audience: before an agency has the lead it is the staff's to know.
    EventKind("lead.received", _("Lead received"), {}, icon="inbox"),
    EventKind(
        "lead.offered", _("New lead"), owner("due_at"), frozenset({OWNER}), icon="user-question"
    ),
    EventKind(
        "lead.repeated", _("The visitor asked again"), owner(), frozenset({OWNER}), icon="repeat"
    ),
    EventKind("lead.taken", _("Lead taken"), owner(), icon="user-check"),
    EventKind("lead.passed", _("Lead passed on"), owner(), icon="arrow-forward-up"),
    EventKind(
        "lead.expired", _("Lead not taken in time"), owner(), frozenset({OWNER}), icon="clock-x"
    ),
    EventKind("lead.unrouted", _("No agency for a lead"), {}, icon="user-off"),
    EventKind("lead.released", _("Lead let through by staff"), {}, icon="filter-off"),
    EventKind("lead.closed", _("Lead closed"), owner(), icon="circle-check"),
    EventKind("lead_rules.changed", _("Rules for leads changed"), owner(), icon="adjustments"),
    EventKind("attribution.registered", _("Client registered at an address"), {}, icon="pin"),
    EventKind(
        "attribution.decided",
        _("Dispute over your client decided"),
        owner("kept"),
        frozenset({OWNER}),
        icon="gavel",
    ),
    EventKind(
        "dispute.opened",
        _("Another agency registered the client first"),
        owner("number"),
        frozenset({OWNER}),
        icon="gavel",
    ),
    EventKind(
        "dispute.decided",
        _("Your dispute is decided"),
        owner("number", "upheld"),
        frozenset({OWNER}),
        icon="gavel",
    ),
    EventKind("dispute.withdrawn", _("Dispute withdrawn"), owner("number"), icon="gavel"),
]
