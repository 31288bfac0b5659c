from locations.models.coverage import (
    BuildingCoverage,
    CoverageState,
    CoverageZone,
    ServiceCategory,
    Standing,
    ZoneCell,
)
from locations.models.geocoding import GeocoderAnswer, GeocoderUse
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
    "Building",
    "BuildingCoverage",
    "BuildingGuest",
    "City",
    "CoverageState",
    "CoverageZone",
    "District",
    "DistrictCell",
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
]
