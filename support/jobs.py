"""What runs later for the support desk."""

from core.jobs import job, schedule
from support import customer_jobs  # noqa: F401 - what runs later for those who ask
from support.services import bulk_work  # noqa: F401 - declares the long work
from support.services.alarms import sound_alarms
from support.services.mail.incoming import fetch_letters, forget_old_letters
from support.services.moving import close_forgotten
from support.services.presence import forget_gone


@schedule("* * * * *")
@job(retries=0)
def sound_ticket_alarms() -> None:
    """Every minute, which is when it is tried again: a first answer may be due in a quarter of an
    hour."""
    sound_alarms()


@schedule("*/10 * * * *")
@job()
def close_forgotten_tickets() -> None:
    """Every few minutes: what was on hold until a moment goes on soon after it."""
    close_forgotten()


@schedule("*/10 * * * *")
@job()
def forget_who_left() -> None:
    """Whoever closed a ticket's page without a word."""
    forget_gone()


@schedule("* * * * *")
@job(queue="outgoing", retries=0)
def fetch_support_letters() -> int:
    """Every minute, which is when it is tried again: who wrote waits for an answer."""
    return fetch_letters()


@schedule("50 2 * * *")
@job(queue="long")
def forget_old_support_letters() -> int:
    """Every night: letters as they came are kept for some months."""
    return forget_old_letters()
