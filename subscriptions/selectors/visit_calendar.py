"""A calendar of visits, as calendar programs read it (RFC 5545)."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.parts.text import phone
from subscriptions.choices import AppointmentState, FeedScope
from subscriptions.models import Appointment, CalendarFeed
from subscriptions.selectors.request_page import place_in_words
from subscriptions.services.visits.feeds import may_read_team, scopes_for

PAST, AHEAD = timedelta(days=31), timedelta(days=184)
FILED_WITHIN = timedelta(days=365)
EVENTS_AT_MOST = 2000
# Grows when what is written of a visit changes.
FORMAT = 2
_STATUS = {
    AppointmentState.HELD: "TENTATIVE",
    AppointmentState.CONFIRMED: "CONFIRMED",
    AppointmentState.DONE: "CONFIRMED",
    AppointmentState.CANCELLED: "CANCELLED",
}


def visits_of_feed(feed: CalendarFeed, actor: Actor) -> list[Appointment]:
    """The last visit of each request in the feed, from a month ago on; one query.

    Nothing where the rights that it was made with are gone.
    """
    if feed.scope not in scopes_for(actor):
        return []
    now = clock.now()
    rows = Appointment.objects.visible_to(actor).filter(
        starts_at__gte=now - PAST, starts_at__lt=now + AHEAD
    )
    if actor.kind != OrganizationKind.PROVIDER:
        # Bounds what is read of an agency of many years: older requests have no visit now.
        rows = rows.filter(request__submitted_at__gte=now - FILED_WITHIN)
    found = _of_scope(feed, actor, rows).select_related(
        "request__building", "request__unit", "request__category", "request__client", "provider",
        "request__target_unit__building",
    )  # fmt: skip
    last: dict[int, Appointment] = {}
    for visit in found.order_by("-pk")[:EVENTS_AT_MOST]:
        last.setdefault(visit.request_id, visit)
    return sorted(last.values(), key=lambda visit: (visit.starts_at, visit.pk))


def _of_scope(
    feed: CalendarFeed, actor: Actor, rows: "QuerySet[Appointment]"
) -> "QuerySet[Appointment]":
    if feed.scope == FeedScope.ALL:
        return rows
    if feed.scope == FeedScope.TEAM:
        allowed = may_read_team(actor, feed.team_id)
        return rows.filter(team=feed.team) if allowed else rows.none()
    if actor.kind != OrganizationKind.PROVIDER:
        return rows.filter(request__created_by_id=actor.user_id)
    mine = Q(request__assignee_id=actor.user_id)
    if actor.team_id is not None:
        mine |= Q(team_id=actor.team_id)
    return rows.filter(mine)


def etag_of(feed: CalendarFeed, visits: Sequence[Appointment]) -> str:
    """Changes with whatever the calendar holds."""
    parts = [f"{FORMAT} {feed.pk} {feed.scope} {feed.with_contacts} {settings.SITE_URL}"]
    for visit in visits:
        client = visit.request.client if feed.with_contacts else None
        parts.append(
            f"{visit.pk} {visit.sequence} {visit.state} {visit.starts_at} {_changed(visit)} "
            f"{client.updated_at if client else ''} {visit.request.visited.address}"
        )
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def calendar_of_visits(feed: CalendarFeed, visits: Sequence[Appointment]) -> bytes:
    """The feed as a calendar program takes it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Estconnect//Visits//RU")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Visits: %(name)s") % {"name": feed.organization.name})
    calendar.add("refresh-interval;value=duration", "PT1H")
    for visit in visits:
        calendar.add_component(_event(visit, feed.with_contacts))
    return calendar.to_ical()


def _event(visit: Appointment, with_contacts: bool) -> Event:
    request = visit.request
    place = place_in_words(request.visited.address, request.visited_unit.number)
    event = Event()
    host = urlsplit(settings.SITE_URL).hostname
    # One event for the request's visit, however often it is moved.
    event.add("uid", f"{request.number}@{host}")
    event.add("sequence", visit.sequence)
    event.add("status", _STATUS[AppointmentState(visit.state)])
    event.add("dtstamp", _changed(visit))
    event.add("last-modified", _changed(visit))
    event.add("dtstart", visit.starts_at.astimezone(UTC))
    event.add("dtend", visit.ends_at.astimezone(UTC))
    service = " · ".join(filter(None, (request.change_in_words, request.category.name)))
    event.add("summary", f"{service}: {place}")
    event.add("location", place)
    lines = [request.number, visit.provider.name]
    if with_contacts and request.client is not None:
        lines += [request.client.name, phone(request.client.phone)]
    event.add("description", "\n".join(lines))
    event.add("url", settings.SITE_URL + reverse("request_detail", args=[request.number]))
    return event


def _changed(visit: Appointment) -> datetime:
    return (visit.updated_at or visit.created_at).astimezone(UTC)
