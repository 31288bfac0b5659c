"""What the public site works out by itself."""

from core.jobs import job, schedule
from pages.services import refresh_public_places


@schedule("11 * * * *")
@job(queue="long")
def refresh_public_pages() -> None:
    """Every hour: a new zone, plan or provider is on the pages of its cities within it."""
    refresh_public_places()
