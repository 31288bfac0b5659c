"""The home of a provider: the queue by deadline, today's visits, what was refused and why."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.parts.charts import ChartRow
from core.parts.text import count_or_more, grouped
from core.registry import Column, Panel, Tile
from pages.homes import tiles
from pages.homes.figures import figures_of
from pages.homes.home import Home, Welcome
from pages.homes.requests import first_rows
from subscriptions.choices import AppointmentState, RejectReason, RequestState
from subscriptions.filters import midnight
from subscriptions.models import Appointment, ConnectionRequest
from subscriptions.rights import keeps_plans
from subscriptions.selectors.requests import QueueCounts, at_risk, queue, queue_counts

REFUSED_DAYS = 30
# Refusals of the last days are found among so many of the newest refused.
REFUSED_WINDOW = 500
VISITS_SHOWN = 20


def provider_home(actor: Actor) -> Home:
    """At most seven queries, each over a bounded range of an index."""
    figures = figures_of(actor)
    if figures.is_new:
        return Home(welcome=_welcome(actor))
    counts = queue_counts(actor)
    return Home(
        tiles=[
            tiles.overdue_tile(
                count_or_more(counts.overdue),
                figures,
                tiles.list_url(due="overdue"),
                is_late=counts.overdue > 0,
            ),
            *_queue_tiles(counts),
            tiles.risk_tile(at_risk(actor)),
            tiles.connected_tile(figures),
        ],
        panels=[_queue(actor), _visits(actor), _refusals(actor)],
    )


def _queue_tiles(counts: QueueCounts) -> list[Tile]:
    shown = [
        (_("Due today"), counts.today, "today"),
        (_("Due tomorrow"), counts.tomorrow, "tomorrow"),
    ]
    due = [
        Tile(label, count_or_more(count), url=tiles.list_url(due=name))
        for label, count, name in shown
    ]
    return [*due, Tile(_("In work"), count_or_more(counts.all), url=tiles.list_url(group="open"))]


def _queue(actor: Actor) -> Panel:
    return Panel(
        "queue",
        _("Next by deadline"),
        "pages/panels/queue.html",
        {"rows": first_rows(actor, queue(actor))},
        url=tiles.list_url(group="open"),
    )


def _visits(actor: Actor) -> Panel:
    """Visits of the reader's day."""
    start = midnight(clock.today())
    visits = (
        Appointment.objects.filter(
            provider_id=actor.organization_id,
            starts_at__gte=start,
            starts_at__lt=start + timedelta(days=1),
            state=AppointmentState.CONFIRMED,
        )
        .select_related("request__building", "request__unit", "request__plan")
        .order_by("starts_at", "id")[: VISITS_SHOWN + 1]
    )
    rows = list(visits)
    return Panel(
        "visits",
        _("Visits today"),
        "pages/panels/visits.html",
        {"visits": rows[:VISITS_SHOWN], "more": len(rows) > VISITS_SHOWN},
        column=Column.ASIDE,
    )


def _refusals(actor: Actor) -> Panel:
    since = clock.now() - timedelta(days=REFUSED_DAYS)
    rows: Any = ConnectionRequest.objects.filter(
        provider_id=actor.organization_id, state=RequestState.REJECTED
    )
    newest = rows.order_by("-id").values_list("reason", "closed_at")[:REFUSED_WINDOW]
    reasons = [reason for reason, closed_at in newest if closed_at and closed_at >= since]
    return Panel(
        "refusals",
        _("Refusals in 30 days"),
        "pages/panels/refusals.html",
        {"rows": _by_reason(reasons)},
        url=tiles.list_url(state=RequestState.REJECTED.value),
        column=Column.ASIDE,
    )


def _by_reason(reasons: Iterable[str]) -> list[ChartRow]:
    labels = dict(RejectReason.choices)
    return [
        ChartRow(labels.get(reason, reason), count, grouped(count))
        for reason, count in Counter(reasons).most_common()
    ]


def _welcome(actor: Actor) -> Welcome:
    if keeps_plans(actor):
        return Welcome(
            _("No requests yet"),
            _("Agents file requests where you have stated coverage and offer a plan."),
            _("Add a plan"),
            reverse("plan_new"),
            icon="tag",
        )
    return Welcome(
        _("No requests yet"),
        _("They appear here by deadline, as soon as an agent files one."),
        icon="inbox",
    )
