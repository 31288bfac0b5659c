from locations.models.coverage import (
    BuildingCoverage,
    CoverageState,
    CoverageZone,
    ServiceCategory,
    Standing,
    ZoneCell,
)
from locations.models.places import Building, City, Region, Street, Unit
from locations.models.unplaced import UnplacedHouse

__all__ = [
    "Building",
    "BuildingCoverage",
    "City",
    "CoverageState",
    "CoverageZone",
    "Region",
    "ServiceCategory",
    "Standing",
    "Street",
    "Unit",
    "UnplacedHouse",
    "ZoneCell",
]
