"""What people and machines do with requests; every change of a request goes through here."""

from subscriptions.services.requests.alarms import sound_alarms
from subscriptions.services.requests.assignment import assign_request
from subscriptions.services.requests.deadlines import tell_overdue
from subscriptions.services.requests.duplicates import Anyway, Duplicate, DuplicateFound
from subscriptions.services.requests.files import add_file, remove_file
from subscriptions.services.requests.filing import create_bundle, submit_bundle, submit_request
from subscriptions.services.requests.moving import move_request
from subscriptions.services.requests.notes import add_note
from subscriptions.services.requests.revising import change_line, discard_bundle, drop_line
from subscriptions.services.requests.seen import mark_seen

__all__ = [
    "Anyway",
    "Duplicate",
    "DuplicateFound",
    "add_file",
    "add_note",
    "assign_request",
    "change_line",
    "create_bundle",
    "discard_bundle",
    "drop_line",
    "mark_seen",
    "move_request",
    "remove_file",
    "sound_alarms",
    "submit_bundle",
    "submit_request",
    "tell_overdue",
]
