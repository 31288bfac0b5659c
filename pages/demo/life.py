"""The lives of demo requests: what each side does, when, in working hours.

A life is a generator: it yields the moment of its next step and is resumed when the clock has come
to it. All lives run on one clock, so that numbers, events and figures come in the order of time.
"""

import heapq
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock
from core.actor import Actor
from core.gathering import gathered
from locations.models import Building
from pages.demo import words
from subscriptions.choices import CancelReason, RejectReason
from subscriptions.models import Client, ConnectionRequest, Plan, RequestBundle
from subscriptions.services.clients import create_client
from subscriptions.services.requests import (
    add_note,
    create_bundle,
    move_request,
    submit_bundle,
)
from subscriptions.services.requests.deadlines import calendar_of

Life = Iterator[datetime]
VISIT_HOURS = (9, 11, 13, 15, 17)
STEPS_PER_COMMIT = 100
CANCEL_REASONS = [
    CancelReason.CLIENT_REFUSED,
    CancelReason.NO_CONTACT,
    CancelReason.OTHER_PROVIDER,
    CancelReason.MISTAKE,
]
# A busy network's commonest answer stands twice.
REJECT_REASONS = [
    RejectReason.NO_PORT,
    RejectReason.NO_PORT,
    RejectReason.NO_LINE,
    RejectReason.NO_ACCESS,
    RejectReason.DEBT,
]


@dataclass(slots=True)
class Slot:
    """A place in a portfolio; the client is made when the first request needs one."""

    owner: Actor
    building: Building
    unit_number: str
    name: str
    phone: str
    kind: str
    client: Client | None = None
    # Categories wished for already: nobody orders the same thing twice.
    wished: set[str] = field(default_factory=set)

    def get(self, agent: Actor) -> Client:
        if self.client is None:
            self.client = create_client(
                agent, name=self.name, phone=self.phone, kind=self.kind, consent=True
            )
        return self.client


@dataclass(frozen=True, slots=True)
class Wish:
    """What is going to be filed, by whom."""

    agent: Actor
    building: Building
    unit_number: str
    plan_ids: list[int]
    slot: Slot | None


@dataclass(slots=True)
class Town:
    """Whom a life meets: the operators of each provider, and the chance that decides."""

    chance: random.Random
    operators: dict[int, list[Actor]]

    def operator_of(self, request: ConnectionRequest) -> Actor:
        """One operator keeps a request; who, is decided by its id."""
        crew = self.operators[request.provider_id]
        return crew[request.pk % len(crew)]


class Lives:
    """Many lives on one clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Life]] = []
        self._added = 0

    def add(self, begins: datetime, life: Life) -> None:
        self._added += 1
        heapq.heappush(self._heap, (begins, self._added, life))

    def run(self, until: datetime) -> Iterator[int]:
        """Lives them all in the order of time, up to `until`; yields how many steps are done.

        Many steps are committed together: fewer commits, and still no other writer waits for long.
        """
        steps = 0
        while self._heap and self._heap[0][0] < until:
            with gathered():
                for _ in range(STEPS_PER_COMMIT):
                    if not self._heap or self._heap[0][0] >= until:
                        break
                    self._step()
                    steps += 1
            yield steps

    def _step(self) -> None:
        moment, number, life = heapq.heappop(self._heap)
        with clock.set_to(moment):
            following = next(life, None)
        if following is not None:
            later = max(following, moment + timedelta(minutes=1))
            heapq.heappush(self._heap, (later, number, life))


def filing(wish: Wish, town: Town, spawn: Callable[[datetime, Life], None]) -> Life:
    """Files what is wished; each request of the bundle then lives on its own."""
    chance = town.chance
    bundle = create_bundle(
        wish.agent,
        building=wish.building,
        unit_number=wish.unit_number,
        plans=list(
            Plan.objects.filter(pk__in=wish.plan_ids).select_related("category", "provider")
        ),
        client=wish.slot.get(wish.agent) if wish.slot else None,
        comment=chance.choice(["", "", "", *words.NOTES]),
        preferred_visit=chance.choice(words.VISIT_WISHES),
        form_token=uuid.UUID(int=chance.getrandbits(128), version=4),
    )
    if chance.random() < 0.02:
        return  # stays a draft
    yield clock.now() + timedelta(minutes=chance.randint(1, 12))
    submit_bundle(wish.agent, bundle)
    for request in _requests_of(bundle):
        spawn(clock.now(), RequestLife(wish.agent, request, town).live())


def adding(slot: Slot) -> Life:
    """A client who is in the portfolio and has not ordered anything yet."""
    slot.get(slot.owner)
    return
    yield


def _requests_of(bundle: RequestBundle) -> list[ConnectionRequest]:
    rows = ConnectionRequest.objects.filter(bundle=bundle).select_related("provider")
    return list(rows.order_by("pk"))


class RequestLife:
    """One filed request, from the provider's first look to its end."""

    def __init__(self, agent: Actor, request: ConnectionRequest, town: Town) -> None:
        self.agent = agent
        self.request = request
        self.chance = town.chance
        self.operator = town.operator_of(request)
        self.office = calendar_of(request.provider)
        self.ended = False
        # A few requests are left lying: what an overdue queue is made of.
        self.slowness = 5.0 if self.chance.random() < 0.06 else 1.0

    def live(self) -> Life:
        yield self._later(0.4, 4)
        if self._ends(0.03, self._cancel):
            return
        self._do("start_check")
        yield self._later(1, 9)
        if self.chance.random() < 0.13:
            yield from self._question()
            if self.ended:
                return
        if self._ends(0.09, self._reject) or self._ends(0.03, self._cancel):
            return
        self._do("approve")
        if self.chance.random() < 0.25:
            self._note(self.operator)
        yield self._later(0.5, 8)
        if self._ends(0.03, self._cancel):
            return
        yield from self._visit()

    def _question(self) -> Life:
        self._do("ask_info", note=self.chance.choice(words.QUESTIONS))
        yield self._later(2, 30)
        if self._ends(0.08, self._cancel):
            return
        self._do("answer_info", by=self.agent, note=self.chance.choice(words.ANSWERS))
        yield self._later(1, 8)

    def _visit(self) -> Life:
        starts = self._slot()
        self._do("schedule", starts_at=starts, ends_at=starts + timedelta(hours=2))
        if self.chance.random() < 0.05:
            yield from self._pause()
            return
        if self.chance.random() < 0.09:
            yield starts - timedelta(hours=self.chance.randint(3, 14))
            starts = self._slot()
            self._do("reschedule", starts_at=starts, ends_at=starts + timedelta(hours=2))
        yield starts + timedelta(minutes=self.chance.randint(0, 40))
        if self._ends(0.04, self._cancel):
            return
        self._do("start_work")
        yield from self._work()

    def _work(self) -> Life:
        long = self.request.connection_fee > 5000
        if long:
            yield self.office.add_hours(clock.now(), self.chance.uniform(8, 40))
        else:
            yield clock.now() + timedelta(minutes=self.chance.randint(35, 170))
        if self._ends(0.03, self._reject_on_site):
            return
        self._do("connect")

    def _pause(self) -> Life:
        until = clock.today(self.office.zone) + timedelta(days=self.chance.randint(4, 20))
        self._do(
            "hold",
            held_until=until,
            **self.chance.choice(words.AWAITED),
            reason_text="Ждём подтверждения доступа.",
        )
        yield datetime.combine(until, datetime.min.time(), self.office.zone) + timedelta(hours=10)
        if self._ends(0.3, self._cancel):
            return
        self._do("resume")
        yield self._later(1, 4)
        starts = self._slot()
        self._do("reschedule", starts_at=starts, ends_at=starts + timedelta(hours=2))
        yield starts + timedelta(minutes=20)
        self._do("start_work")
        yield from self._work()

    # --- what they do -------------------------------------------------------------------------

    def _do(self, transition: str, *, by: Actor | None = None, **data: object) -> None:
        move_request(by or self.operator, self.request.number, transition, data)

    def _ends(self, share: float, end: Callable[[], None]) -> bool:
        if self.chance.random() >= share:
            return False
        end()
        self.ended = True
        return True

    def _cancel(self) -> None:
        reason = self.chance.choice(CANCEL_REASONS)
        self._do("cancel", by=self.agent, reason=reason)

    def _reject(self) -> None:
        reason = self.chance.choice(REJECT_REASONS)
        self._do("reject", reason=reason)

    def _reject_on_site(self) -> None:
        self._do("reject_on_site", reason_text="Кабельный ввод занят, завести кабель нельзя.")

    def _note(self, author: Actor) -> None:
        request = ConnectionRequest.objects.get(pk=self.request.pk)
        add_note(author, request, self.chance.choice(words.NOTES))

    def _later(self, least: float, most: float) -> datetime:
        """A moment after `least` to `most` working hours of the provider (longer for slow ones)."""
        hours = self.chance.uniform(least, most) * self.slowness
        return self.office.add_hours(clock.now(), hours)

    def _slot(self) -> datetime:
        """The beginning of a two-hour visit one to five days ahead."""
        day = clock.today(self.office.zone) + timedelta(
            days=self.chance.choice([1, 1, 2, 2, 3, 4, 5])
        )
        return at(day, self.chance.choice(VISIT_HOURS), self.office.zone)


def at(day: date, hour: int, zone: ZoneInfo, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
