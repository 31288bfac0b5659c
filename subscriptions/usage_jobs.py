"""What runs later for the use of subscriptions."""

from core.jobs import job, schedule
from subscriptions.services.usage.checking import check_limits_of
from subscriptions.services.usage.reminding import check_unread, remind_of_readings


@job()
def check_limits(subscription_ids: list[int]) -> None:
    """After each change of use: at most 500 subscriptions."""
    check_limits_of(subscription_ids)


@schedule("12 * * * *")
@job(queue="long")
def remind_to_read_meters() -> None:
    """Every hour: days begin at other times elsewhere."""
    remind_of_readings()
    check_unread()
