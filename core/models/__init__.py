from core.models.attention import Attention
from core.models.events import Event, EventParty, FeedCounter, Pulse
from core.models.jobs import Job, ScheduledRun, Worker
from core.models.notifications import Delivery, Notification
from core.models.operations import Operation
from core.models.tallies import Tally
from core.models.views import SavedView

__all__ = [
    "Attention",
    "Delivery",
    "Event",
    "EventParty",
    "FeedCounter",
    "Job",
    "Notification",
    "Operation",
    "Pulse",
    "SavedView",
    "ScheduledRun",
    "Tally",
    "Worker",
]
