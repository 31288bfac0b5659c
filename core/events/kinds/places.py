"""Addresses, coverage, districts."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import OWNER, PROVIDER, owner
from core.events.registry import EventKind

KINDS = [
    EventKind("building.added", _("Building added"), owner(), icon="building"),
    EventKind(
        "building.verified",
        _("Address verified"),
        owner("corrected"),
        frozenset({OWNER}),
        "building-community",
    ),
    EventKind(
        "building.merged",
        _("Address merged into another"),
        owner("into"),
        frozenset({OWNER}),
        "arrows-join",
    ),
    EventKind(
        "building.refused", _("Address refused"), owner(), frozenset({OWNER}), "building-off"
    ),
    # Of a city: the staff's to know.
    EventKind("districts.changed", _("Districts changed"), {}, icon="map-pins"),
    EventKind(
        "buildings.imported", _("Addresses imported"), owner("created", "updated"), icon="upload"
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
]
