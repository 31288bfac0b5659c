"""What `core` itself does later: imported at start, so that its jobs and schedules are known."""

from core import attention, operations, tallies
from core.events import dispatch
from core.jobs import upkeep
from core.notifications import telling

__all__ = ["attention", "dispatch", "operations", "tallies", "telling", "upkeep"]
