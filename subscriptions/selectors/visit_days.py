"""The visits of a provider's crews: a day for a phone, and a week for a desk."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.choices import Role
from core.workflow import Transition
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment, ConnectionRequest
from subscriptions.request_workflow import offered_to
from subscriptions.route_links import RouteLink, routes_to
from subscriptions.selectors.visit_picks import times
from users.models import Organization, Team

AGREED = (AppointmentState.CONFIRMED, AppointmentState.DONE)
# What a crew does at the place; the other moves stand on the request's page.
ON_SITE = ("start_work", "connect", "complete", "reject_on_site")
VISITS_AT_MOST = 200
NO_CREW = "none"


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit of a day list."""

    visit: Appointment
    request: ConnectionRequest
    time: str
    routes: list[RouteLink]
    actions: dict[str, Transition]


def sees_all(actor: Actor) -> bool:
    """Whether the actor sees every crew's visits: those who only read, who lead, and staff."""
    return actor.role != Role.MEMBER


def crews_of(provider: Organization) -> list[Team]:
    return list(provider.teams.order_by("name"))


def visits_between(
    actor: Actor, since: datetime, until: datetime, crew: str = ""
) -> QuerySet[Appointment]:
    """Visits agreed upon that begin within the span, those of a crew where one is named.

    A MEMBER sees those of their own crew, those of requests given to them, and those that are
    nobody's. `crew` is the public id of a team, NO_CREW or "" for all that one sees.
    """
    rows = Appointment.objects.visible_to(actor).filter(
        starts_at__gte=since, starts_at__lt=until, state__in=AGREED
    )
    if not sees_all(actor):
        mine = Q(request__assignee_id=actor.user_id) | Q(team=None, request__assignee=None)
        if actor.team_id is not None:
            mine |= Q(team_id=actor.team_id)
        rows = rows.filter(mine)
    if crew == NO_CREW:
        rows = rows.filter(team=None)
    elif crew:
        rows = rows.filter(team__public_id=crew)
    return rows.order_by("starts_at", "ends_at", "pk")


def day_of_visits(
    actor: Actor, provider: Organization, day: date, crew: str = ""
) -> list[VisitLine]:
    """The visits of a day of the provider's calendar, in their order; one query."""
    since, until = bounds(provider, [day])
    rows = visits_between(actor, since, until, crew).select_related(
        "team", "request__client", "request__building", "request__unit", "request__category",
        "request__plan", "request__owner", "request__assignee", "request__target_unit__building",
    )  # fmt: skip
    return [_line(actor, provider, visit) for visit in rows[:VISITS_AT_MOST]]


def _line(actor: Actor, provider: Organization, visit: Appointment) -> VisitLine:
    request = visit.request
    request.provider = provider
    place = request.visited
    offered = offered_to(actor, request)
    # From "visit agreed upon" one comes to "connected" by way of the work, in one press.
    return VisitLine(
        visit,
        request,
        times(visit.starts_at, visit.ends_at),
        routes_to(place.latitude, place.longitude),
        {row.name: row for row in offered if row.name in ON_SITE},
    )


def bounds(provider: Organization, days: Collection[date]) -> tuple[datetime, datetime]:
    """From the first midnight of `days` to the last, by the provider's calendar."""
    zone = ZoneInfo(provider.time_zone)
    first, last = min(days), max(days) + timedelta(days=1)
    return (
        datetime.combine(first, time(), zone).astimezone(UTC),
        datetime.combine(last, time(), zone).astimezone(UTC),
    )
