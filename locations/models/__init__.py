from locations.models.coverage import (
    BuildingCoverage,
    CoverageState,
    CoverageZone,
    ServiceCategory,
    Standing,
    ZoneCell,
)
from locations.models.map import BuildingCount, ZoneDrawing
from locations.models.places import Building, City, Region, Street, Unit

__all__ = [
    "Building",
    "BuildingCount",
    "BuildingCoverage",
    "City",
    "CoverageState",
    "CoverageZone",
    "Region",
    "ServiceCategory",
    "Standing",
    "Street",
    "Unit",
    "ZoneCell",
    "ZoneDrawing",
]
