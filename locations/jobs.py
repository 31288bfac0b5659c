"""What this app does later: imported at start, so that its jobs are known."""

from locations.services import findings

__all__ = ["findings"]
