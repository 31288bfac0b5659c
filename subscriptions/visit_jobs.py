"""What runs later for visits."""

from core.jobs import job, schedule
from subscriptions.services.visits import expire_holds
from subscriptions.services.visits.reminders import remind
from subscriptions.visit_letters import send_letter


@schedule("*/5 * * * *")
@job()
def expire_held_slots() -> None:
    """Every few minutes: a place that nobody confirms is wanted by others."""
    expire_holds()


@schedule("*/5 * * * *")
@job()
def remind_of_visits() -> None:
    remind()


@job(queue="outgoing")
def send_visit_letter(pk: int, kind: str) -> None:
    """A letter (or a text message) about a visit."""
    send_letter(pk, kind)
