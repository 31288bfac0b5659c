"""What runs later for places."""

from core.jobs import job, schedule
from locations import operations  # noqa: F401 - declares the long work
from locations.services.vocabulary import forget_gone, learn_missing


@schedule("17 * * * *")
@job(queue="long", retries=2)
def keep_vocabulary() -> None:
    """Every hour: names of streets that came past the services are found with mistakes too."""
    learn_missing()


@schedule("50 2 * * *")
@job(queue="long", retries=2)
def clean_vocabulary() -> None:
    """Every night: names that no street bears any more."""
    forget_gone()
