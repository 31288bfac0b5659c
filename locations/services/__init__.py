"""Everything that changes places and coverage."""

from locations.services.buildings import (
    add_building,
    hold_building,
    show_building,
    unit_in,
    unit_of,
)
from locations.services.contradictions import contradict
from locations.services.districts import import_districts
from locations.services.merging import merge_building
from locations.services.statements import (
    revise_statement,
    state_building_coverage,
    withdraw_building_coverage,
)
from locations.services.verification import refuse_building, verify_building
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
    "hold_building",
    "import_districts",
    "import_zones",
    "index_zones",
    "merge_building",
    "refuse_building",
    "restore_zone",
    "retire_zone",
    "revise_statement",
    "revise_zone",
    "save_zone",
    "show_building",
    "state_building_coverage",
    "unit_in",
    "unit_of",
    "verify_building",
    "withdraw_building_coverage",
]
