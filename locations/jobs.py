"""What runs later for places."""

from core.jobs import job, schedule
from locations.geocoding.asking import forget_expired


@schedule("25 1 * * *")
@job(queue="long")
def forget_geocoder_answers() -> None:
    """Answers of geocoders are kept as long as their terms allow, and no day longer."""
    forget_expired()
