"""Writes events in the transaction of the change they tell of."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.events.registry import kind as kind_named
from core.gathering import gathering_now
from core.models import Event, EventParty, Pulse

BATCH = 500
# What is written quietly at present.
_quiet: ContextVar["_Past | None"] = ContextVar("quiet", default=None)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be written: see `emit` for the fields."""

    kind: str
    subject: models.Model
    parties: Mapping[PartyRole, Any]
    data: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[PartyRole, Any]:
        """The organizations that hear of it, by side."""
        audiences = kind_named(self.kind).audiences
        return {
            role: organization
            for role, organization in self.parties.items()
            if organization is not None and role in audiences
        }


def emit(
    actor: Actor,
    kind: str,
    subject: models.Model,
    parties: Mapping[PartyRole, Any],
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Writes an event about `subject` for `parties` (side → organization or None).

    Must run inside the transaction of the change: both commit or vanish together. The first event
    of a transaction enqueues the one job that dispatches them all. Raises KeyError for a kind that
    is not in the catalogue and ValueError for a field that no audience of the kind may see.
    """
    return emit_many(actor, [Draft(kind, subject, parties, data or {})])[0]


def emit_many(actor: Actor, drafts: Iterable[Draft]) -> list[Event]:
    """Writes many events in two statements per 500; otherwise as `emit`."""
    if not connection.in_atomic_block:
        raise RuntimeError("An event is written in the transaction of the change it tells of.")
    wanted = list(drafts)
    if not wanted:
        return []
    past = _quiet.get()
    if past is not None:
        return past.add(actor, wanted)
    events = _events(actor, wanted, uuid.uuid4())
    parties = _parties(events, wanted)
    gathering = gathering_now()
    if gathering is None:
        _write(events, parties)
    else:
        # They have no id until the end of the block.
        gathering.keep(_write_gathered, [(events, parties)])
    return events


def _write(events: list[Event], parties: list[EventParty]) -> None:
    mark = _mark()
    for event in events:
        event.batch = mark.batch
    Event.objects.bulk_create(events, batch_size=BATCH)
    EventParty.objects.bulk_create(parties, batch_size=BATCH)
    mark.organization_ids.update(party.organization_id for party in parties)


def _write_gathered(items: list[tuple[list[Event], list[EventParty]]]) -> None:
    _write(
        [event for events, _parties_ in items for event in events],
        [party for _events_, parties in items for party in parties],
    )


def _events(actor: Actor, drafts: list[Draft], batch: uuid.UUID) -> list[Event]:
    now = clock.now()
    return [_event(actor, draft, batch, now) for draft in drafts]


def _parties(events: list[Event], drafts: list[Draft]) -> list[EventParty]:
    return [
        EventParty(event=event, organization=organization, role=role)
        for event, draft in zip(events, drafts, strict=True)
        for role, organization in draft.told().items()
    ]


def _event(actor: Actor, draft: Draft, batch: uuid.UUID, now: Any) -> Event:
    audiences = kind_named(draft.kind).audiences
    unknown = set(draft.data) - set().union(*audiences.values())
    if unknown:
        raise ValueError(f"{draft.kind} declares no audience for {sorted(unknown)}.")
    return Event(
        kind=draft.kind,
        subject_type=draft.subject._meta.label_lower,
        subject_id=draft.subject.pk,
        actor_user_id=actor.user_id,
        actor_organization_id=actor.organization_id,
        via=actor.via,
        data=dict(draft.data),
        created_at=now,
        batch=batch,
    )


def beat(organization_ids: Iterable[int]) -> None:
    """Lets the pages of these organizations know that something changed.

    Called outside of transactions, a row at a time: so it never waits while holding another row.
    """
    for organization_id in sorted(set(organization_ids)):
        rows = Pulse.objects.filter(organization_id=organization_id)
        if not rows.update(version=F("version") + 1):
            Pulse.objects.bulk_create(
                [Pulse(organization_id=organization_id, version=1)], ignore_conflicts=True
            )


@contextmanager
def quietly() -> Iterator[None]:
    """Within the block events stand in timelines, but nobody is told of them.

    For demo data and for a past that is imported: thousands of changes, whose events are gathered
    and written 500 at a time, the last of them at the end of the block. Until then they have no id;
    what the block undoes by a savepoint of its own is told all the same, so it must not.
    """
    past = _Past()
    token = _quiet.set(past)
    try:
        yield
    finally:
        _quiet.reset(token)
    # Not where the block failed: of what did not happen nothing is told.
    past.end()


class _Past:
    """Events that are written quietly, in their order."""

    def __init__(self) -> None:
        self.batch = uuid.uuid4()
        self.organization_ids: set[int] = set()
        self._events: list[Event] = []
        self._parties: list[EventParty] = []

    def add(self, actor: Actor, drafts: list[Draft]) -> list[Event]:
        events = _events(actor, drafts, self.batch)
        self._events += events
        self._parties += _parties(events, drafts)
        if len(self._events) >= BATCH:
            self._write()
        return events

    def end(self) -> None:
        self._write()
        beat(self.organization_ids)

    def _write(self) -> None:
        from core.events.dispatch import give_positions

        with transaction.atomic():
            give_positions(self._events)
            Event.objects.bulk_create(self._events, batch_size=BATCH)
            EventParty.objects.bulk_create(self._parties, batch_size=BATCH)
        self.organization_ids.update(party.organization_id for party in self._parties)
        self._events, self._parties = [], []


class _Mark:
    """Found among the on-commit callbacks: gone when the transaction or its savepoint is undone."""

    def __init__(self, batch: uuid.UUID) -> None:
        self.batch = batch
        self.organization_ids: set[int] = set()

    def __call__(self) -> None:
        # At once and not by the job: whoever acted sees it in their other pages too. The job beats
        # again, for the case that the process dies right here.
        beat(self.organization_ids)


def _mark() -> _Mark:
    for entry in connection.run_on_commit:
        callback = entry[1]
        if isinstance(callback, _Mark):
            return callback
    from core.events.dispatch import dispatch_events

    mark = _Mark(uuid.uuid4())
    transaction.on_commit(mark, robust=True)
    dispatch_events.enqueue(str(mark.batch))
    return mark
