"""Everything that changes places and coverage."""

from locations.services.buildings import add_building, unit_of
from locations.services.contradictions import contradict
from locations.services.statements import (
    revise_statement,
    state_building_coverage,
    withdraw_building_coverage,
)
from locations.services.zones import (
    ImportedZones,
    import_zones,
    index_zones,
    restore_zone,
    retire_zone,
    revise_zone,
    save_zone,
)

__all__ = [
    "ImportedZones",
    "add_building",
    "contradict",
    "import_zones",
    "index_zones",
    "restore_zone",
    "retire_zone",
    "revise_statement",
    "revise_zone",
    "save_zone",
    "state_building_coverage",
    "unit_of",
    "withdraw_building_coverage",
]
