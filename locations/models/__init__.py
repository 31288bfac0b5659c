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
from locations.models.vocabulary import NameWord, WordKey

__all__ = [
    "Building",
    "BuildingCoverage",
    "City",
    "CoverageState",
    "CoverageZone",
    "NameWord",
    "Region",
    "ServiceCategory",
    "Standing",
    "Street",
    "Unit",
    "UnplacedHouse",
    "WordKey",
    "ZoneCell",
]
