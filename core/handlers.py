"""What `core` itself does later: imported at start, so that its jobs and schedules are known."""

from core import operations, tallies
from core.events import dispatch
from core.jobs import upkeep
from core.notifications import telling

__all__ = ["dispatch", "operations", "tallies", "telling", "upkeep"]
