"""Hands committed events to their handlers."""

import uuid
from collections import defaultdict

from django.db import transaction
from django.db.models import QuerySet

from core.events.emit import beat
from core.events.registry import handler_named, handlers_of
from core.jobs import enqueue_many, job
from core.models import Event, EventParty, FeedCounter

BATCH = 500
# Handlers matter more than most jobs: these retries span about a day.
RETRIES = 30


@job(retries=RETRIES)
def dispatch_events(batch: str) -> None:
    """Gives the events of one transaction their feed positions and enqueues their handlers.

    Positions and handler jobs are written together: however often this runs, each handler is
    enqueued once.
    """
    with transaction.atomic():
        calls: dict[str, list[tuple[str, int]]] = defaultdict(list)
        while events := _place(Event.objects.filter(batch=batch)):
            for event in events:
                for found in handlers_of(event.kind):
                    calls[found.queue].append((found.name, event.pk))
        for queue, wanted in calls.items():
            enqueue_many(run_handler.using(queue_name=queue), wanted)
    _beat_all(batch)


@job(retries=RETRIES)
def run_handler(name: str, event_id: int) -> None:
    """Runs one handler for one event; a handler's error delays no other handler."""
    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        handler_named(name).run(event)


def _place(events: QuerySet[Event]) -> list[Event]:
    """The next feed positions to up to 500 events that have none; returns these events."""
    # Locked before they are read: of two that place the same events, the second finds none.
    counter = _lock_counter()
    waiting = list(events.filter(position__isnull=True).order_by("id")[:BATCH])
    _count_on(counter, waiting)
    Event.objects.bulk_update(waiting, ["position"])
    return waiting


def give_positions(events: list[Event]) -> None:
    """The next feed positions to `events`, which the caller saves in the same transaction."""
    _count_on(_lock_counter(), events)


def _count_on(counter: FeedCounter, events: list[Event]) -> None:
    """Under the counter's lock, which is held until the commit: whoever sees a position sees all
    lower ones, so that a reader by cursor misses nothing.
    """
    for event in events:
        counter.last += 1
        event.position = counter.last
    counter.save(update_fields=["last"])


def _lock_counter() -> FeedCounter:
    locked = FeedCounter.objects.select_for_update().filter(pk=1)
    counter = locked.first()
    if counter is None:
        # The very first event; whoever else makes the row at this moment makes the same one.
        FeedCounter.objects.bulk_create([FeedCounter(pk=1)], ignore_conflicts=True)
        counter = locked.get()
    return counter


def _beat_all(batch: str | uuid.UUID) -> None:
    parties = EventParty.objects.filter(event__batch=batch)
    beat(parties.values_list("organization_id", flat=True).distinct())
