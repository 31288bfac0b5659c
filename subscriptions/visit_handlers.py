"""Letters about visits, on what happens to requests; imported by `handlers`."""

from django.db import transaction

from core import clock
from core.events import handler
from core.models import Event
from subscriptions.choices import AppointmentState, RequestState
from subscriptions.models import Appointment
from subscriptions.visit_jobs import send_visit_letter


@handler("request.scheduled")
def tell_of_visit(event: Event) -> None:
    """The visit that is agreed upon now; one that was moved again meanwhile tells of itself."""
    with transaction.atomic():
        visit = _last_visit(event.subject_id)
        if visit is None or visit.state != AppointmentState.CONFIRMED:
            return
        claimed = Appointment.objects.filter(pk=visit.pk, told_at__isnull=True)
        if claimed.update(told_at=clock.now()):
            send_visit_letter.enqueue(visit.pk, "agreed")


@handler("request.moved", "request.rejected", "request.cancelled")
def tell_of_cancelled_visit(event: Event) -> None:
    """A visit of which somebody was told will not take place."""
    if event.data.get("from") != RequestState.SCHEDULED:
        return
    with transaction.atomic():
        visit = _last_visit(event.subject_id)
        if visit is None or visit.state != AppointmentState.CANCELLED:
            return
        # Emptied once: the handler may run again.
        if Appointment.objects.filter(pk=visit.pk, told_at__isnull=False).update(told_at=None):
            send_visit_letter.enqueue(visit.pk, "cancelled")


def _last_visit(request_id: int) -> Appointment | None:
    return Appointment.objects.filter(request_id=request_id).order_by("-pk").first()
