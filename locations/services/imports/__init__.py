"""Places from files."""

from core.tables import Fault, Outcome
from locations.services.imports.buildings import import_buildings
from locations.services.imports.regions import import_cities, import_regions
from locations.services.imports.time_zones import time_zone_of

__all__ = [
    "Fault",
    "Outcome",
    "import_buildings",
    "import_cities",
    "import_regions",
    "time_zone_of",
]
