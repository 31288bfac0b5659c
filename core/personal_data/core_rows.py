"""What `core` itself keeps of a person: what they were told, long work, letters in the queue."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.events.registry import kinds
from core.models import Delivery, Job, Notification, Operation, SavedView
from core.operations import title_of
from core.personal_data.registry import Row, erases, exports

BATCH = 500


@exports(
    "notifications",
    _("Notifications"),
    order=70,
    fields={"at": _("Time"), "what": _("What happened"), "about": _("Number"), "read": _("Read")},
)
def notifications(user: Any) -> Iterable[Row]:
    catalogue = kinds()
    told = Notification.objects.filter(user=user).select_related("event").order_by("pk")
    for row in told.iterator(BATCH):
        known = catalogue.get(row.event.kind)
        yield {
            "at": row.created_at,
            "what": str(known.title) if known else row.event.kind,
            "about": row.event.data.get("number", ""),
            "read": row.read_at,
        }


@exports(
    "operations",
    _("Imports, exports and other long work"),
    order=75,
    fields={"started": _("Started"), "what": _("What was done"), "finished": _("Finished")},
)
def operations(user: Any) -> Iterable[Row]:
    for row in Operation.objects.filter(user=user).order_by("pk").iterator(BATCH):
        yield {
            "started": row.created_at,
            "what": str(title_of(row)),
            "finished": row.finished_at,
        }


@exports(
    "views",
    _("Saved views of lists"),
    order=77,
    fields={"list": _("List"), "name": _("Name"), "filters": _("Filters"), "shared": _("Shared")},
)
def views(user: Any) -> Iterable[Row]:
    kept = SavedView.objects.filter(user=user, own_key__isnull=True).order_by("pk")
    for row in kept.iterator(BATCH):
        yield {
            "list": row.list_name,
            "name": row.name,
            "filters": row.query,
            "shared": row.is_shared,
        }


@erases(order=12)
def erase_views(user: Any) -> None:
    """A shared view is the organization's: it stays, and tells no more of who made it."""
    SavedView.objects.filter(user=user, is_shared=False).delete()
    SavedView.objects.filter(user=user).update(user=None)


@erases(order=10)
def erase_operations(user: Any) -> None:
    """With what was uploaded for them and what they made, archives of personal data among it."""
    for row in Operation.objects.filter(user=user).iterator():
        for file in (row.source, row.result):
            if file:
                file.delete(save=False)
        row.delete()


@erases(order=70)
def erase_notifications(user: Any) -> None:
    Notification.objects.filter(user=user).delete()
    Delivery.objects.filter(user=user).delete()


@erases(order=80)
def erase_letters(user: Any) -> None:
    """Jobs that name the person's address or phone: letters that wait, were sent, or failed."""
    wanted = [text for text in (user.email, str(user.phone or "")) if text]
    for job in Job.objects.order_by("pk").iterator(BATCH):
        if job.state != Job.State.RUNNING and any(text in str(job.arguments) for text in wanted):
            job.delete()
