"""What of an organization's tickets is late: a figure for account managers."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from core.attention import Organizations, attention
from support.models import Ticket


@attention(
    "tickets_overdue",
    _("Late tickets"),
    weight=100,
    order=15,
    page="ticket_list",
    query="state=open",
)
def tickets_overdue(organizations: Organizations, now: datetime) -> Mapping[int, int]:
    """Tickets past a deadline of the desk, of organizations of any kind."""
    ids = [pk for of_kind in organizations.values() for pk in of_kind]
    late = Ticket.objects.filter(due_at__lt=now, owner_id__in=ids)
    return dict(late.order_by().values_list("owner_id").annotate(Count("pk")))
