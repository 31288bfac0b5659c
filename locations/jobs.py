"""What runs later for places."""

from core.jobs import job, schedule
from locations.geocoding.asking import forget_expired
from locations.selectors.districts import cities_with_districts
from locations.services.building_counts import mend_counts
from locations.services.districts import enqueue_filling, fill_city
from locations.services.merging import gather_strays
from locations.services.zone_drawings import draw_missing


@schedule("25 1 * * *")
@job(queue="long")
def forget_geocoder_answers() -> None:
    """Answers of geocoders are kept as long as their terms allow, and no day longer."""
    forget_expired()


@job(queue="long")
def fill_districts(city_id: int) -> None:
    """The district of each of a city's buildings, found anew."""
    fill_city(city_id)


@schedule("50 2 * * *")
@job(queue="long")
def fill_all_districts() -> None:
    """Every night: buildings may have come by other ways than through services."""
    for city_id in sorted(cities_with_districts()):
        enqueue_filling(city_id)


@job()
def gather_strays_of(building_id: int) -> None:
    """What was being written at a building just when it was merged."""
    gather_strays(building_id)


@schedule("50 0 * * *")
@job(queue="long")
def mend_map() -> None:
    """At night: what changed past the services is counted and drawn for the map."""
    mend_counts()
    draw_missing()
