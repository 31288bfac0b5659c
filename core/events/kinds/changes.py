"""Changes of a subscription in force, and what follows from them.

What is agreed upon for a day is told when it is agreed, and again on that day by the portal.
"""

from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole
from core.events.kinds.audiences import EITHER_SIDE, HOLDER, OWNER, PROVIDER
from core.events.registry import EventKind

_CLIENTS = frozenset({OWNER, HOLDER})
_ALL = frozenset(PartyRole)


def _told(*fields: str) -> dict[PartyRole, frozenset[str]]:
    """All sides; the request that brought it about is named to all by its id alone."""
    return dict.fromkeys(PartyRole, frozenset({"number", "request", *fields}))


KINDS = [
    EventKind(
        "request.completed",
        _("Change made"),
        dict.fromkeys(PartyRole, frozenset({"number", "from", "to", "transition"})),
        # Those whom it concerns are told by the event of the subscription.
        icon="circle-check",
    ),
    EventKind(
        "request.lapsed",
        _("Change not made: the service was ended or changed before its day"),
        dict.fromkeys(PartyRole, frozenset({"number"})),
        EITHER_SIDE,
        "calendar-off",
    ),
    EventKind(
        "subscription.change_agreed",
        _("Change agreed for a day"),
        _told("kind", "on"),
        _CLIENTS,
        "calendar-check",
    ),
    EventKind("subscription.changed", _("Plan changed"), _told(), _CLIENTS, "switch-horizontal"),
    EventKind("subscription.moved", _("Moved to another address"), _told(), _CLIENTS, "home-move"),
    EventKind(
        "subscription.suspended",
        _("Subscription suspended"),
        _told("until"),
        _CLIENTS,
        "player-pause",
    ),
    EventKind("subscription.resumed", _("Subscription resumed"), _told(), _ALL, "player-play"),
    EventKind("subscription.ended", _("Subscription ended"), _told(), _ALL, "plug-off"),
    EventKind(
        "commission.reversed",
        _("Commission reversed"),
        {
            OWNER: frozenset({"number", "amount", "currency"}),
            PROVIDER: frozenset({"number", "amount", "currency"}),
        },
        frozenset({OWNER}),
        "coins",
    ),
]
