"""What runs later for places."""

from core.jobs import job, schedule
from locations.services.building_counts import mend_counts
from locations.services.zone_drawings import draw_missing


@schedule("50 0 * * *")
@job(queue="long")
def mend_map() -> None:
    """At night: what changed past the services is counted and drawn for the map."""
    mend_counts()
    draw_missing()
