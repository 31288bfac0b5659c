"""What visits add to the frame and to the page of a request."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.navigation import Section, register
from core.registry import Column, Panel, contributes
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.request_page import corresponds
from subscriptions.selectors.visit_panel import visit_facts

register(
    Section(
        "visits",
        _("Visits"),
        "calendar-event",
        "visit_day",
        order=12,
        kinds=frozenset({OrganizationKind.PROVIDER}),
        phone=True,
    )
)


@contributes("request.panels", order=20)
def visit(actor: Actor, request: ConnectionRequest) -> Panel | None:
    """The time that is held or agreed upon, the client's link, and who accepted the work."""
    if not corresponds(actor, request):
        return None
    facts = visit_facts(actor, request)
    if facts is None:
        return None
    return Panel(
        "visit",
        _("Visit"),
        "subscriptions/visits/panel.html",
        {"facts": facts, "back": reverse("request_detail", args=[request.number])},
        column=Column.ASIDE,
    )
