"""Events of subjects as one side may read them.

The catalogue decides (`EventKind.audiences`): a kind that a side is not told of is not there, and
of the others only the fields named for that side.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole, Via
from core.errors import Text
from core.events.registry import kinds
from core.models import Event, EventParty
from core.prepared import Prepared

EVERY_SIDE = frozenset(PartyRole)
LENGTH = 50
# Later than any event.
_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, with nothing in it that its reader may not know."""

    id: int
    kind: str
    title: Text
    icon: str
    at: datetime
    # A person's name is told to colleagues and staff; the other side knows organizations.
    person: str
    organization: str
    is_own: bool
    data: Mapping[str, Any]
    # Whether the reader did it themselves.
    by_reader: bool = False


def sides_on(actor: Actor, row: Any) -> frozenset[PartyRole]:
    """The sides of `row` (it has owner_id, provider_id and holder_id) that the actor reads as.

    One organization may stand on two sides: who files for oneself is owner and holder.
    """
    if actor.organization_id is None:
        return EVERY_SIDE if actor.system or actor.is_admin else frozenset()
    parties = {
        PartyRole.OWNER: row.owner_id,
        PartyRole.PROVIDER: row.provider_id,
        PartyRole.HOLDER: row.holder_id,
    }
    return frozenset(role for role, party in parties.items() if party == actor.organization_id)


def read_timeline(
    actor: Actor,
    subjects: Collection[models.Model],
    sides: Collection[PartyRole],
    *,
    before: int | None = None,
    limit: int = LENGTH,
) -> list[Entry]:
    """The newest `limit` events of `subjects` (older than the event `before`) told to `sides`.

    One query. `data` holds the ids that events carry; their names are for the caller to look up.
    """
    told, own = kinds_told_to(sides)
    if not told:
        return []
    types = tuple(row._meta.label_lower for row in subjects)
    ids = [row.pk for row in subjects]
    if actor.organization_id is None or not own:
        newest = _newest(types, told, (), limit).fetch(_before(before), *ids)
    else:
        newest = _newest(types, told, own, limit).fetch(
            _before(before), *ids, actor.organization_id
        )
    return [_entry(actor, event, sides) for event in newest]


def kinds_told_to(sides: Collection[PartyRole]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds that stand in timelines of `sides`; of these, those that each keeps to itself.

    An event of the latter is for its parties alone, see `EventKind.own_alone`.
    """
    told = [
        kind for kind in kinds().values() if kind.in_timeline and kind.seen_by(sides) is not None
    ]
    return (
        tuple(kind.name for kind in told),
        tuple(kind.name for kind in told if kind.own_alone),
    )


def _is_party(organization: int) -> models.Exists:
    parties = EventParty.objects.filter(event=models.OuterRef("pk"), organization=organization)
    return models.Exists(parties)


def told_to(organization: int, sides: Collection[PartyRole]) -> models.Q:
    """The events that stand in timelines of an organization on these sides."""
    told, own = kinds_told_to(sides)
    return models.Q(kind__in=told) & (~models.Q(kind__in=own) | models.Q(_is_party(organization)))


def _before(event: int | None) -> int:
    return _LAST if event is None else event


@lru_cache(maxsize=64)
def _newest(
    types: tuple[str, ...], told: tuple[str, ...], own: tuple[str, ...], limit: int
) -> Prepared[Event]:
    """The newest events before one, of subjects of these types and of the kinds in `told`.

    With kinds in `own` the reader's organization follows the ids of the subjects.
    """

    def make(before: int, *given: int) -> models.QuerySet[Event]:
        ids = given[: len(types)]
        pairs = zip(types, ids, strict=True)
        about = (models.Q(subject_type=type_, subject_id=pk) for type_, pk in pairs)
        readable = models.Q(kind__in=told)
        if own:
            (organization,) = given[len(types) :]
            readable &= ~models.Q(kind__in=own) | models.Q(_is_party(organization))
        return (
            Event.objects.filter(reduce(or_, about), readable, pk__lt=before)
            .select_related("actor_user", "actor_organization")
            .only(
                "kind",
                "via",
                "data",
                "created_at",
                "actor_user__full_name",
                "actor_user__email",
                "actor_organization__name",
            )
            .order_by("-id")[:limit]
        )

    return Prepared(make)


def _entry(actor: Actor, event: Event, sides: Collection[PartyRole]) -> Entry:
    kind = kinds()[event.kind]
    allowed = kind.seen_by(sides) or frozenset()
    own = event.actor_organization_id is not None and (
        event.actor_organization_id == actor.organization_id
    )
    return Entry(
        id=event.pk,
        kind=event.kind,
        title=kind.title,
        icon=kind.icon,
        at=event.created_at,
        person=_person(actor, event, own),
        organization=_organization(event),
        is_own=own,
        data=MappingProxyType({key: event.data[key] for key in event.data if key in allowed}),
        by_reader=actor.user_id is not None and event.actor_user_id == actor.user_id,
    )


def _person(actor: Actor, event: Event, own: bool) -> str:
    if event.actor_user is None:
        return ""
    by_colleague = own and event.via != Via.STAFF
    return str(event.actor_user) if by_colleague or actor.is_staff or actor.system else ""


def _organization(event: Event) -> str:
    """Who acted, as both sides may know it; staff act for an organization, and say so."""
    name = event.actor_organization.name if event.actor_organization else ""
    if event.via == Via.LINK:
        return _("The client, by a link")
    if event.via == Via.STAFF:
        return _("Staff of the portal")
    return name or _("The portal")
