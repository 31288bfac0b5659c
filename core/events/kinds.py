"""The catalogue of events: all that can happen, and what each side is told of it.

This list is the webhook catalogue too. A name is `noun.verb_in_past`; its meaning never changes.
"""

from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole
from core.events.registry import EventKind

OWNER, PROVIDER, HOLDER = PartyRole.OWNER, PartyRole.PROVIDER, PartyRole.HOLDER


def _all(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return dict.fromkeys(PartyRole, frozenset(fields))


def _owner(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return {OWNER: frozenset(fields)}


_MOVED = ("number", "from", "to", "transition")
_EITHER_SIDE = frozenset({OWNER, PROVIDER})


def _moved(*fields: str) -> dict[PartyRole, frozenset[str]]:
    """A move of a request: what all see of it, and the note, which the two that work it read."""
    told = _all(*_MOVED, *fields)
    return told | {side: told[side] | {"note"} for side in _EITHER_SIDE}


_KINDS = [
    # people
    EventKind(
        "organization.registered", _("Organization registered"), _owner("kind"), icon="building"
    ),
    EventKind("organization.verified", _("Organization verified"), _owner(), icon="shield-check"),
    EventKind(
        "organization.changed", _("Organization profile changed"), _owner("fields"), icon="edit"
    ),
    EventKind("team.created", _("Team created"), _owner(), icon="users"),
    EventKind("team.changed", _("Team changed"), _owner(), icon="users"),
    EventKind("team.removed", _("Team removed"), _owner(), icon="users-minus"),
    EventKind("invitation.sent", _("Invitation sent"), _owner("role"), icon="mail"),
    EventKind(
        "invitation.accepted",
        _("Invitation accepted"),
        _owner("role"),
        frozenset({OWNER}),
        "mail-check",
    ),
    EventKind(
        "invitation.declined", _("Invitation declined"), _owner(), frozenset({OWNER}), "mail-x"
    ),
    EventKind("invitation.revoked", _("Invitation revoked"), _owner(), icon="mail-off"),
    EventKind(
        "verification.asked", _("Verification asked for"), _owner("kind"), icon="shield-question"
    ),
    EventKind("verification.withdrawn", _("Verification withdrawn"), _owner(), icon="shield-x"),
    EventKind(
        "verification.approved",
        _("Organization verified by the portal"),
        _owner("kind"),
        frozenset({OWNER}),
        "shield-check",
    ),
    EventKind(
        "verification.refused",
        _("Verification refused"),
        _owner("kind", "reason"),
        frozenset({OWNER}),
        "shield-x",
    ),
    EventKind("membership.added", _("Member joined"), _owner("role"), icon="user-plus"),
    EventKind("membership.changed", _("Role changed"), _owner("role"), icon="user-edit"),
    EventKind("membership.removed", _("Member removed"), _owner("role"), icon="user-minus"),
    EventKind(
        "account_manager.assigned", _("Account manager assigned"), _owner(), icon="user-check"
    ),
    EventKind("account_manager.dismissed", _("Account manager left"), _owner(), icon="user-minus"),
    EventKind("support.let_in", _("Support let in"), _owner(), icon="lock-open"),
    EventKind("support.shut_out", _("Leave for support ended"), _owner(), icon="lock"),
    EventKind("support.entered", _("Support came in"), _owner(), icon="login"),
    EventKind("support.left", _("Support went out"), _owner(), icon="logout"),
    # places
    EventKind("building.added", _("Building added"), _owner(), icon="building"),
    EventKind(
        "building.verified",
        _("Address verified"),
        _owner("corrected"),
        frozenset({OWNER}),
        "building-community",
    ),
    EventKind(
        "building.merged",
        _("Address merged into another"),
        _owner("into"),
        frozenset({OWNER}),
        "arrows-join",
    ),
    EventKind(
        "building.refused", _("Address refused"), _owner(), frozenset({OWNER}), "building-off"
    ),
    # Of a city: the staff's to know.
    EventKind("districts.changed", _("Districts changed"), {}, icon="map-pins"),
    EventKind(
        "buildings.imported", _("Addresses imported"), _owner("created", "updated"), icon="upload"
    ),
    EventKind(
        "coverage.changed", _("Coverage changed"), {PROVIDER: frozenset({"state"})}, icon="map"
    ),
    EventKind(
        "coverage.contradicted",
        _("Refusals contradict your coverage"),
        {PROVIDER: frozenset({"refusals"})},
        frozenset({PROVIDER}),
        "map-question",
    ),
    # Of the organization: how many statements a file brought.
    EventKind(
        "coverage.imported",
        _("Coverage of buildings imported"),
        {PROVIDER: frozenset({"created", "updated"})},
        icon="upload",
    ),
    # what somebody waits for
    EventKind("watch.created", _("Availability awaited"), _owner("category"), icon="bell-plus"),
    EventKind("watch.cancelled", _("Awaiting cancelled"), _owner("category"), icon="bell-off"),
    EventKind(
        "watch.came_true",
        _("What you waited for can be connected"),
        _owner("category"),
        frozenset({OWNER}),
        "bell-ringing",
    ),
    EventKind(
        "watch.expired",
        _("Awaiting ran out"),
        _owner("category"),
        frozenset({OWNER}),
        "bell-x",
    ),
    EventKind(
        "watch_list.created",
        _("Availability of a list awaited"),
        _owner("category", "count"),
        icon="bell-plus",
    ),
    EventKind(
        "watch_list.cancelled",
        _("Awaiting of a list cancelled"),
        _owner("category"),
        icon="bell-off",
    ),
    EventKind(
        "watch_list.came_true",
        _("At buildings of your list it can be connected"),
        _owner("category", "count"),
        frozenset({OWNER}),
        "bell-ringing",
    ),
    EventKind(
        "watch_list.expired",
        _("Awaiting of a list ran out"),
        _owner("category", "count"),
        frozenset({OWNER}),
        "bell-x",
    ),
    # catalogue
    EventKind("plan.created", _("Plan created"), {PROVIDER: frozenset()}, icon="tag"),
    EventKind("plan.changed", _("Plan changed"), {PROVIDER: frozenset({"fields"})}, icon="tag"),
    # clients
    EventKind("client.created", _("Client added"), _owner(), icon="user-plus"),
    EventKind("client.changed", _("Client changed"), _owner("fields"), icon="user-edit"),
    EventKind("client.consent_given", _("Consent given"), _owner(), icon="shield-check"),
    EventKind(
        "client.consent_withdrawn",
        _("Consent withdrawn"),
        _owner(),
        frozenset({OWNER}),
        "shield-x",
    ),
    EventKind(
        "client.merged", _("Duplicate merged"), _owner("duplicate", "merge"), icon="arrows-join"
    ),
    EventKind(
        "client.merge_undone",
        _("Merge undone"),
        _owner("duplicate", "merge"),
        icon="arrow-back-up",
    ),
    EventKind("client.invited", _("Client invited"), _owner(), icon="mail-forward"),
    EventKind("client.invitation_revoked", _("Invitation withdrawn"), _owner(), icon="mail-x"),
    EventKind(
        "client.claimed",
        _("The client took over their subscriptions"),
        _owner("subscriptions"),
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
        "clients.imported", _("Clients imported"), _owner("created", "updated"), icon="upload"
    ),
    EventKind("clients.exported", _("Clients exported"), _owner("count"), icon="download"),
    # leads from the public site, and whose client it is
    # Without an audience: before an agency has the lead it is the staff's to know.
    EventKind("lead.received", _("Lead received"), {}, icon="inbox"),
    EventKind(
        "lead.offered", _("New lead"), _owner("due_at"), frozenset({OWNER}), icon="user-question"
    ),
    EventKind(
        "lead.repeated", _("The visitor asked again"), _owner(), frozenset({OWNER}), icon="repeat"
    ),
    EventKind("lead.taken", _("Lead taken"), _owner(), icon="user-check"),
    EventKind("lead.passed", _("Lead passed on"), _owner(), icon="arrow-forward-up"),
    EventKind(
        "lead.expired", _("Lead not taken in time"), _owner(), frozenset({OWNER}), icon="clock-x"
    ),
    EventKind("lead.unrouted", _("No agency for a lead"), {}, icon="user-off"),
    EventKind("lead.released", _("Lead let through by staff"), {}, icon="filter-off"),
    EventKind("lead.closed", _("Lead closed"), _owner(), icon="circle-check"),
    EventKind("lead_rules.changed", _("Rules for leads changed"), _owner(), icon="adjustments"),
    EventKind("attribution.registered", _("Client registered at an address"), {}, icon="pin"),
    EventKind(
        "attribution.decided",
        _("Dispute over your client decided"),
        _owner("kept"),
        frozenset({OWNER}),
        icon="gavel",
    ),
    EventKind(
        "dispute.opened",
        _("Another agency registered the client first"),
        _owner("number"),
        frozenset({OWNER}),
        icon="gavel",
    ),
    EventKind(
        "dispute.decided",
        _("Your dispute is decided"),
        _owner("number", "upheld"),
        frozenset({OWNER}),
        icon="gavel",
    ),
    EventKind("dispute.withdrawn", _("Dispute withdrawn"), _owner("number"), icon="gavel"),
    # requests
    EventKind("request.drafted", _("Draft created"), _owner("number"), icon="file"),
    EventKind(
        "request.submitted", _("Request filed"), _all(*_MOVED), frozenset({PROVIDER}), "send"
    ),
    EventKind("request.moved", _("Request moved on"), _moved(), _EITHER_SIDE, "arrow-right"),
    EventKind(
        "request.needs_info",
        _("More information asked"),
        _moved(),
        frozenset({OWNER}),
        "help-circle",
    ),
    EventKind(
        "request.answered",
        _("Question answered"),
        _moved(),
        frozenset({PROVIDER}),
        "message-check",
    ),
    EventKind(
        "request.scheduled",
        _("Visit scheduled"),
        _moved("starts_at", "ends_at"),
        _EITHER_SIDE,
        "calendar",
    ),
    EventKind(
        "request.rejected",
        _("Request rejected"),
        _all(*_MOVED, "reason"),
        frozenset({OWNER}),
        "circle-x",
    ),
    EventKind(
        "request.cancelled", _("Request cancelled"), _all(*_MOVED, "reason"), _EITHER_SIDE, "ban"
    ),
    EventKind(
        "request.held",
        _("Request put on hold"),
        # Whom it waits for, and why, may name people: that stands in the note.
        _moved("until"),
        _EITHER_SIDE,
        "player-pause",
    ),
    EventKind("request.resumed", _("Request resumed"), _all(*_MOVED), _EITHER_SIDE, "player-play"),
    EventKind(
        "request.connected",
        _("Service connected"),
        _all(*_MOVED),
        frozenset({OWNER, HOLDER}),
        "plug-connected",
    ),
    EventKind(
        "request.assigned",
        _("Request assigned"),
        {OWNER: frozenset({"number"}), PROVIDER: frozenset({"number", "assignee"})},
        icon="user-check",
    ),
    EventKind(
        "request.overdue",
        _("Deadline missed"),
        {OWNER: frozenset({"number", "state"}), PROVIDER: frozenset({"number", "state"})},
        # Of the two the one that missed it, see `subscriptions.selectors.recipients`.
        _EITHER_SIDE,
        "clock-exclamation",
    ),
    EventKind(
        "note.added",
        _("Note added"),
        {OWNER: frozenset({"number", "note"}), PROVIDER: frozenset({"number", "note"})},
        _EITHER_SIDE,
        "message",
    ),
    EventKind(
        "file.added",
        _("File added"),
        {OWNER: frozenset({"number", "file"}), PROVIDER: frozenset({"number", "file"})},
        icon="paperclip",
    ),
    # what comes out of a request
    EventKind(
        # Those whom it concerns are told of the request that was connected.
        "subscription.started",
        _("Subscription started"),
        _all("number"),
        icon="plug-connected",
    ),
    EventKind(
        "subscription.handed_over",
        _("Handed over to its holder"),
        {OWNER: frozenset({"number"}), HOLDER: frozenset({"number"})},
        icon="user-check",
    ),
    EventKind(
        "commission.accrued",
        _("Commission accrued"),
        {
            OWNER: frozenset({"number", "amount", "currency"}),
            PROVIDER: frozenset({"number", "amount", "currency"}),
        },
        frozenset({OWNER}),
        "coins",
    ),
]

CATALOGUE = {declared.name: declared for declared in _KINDS}
