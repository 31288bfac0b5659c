"""Visits in slots: what is free, holding a place, taking it, giving it back.

What moves a request by a visit (links, the crew's report) stands in modules of its own beside
these: `links`, `completing`, `reminders`, `feeds`, `patterns`.
"""

from subscriptions.selectors.visit_slots import free_slots
from subscriptions.services.visits.booking import (
    SlotTakenError,
    book,
    close_visits,
    expire_holds,
    follow_deadline,
    hold_chosen,
    hold_slot,
    release,
)

__all__ = [
    "SlotTakenError",
    "book",
    "close_visits",
    "expire_holds",
    "follow_deadline",
    "free_slots",
    "hold_chosen",
    "hold_slot",
    "release",
]
