from locations.models.coverage import (
    BuildingCoverage,
    CoverageState,
    CoverageZone,
    ServiceCategory,
    Standing,
    ZoneCell,
)
from locations.models.geocoding import GeocoderAnswer, GeocoderUse
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

__all__ = [
    "Building",
    "BuildingCount",
    "BuildingCoverage",
    "BuildingGuest",
    "City",
    "CoverageState",
    "CoverageZone",
    "District",
    "DistrictCell",
    "GeocoderAnswer",
    "GeocoderUse",
    "Region",
    "ServiceCategory",
    "Standing",
    "Street",
    "Unit",
    "ZoneCell",
    "ZoneDrawing",
]
