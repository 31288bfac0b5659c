"""What the page of a request says of its visit."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment, ConnectionRequest
from subscriptions.request_workflow import sides_of
from subscriptions.selectors.request_history import visit_in_words
from subscriptions.selectors.request_page import last_visit
from subscriptions.services.visits.booking import may_hold


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """`link` says in words how the client's link stands; "" where there is none to speak of."""

    number: str
    held: Appointment | None
    held_in_words: str
    may_hold: bool
    visit: Appointment | None
    link: str
    may_manage: bool
    crew: str
    signed_name: str


def visit_facts(actor: Actor, request: ConnectionRequest) -> VisitFacts | None:
    """None where there is nothing to say; a query where a visit is ahead."""
    holds = may_hold(actor, request)
    visit = last_visit(request)
    if visit is None and not holds:
        return None
    held = visit if visit is not None and visit.state == AppointmentState.HELD else None
    agreed = visit is not None and visit.state == AppointmentState.CONFIRMED
    ahead = visit if agreed and visit is not None and visit.starts_at > clock.now() else None
    return VisitFacts(
        request.number,
        held,
        visit_in_words(held.starts_at, held.ends_at) if held else "",
        holds,
        ahead,
        _link(ahead) if ahead else "",
        ahead is not None and bool(sides_of(actor, request)),
        (visit.crew or "") if visit is not None else "",
        (visit.signed_name or "") if visit is not None else "",
    )


def _link(visit: Appointment) -> str:
    link = visit.links.order_by("-pk").first()
    if link is None:
        return _("not sent yet")
    if link.used_at is not None:
        return _("used")
    return _("revoked") if link.revoked_at is not None else _("can be used")
