"""What a demo account sees of deadlines: hours of its own, warnings of today, real times."""

from pages.demo.people import People
from subscriptions.deadline_terms import COUNTED
from subscriptions.services.deadline_rules import set_hours
from subscriptions.services.pace import refresh_paces
from subscriptions.services.requests import sound_alarms, tell_overdue


def watch_deadlines(people: People) -> None:
    """The first provider checks within 12 hours; what jobs would have told by now is told."""
    provider = people.operators[min(people.operators)][0]
    set_hours(provider, None, dict.fromkeys(COUNTED) | {"CHECKING": 12})
    tell_overdue()
    sound_alarms()
    refresh_paces()
