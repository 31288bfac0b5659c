"""Telling people what happened: the bell in the page, and letters outside of it.

Upper apps fill the registries in their `notifications.py`, which `core` imports at start: what a
subject is called and where it is (`presenter`), who is told (`recipients`, and of the staff
`staff_recipients`), how an event is said (`sentence`).
"""

from core.notifications.registry import (
    StaffTold,
    Subject,
    Telling,
    presenter,
    recipients,
    sentence,
    staff_recipients,
)

__all__ = [
    "StaffTold",
    "Subject",
    "Telling",
    "presenter",
    "recipients",
    "sentence",
    "staff_recipients",
]
