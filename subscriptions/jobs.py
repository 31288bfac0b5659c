"""What runs later for requests."""

from core.jobs import job, schedule
from subscriptions.services.requests import tell_overdue


@schedule("*/5 * * * *")
@job()
def tell_of_missed_deadlines() -> None:
    """Every few minutes, so that an operator hears of a missed deadline while it can be mended."""
    tell_overdue()
