"""What the public site works out by itself."""

from core.jobs import job, schedule
from pages.services import refresh_public_places


@schedule("11 3 * * *")
@job(queue="long")
def refresh_public_pages() -> None:
    """Every night: it reads where each verified building stands, and pages of cities can wait."""
    refresh_public_places()
