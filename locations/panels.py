"""What this app adds to the frame: the section of coverage, and the badges of its states."""

from django.utils.translation import gettext_lazy as _

from core.badges import Badge, register_badges
from core.choices import OrganizationKind, Role
from core.navigation import Section, register
from locations import coverage_attention, coverage_operations  # noqa: F401
from locations.models import CONTRADICTED, Building, CoverageState, FindingKind, Standing
from locations.services.rights import IMPORTERS

register(
    Section(
        "coverage",
        _("Coverage"),
        "map-2",
        "coverage_list",
        order=45,
        kinds=frozenset({OrganizationKind.PROVIDER}),
        phone=True,
    )
)

register(
    Section(
        "building-import",
        _("Import of addresses"),
        "buildings",
        "building_import",
        order=46,
        kinds=frozenset(IMPORTERS),
        least=Role.MANAGER,
        staff=True,
    )
)

register(
    Section(
        "addresses",
        _("Addresses"),
        "map-pin-question",
        "address_list",
        order=46,
        kinds=frozenset({OrganizationKind.PROVIDER}),
        staff=True,
    )
)

_SHOWN = {
    CoverageState.AVAILABLE: ("good", "circle-check"),
    CoverageState.PLANNED: ("info", "calendar"),
    CoverageState.SURVEY: ("wait", "ruler-measure"),
    CoverageState.NOT_AVAILABLE: ("stopped", "circle-x"),
    Standing.EXPIRED: ("neutral", "calendar-off"),
    Standing.RETIRED: ("neutral", "archive"),
}
register_badges(
    "coverage",
    {state: Badge(state.label, tone, icon) for state, (tone, icon) in _SHOWN.items()}
    | {CONTRADICTED: Badge(_("Refused lately"), "bad", "alert-triangle")},
)
_FOUND = {
    FindingKind.CONTRADICTION: ("bad", "arrows-diff"),
    FindingKind.OVERLAP: ("wait", "layers-intersect"),
    FindingKind.GAP: ("wait", "circle-dashed"),
    FindingKind.OUTSIDE: ("info", "map-pin-off"),
}
register_badges(
    "finding", {kind: Badge(kind.label, tone, icon) for kind, (tone, icon) in _FOUND.items()}
)
_STATUS = Building.Status
_DECIDED = {
    _STATUS.PENDING: ("wait", "hourglass"),
    _STATUS.VERIFIED: ("good", "circle-check"),
    _STATUS.MERGED: ("neutral", "arrows-join"),
    _STATUS.REFUSED: ("bad", "circle-x"),
}
register_badges(
    "building", {state: Badge(state.label, tone, icon) for state, (tone, icon) in _DECIDED.items()}
)
