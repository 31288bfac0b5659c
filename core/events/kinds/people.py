"""People and organizations."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import OWNER, owner
from core.events.registry import EventKind

KINDS = [
    EventKind(
        "organization.registered", _("Organization registered"), owner("kind"), icon="building"
    ),
    EventKind("organization.verified", _("Organization verified"), owner(), icon="shield-check"),
    EventKind(
        "organization.changed", _("Organization profile changed"), owner("fields"), icon="edit"
    ),
    EventKind("team.created", _("Team created"), owner(), icon="users"),
    EventKind("team.changed", _("Team changed"), owner(), icon="users"),
    EventKind("team.removed", _("Team removed"), owner(), icon="users-minus"),
    EventKind("invitation.sent", _("Invitation sent"), owner("role"), icon="mail"),
    EventKind(
        "invitation.accepted",
        _("Invitation accepted"),
        owner("role"),
        frozenset({OWNER}),
        "mail-check",
    ),
    EventKind(
        "invitation.declined", _("Invitation declined"), owner(), frozenset({OWNER}), "mail-x"
    ),
    EventKind("invitation.revoked", _("Invitation revoked"), owner(), icon="mail-off"),
    EventKind(
        "verification.asked", _("Verification asked for"), owner("kind"), icon="shield-question"
    ),
    EventKind("verification.withdrawn", _("Verification withdrawn"), owner(), icon="shield-x"),
    EventKind(
        "verification.approved",
        _("Organization verified by the portal"),
        owner("kind"),
        frozenset({OWNER}),
        "shield-check",
    ),
    EventKind(
        "verification.refused",
        _("Verification refused"),
        owner("kind", "reason"),
        frozenset({OWNER}),
        "shield-x",
    ),
    EventKind("membership.added", _("Member joined"), owner("role"), icon="user-plus"),
    EventKind("membership.changed", _("Role changed"), owner("role"), icon="user-edit"),
    EventKind("membership.removed", _("Member removed"), owner("role"), icon="user-minus"),
    EventKind(
        "account_manager.assigned", _("Account manager assigned"), owner(), icon="user-check"
    ),
    EventKind("account_manager.dismissed", _("Account manager left"), owner(), icon="user-minus"),
    EventKind("support.let_in", _("Support let in"), owner(), icon="lock-open"),
    EventKind("support.shut_out", _("Leave for support ended"), owner(), icon="lock"),
    EventKind("support.entered", _("Support came in"), owner(), icon="login"),
    EventKind("support.left", _("Support went out"), owner(), icon="logout"),
]
