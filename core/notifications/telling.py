"""Tells people of an event: rows under their bells, and deliveries through channels."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import clock
from core.choices import PartyRole, Via
from core.events import beat, handler, kinds
from core.events.registry import kind as kind_named
from core.jobs import enqueue_many
from core.models import Delivery, Event, EventParty, Notification
from core.notifications.channels import channels
from core.notifications.delivering import deliver
from core.notifications.registry import recipients_of

TOLD_KINDS = [name for name, declared in kinds().items() if declared.notify]


@handler(*TOLD_KINDS)
def tell(event: Event) -> None:
    """Puts an event under the bells of those it concerns, and sends it through every channel.

    All in one transaction: however often this runs, each person is told once.
    """
    told = people_to_tell(event)
    with transaction.atomic():
        _ring(event, told)
        _send(event, told)
    # After the commit, so that the bell's next poll finds the rows.
    beat({organization.pk for organization in told.values()})


def people_to_tell(event: Event) -> dict[int, Any]:
    """User id → the organization for which they are told; without the person who acted.

    The sides that the kind names, without the one that acted: it knows. Staff act for a side that
    does not know, so that side is told as well. Of what an organization keeps to itself its own
    people are told, and nobody else.
    """
    told: dict[int, Any] = {}
    kind = kind_named(event.kind)
    wanted = kind.notify
    parties = EventParty.objects.filter(event=event, role__in=wanted)
    for party in parties.select_related("organization").order_by("pk"):
        is_own = party.organization_id == event.actor_organization_id
        if kind.own_alone or not is_own or event.via == Via.STAFF:
            for user_id in recipients_of(event, PartyRole(party.role), party.organization):
                told.setdefault(user_id, party.organization)
    if event.actor_user_id is not None:
        told.pop(event.actor_user_id, None)
    return told


def _ring(event: Event, told: Mapping[int, Any]) -> None:
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=user_id,
                organization=organization,
                event=event,
                created_at=event.created_at,
            )
            for user_id, organization in sorted(told.items())
        ],
        ignore_conflicts=True,
    )


def _send(event: Event, told: Mapping[int, Any]) -> None:
    """Writes a delivery and its job for each person and channel that has none yet."""
    # What happens in a sandbox leaves the portal through no channel.
    reached = [user_id for user_id, organization in told.items() if not organization.is_sandbox]
    known = set(Delivery.objects.filter(event=event).values_list("user_id", "channel"))
    wanted = [
        Delivery(event=event, user_id=user_id, channel=channel.name, created_at=clock.now())
        for channel in channels()
        for user_id in sorted(channel.reachable(reached))
        if (user_id, channel.name) not in known
    ]
    Delivery.objects.bulk_create(wanted)
    enqueue_many(deliver, [(delivery.pk,) for delivery in wanted])
