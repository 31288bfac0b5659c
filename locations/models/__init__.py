from locations.models.coverage import (
    CONTRADICTED,
    BuildingCoverage,
    CoverageState,
    CoverageZone,
    ServiceCategory,
    Standing,
    ZoneCell,
)
from locations.models.history import (
    CoverageAction,
    CoverageCheck,
    CoverageFinding,
    CoverageRecord,
    FindingKind,
)
from locations.models.places import Building, City, Region, Street, Unit

__all__ = [
    "CONTRADICTED",
    "Building",
    "BuildingCoverage",
    "City",
    "CoverageAction",
    "CoverageCheck",
    "CoverageFinding",
    "CoverageRecord",
    "CoverageState",
    "CoverageZone",
    "FindingKind",
    "Region",
    "ServiceCategory",
    "Standing",
    "Street",
    "Unit",
    "ZoneCell",
]
