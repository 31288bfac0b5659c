from locations.models.coverage import (
    CONTRADICTED,
    BuildingCoverage,
    CoverageState,
    CoverageZone,
    ServiceCategory,
    Standing,
    ZoneCell,
)
from locations.models.geocoding import GeocoderAnswer, GeocoderUse
from locations.models.history import (
    CoverageAction,
    CoverageCheck,
    CoverageFinding,
    CoverageRecord,
    FindingKind,
)
from locations.models.map import BuildingCount, ZoneDrawing
from locations.models.places import (
    Building,
    BuildingGuest,
    City,
    District,
    DistrictCell,
    Region,
    Street,
    Unit,
)
from locations.models.unplaced import UnplacedHouse
from locations.models.vocabulary import NameWord, WordKey

__all__ = [
    "CONTRADICTED",
    "Building",
    "BuildingCount",
    "BuildingCoverage",
    "BuildingGuest",
    "City",
    "CoverageAction",
    "CoverageCheck",
    "CoverageFinding",
    "CoverageRecord",
    "CoverageState",
    "CoverageZone",
    "District",
    "DistrictCell",
    "FindingKind",
    "GeocoderAnswer",
    "GeocoderUse",
    "NameWord",
    "Region",
    "ServiceCategory",
    "Standing",
    "Street",
    "Unit",
    "UnplacedHouse",
    "WordKey",
    "ZoneCell",
    "ZoneDrawing",
]
