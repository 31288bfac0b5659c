"""What comes out of a request: subscriptions and commissions."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import HOLDER, OWNER, PROVIDER, everyone
from core.events.registry import EventKind

KINDS = [
    EventKind(
        # Those whom it concerns are told of the request that was connected.
        "subscription.started",
        _("Subscription started"),
        everyone("number"),
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
