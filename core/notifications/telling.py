"""Tells people of an event: rows under their bells, and deliveries through channels."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db import transaction

from core import clock
from core.choices import PartyRole, Via
from core.events import beat, handler, kinds
from core.events.registry import kind as kind_named
from core.jobs import enqueue_many
from core.models import Delivery, Event, EventParty, Notification
from core.notifications.channels import Channel, channels
from core.notifications.delivering import deliver
from core.notifications.registry import recipients_of, staff_told_of

TOLD_KINDS = [name for name, declared in kinds().items() if declared.notify]


@dataclass(frozen=True, slots=True)
class Told:
    """User id → the organization for which they are told, None for staff; and those of them whom
    channels may reach.
    """

    people: Mapping[int, Any]
    reachable: Collection[int]


@handler(*TOLD_KINDS)
def tell(event: Event) -> None:
    """Puts an event under the bells of those it concerns, and sends it through every channel.

    All in one transaction: however often this runs, each person is told once.
    """
    told = _who(event)
    with transaction.atomic():
        _ring(event, told.people)
        _send(event, told)
    # After the commit, so that the bell's next poll finds the rows.
    organizations = (found for found in told.people.values() if found is not None)
    beat({organization.pk for organization in organizations})


def people_to_tell(event: Event) -> dict[int, Any]:
    """User id → the organization for which they are told; without the person who acted.

    The sides that the kind names, without the one that acted: it knows. Staff act for a side that
    does not know, so that side is told as well. Of what an organization keeps to itself its own
    people are told, and nobody else. Staff who are told as such have None.
    """
    return dict(_who(event).people)


def _who(event: Event) -> Told:
    people = _members_to_tell(event)
    # What happens in a sandbox leaves the portal through no channel.
    reachable = {pk for pk, organization in people.items() if not organization.is_sandbox}
    if PartyRole.SUPPORT in kind_named(event.kind).notify:
        staff = staff_told_of(event)
        new = [pk for pk in staff.user_ids if pk not in people]
        people |= dict.fromkeys(new)
        if not staff.is_sandbox:
            reachable.update(new)
    if event.actor_user_id is not None:
        people.pop(event.actor_user_id, None)
        reachable.discard(event.actor_user_id)
    return Told(people, reachable)


def _members_to_tell(event: Event) -> dict[int, Any]:
    told: dict[int, Any] = {}
    kind = kind_named(event.kind)
    parties = EventParty.objects.filter(event=event, role__in=kind.notify)
    for party in parties.select_related("organization").order_by("pk"):
        is_own = party.organization_id == event.actor_organization_id
        if kind.own_alone or not is_own or event.via == Via.STAFF:
            for user_id in recipients_of(event, PartyRole(party.role), party.organization):
                told.setdefault(user_id, party.organization)
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
            for user_id, organization in sorted(told.items(), key=itemgetter(0))
        ],
        ignore_conflicts=True,
    )


def _send(event: Event, told: Told) -> None:
    """Writes a delivery and its job for each person and channel that has none yet."""
    known = set(Delivery.objects.filter(event=event).values_list("user_id", "channel"))
    wanted = [
        Delivery(event=event, user_id=user_id, channel=channel.name, created_at=clock.now())
        for channel in _channels_for(event)
        for user_id in sorted(channel.reachable(told.reachable))
        if (user_id, channel.name) not in known
    ]
    Delivery.objects.bulk_create(wanted)
    enqueue_many(deliver, [(delivery.pk,) for delivery in wanted])


def _channels_for(event: Event) -> list[Channel]:
    """Not by letter where the app writes a letter of its own."""
    by_letter = kind_named(event.kind).mailed
    return [channel for channel in channels() if by_letter or not channel.is_letter]
