"""What holders and providers do with subscriptions in force: terms, papers, prices, findings."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import HOLDER, OWNER, PROVIDER, everyone
from core.events.registry import EventKind

_PRICE = frozenset({"number", "price", "currency", "starts_on"})
_CHANGE = frozenset({"count", "price", "currency", "starts_on"})

KINDS = [
    EventKind(
        "subscription.added",
        _("Subscription added by its holder"),
        everyone("number"),
        icon="plus",
    ),
    EventKind(
        "subscription.terms_changed",
        _("Terms of a subscription changed"),
        everyone("number", "fields"),
        icon="pencil",
        own_alone=True,
    ),
    EventKind(
        "subscription.price_set",
        _("Price of a subscription changed"),
        {OWNER: _PRICE, PROVIDER: _PRICE, HOLDER: _PRICE},
        icon="coins",
        own_alone=True,
    ),
    EventKind(
        "subscription.file_added",
        _("Document added to a subscription"),
        everyone("number", "file", "kind"),
        icon="file",
        own_alone=True,
    ),
    EventKind(
        "subscription.file_removed",
        _("Document removed from a subscription"),
        everyone("number", "kind"),
        icon="file",
        own_alone=True,
    ),
    EventKind(
        "subscriptions.sorted",
        _("Tags or cost centres of subscriptions changed"),
        {OWNER: frozenset({"count", "fields"})},
        icon="tags",
    ),
    EventKind(
        "subscriptions.imported",
        _("Subscriptions imported"),
        {OWNER: frozenset({"created"})},
        icon="upload",
    ),
    EventKind(
        "subscriptions.exported",
        _("Subscriptions exported"),
        {OWNER: frozenset({"count"})},
        icon="download",
    ),
    EventKind(
        "price_change.announced",
        _("New price announced"),
        {PROVIDER: _CHANGE, HOLDER: _CHANGE, OWNER: _CHANGE},
        frozenset({HOLDER, OWNER}),
        "coins",
    ),
    EventKind(
        "price_change.reminded",
        _("New price begins soon"),
        {HOLDER: _CHANGE, OWNER: _CHANGE},
        frozenset({HOLDER, OWNER}),
        "coins",
    ),
    EventKind(
        "price_change.withdrawn",
        _("New price withdrawn"),
        {PROVIDER: _CHANGE, HOLDER: _CHANGE, OWNER: _CHANGE},
        frozenset({HOLDER, OWNER}),
        "coins",
    ),
    EventKind(
        "price_change.applied",
        _("New price in force"),
        {PROVIDER: _CHANGE, HOLDER: _CHANGE, OWNER: _CHANGE},
        frozenset({PROVIDER}),
        "coins",
    ),
    EventKind(
        "subscriptions.terms_ending",
        _("Terms of subscriptions end soon"),
        {OWNER: frozenset({"count", "day", "days"})},
        frozenset({OWNER}),
        "calendar",
    ),
    EventKind(
        "subscriptions.suspensions_ending",
        _("Suspensions end soon"),
        {OWNER: frozenset({"count", "day", "days"})},
        frozenset({OWNER}),
        "calendar",
    ),
    EventKind(
        "findings.made",
        _("Doubled or overpriced services found"),
        {OWNER: frozenset({"count"})},
        frozenset({OWNER}),
        "pig-money",
    ),
    EventKind(
        "finding.dismissed",
        _("Finding dismissed"),
        {OWNER: frozenset()},
        icon="ban",
    ),
]
