"""The portfolio."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import HOLDER, OWNER, owner
from core.events.registry import EventKind

KINDS = [
    EventKind("client.created", _("Client added"), owner(), icon="user-plus"),
    EventKind("client.changed", _("Client changed"), owner("fields"), icon="user-edit"),
    EventKind("client.consent_given", _("Consent given"), owner(), icon="shield-check"),
    EventKind(
        "client.consent_withdrawn",
        _("Consent withdrawn"),
        owner(),
        frozenset({OWNER}),
        "shield-x",
    ),
    EventKind(
        "client.merged", _("Duplicate merged"), owner("duplicate", "merge"), icon="arrows-join"
    ),
    EventKind(
        "client.merge_undone",
        _("Merge undone"),
        owner("duplicate", "merge"),
        icon="arrow-back-up",
    ),
    EventKind("client.invited", _("Client invited"), owner(), icon="mail-forward"),
    EventKind("client.invitation_revoked", _("Invitation withdrawn"), owner(), icon="mail-x"),
    EventKind(
        "client.claimed",
        _("The client took over their subscriptions"),
        owner("subscriptions"),
        frozenset({OWNER}),
        "user-check",
    ),
    EventKind(
        "subscriptions.received",
        _("Subscriptions handed over to you"),
        {HOLDER: frozenset({"subscriptions"})},
        frozenset({HOLDER}),
        "plug-connected",
    ),
    # Of the organization: who took its clients away in a file, and how many, is on record.
    EventKind(
        "clients.imported", _("Clients imported"), owner("created", "updated"), icon="upload"
    ),
    EventKind("clients.exported", _("Clients exported"), owner("count"), icon="download"),
]
