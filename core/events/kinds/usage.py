"""Metered use: meters, readings, figures, limits.

An agency that handed a subscription over is no side of these (subscriptions.services.usage).
"""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import HOLDER, OWNER, PROVIDER, everyone, owner
from core.events.registry import EventKind

_READING = everyone("number", "reading")
_HOLDING = frozenset({OWNER, HOLDER})

KINDS = [
    EventKind(
        "meter.added", _("Meter added"), everyone("number", "meter"), icon="gauge", own_alone=True
    ),
    EventKind(
        "meter.removed",
        _("Meter removed"),
        everyone("number", "meter"),
        icon="gauge",
        own_alone=True,
    ),
    EventKind("reading.added", _("Meter reading added"), _READING, icon="gauge", own_alone=True),
    EventKind(
        "reading.corrected", _("Meter reading corrected"), _READING, icon="edit", own_alone=True
    ),
    EventKind(
        "reading.doubted",
        _("Meter reading to be checked"),
        _READING,
        frozenset({PROVIDER}),
        "alert-triangle",
        own_alone=True,
    ),
    EventKind(
        "reading.accepted",
        _("Meter reading accepted"),
        _READING,
        _HOLDING,
        "circle-check",
        own_alone=True,
    ),
    EventKind(
        "reading.refused",
        _("Meter reading refused"),
        _READING,
        _HOLDING,
        "circle-x",
        own_alone=True,
    ),
    # Of the organization that told it: how many figures, and how.
    EventKind("usage.recorded", _("Use recorded"), owner("created", "updated"), icon="chart-bar"),
    EventKind("usage.imported", _("Use imported"), owner("created", "updated"), icon="upload"),
    EventKind("usage.exported", _("Use exported"), owner("count"), icon="download"),
    EventKind("usage.limit_changed", _("Limit of use changed"), owner("limit"), icon="bell"),
    EventKind("usage.settings_changed", _("Settings of use changed"), owner(), icon="settings"),
    EventKind(
        "usage.limit_passed",
        _("A limit of use is passed"),
        {HOLDER: frozenset({"number", "alert", "limit", "month"})},
        frozenset({HOLDER}),
        "bell-ringing",
    ),
    EventKind(
        "usage.readings_due",
        _("It is time to read the meters"),
        {HOLDER: frozenset({"count", "day"})},
        frozenset({HOLDER}),
        "gauge",
    ),
    EventKind(
        "usage.readings_missing",
        _("Meters were not read in time"),
        {HOLDER: frozenset({"count", "day"})},
        frozenset({HOLDER}),
        "alert-triangle",
    ),
]
