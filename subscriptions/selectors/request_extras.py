"""What some columns of requests show beside the rows themselves, a page of rows at a time."""

from collections import defaultdict
from datetime import datetime

from core.actor import Actor
from subscriptions.choices import AppointmentState
from subscriptions.models import Appointment, ConnectionRequest


def visits_of(actor: Actor, request_ids: list[int]) -> dict[int, datetime]:
    """When the visit begins that is agreed upon, or took place, by request."""
    found = Appointment.objects.filter(
        request_id__in=request_ids,
        state__in=(AppointmentState.CONFIRMED, AppointmentState.DONE),
    ).order_by("starts_at")
    # The latest of several stays.
    return dict(found.values_list("request_id", "starts_at"))


def tags_of_clients(actor: Actor, request_ids: list[int]) -> dict[int, list[str]]:
    """The tags of each request's client, in one query; those of the reader's own portfolio."""
    tags: dict[int, list[str]] = defaultdict(list)
    rows = (
        ConnectionRequest.objects.filter(
            pk__in=request_ids, client__owner_id=actor.organization_id, client__tags__isnull=False
        )
        .order_by("client__tags__search_key")
        .values_list("pk", "client__tags__name")
    )
    for pk, name in rows:
        tags[pk].append(name)
    return tags
