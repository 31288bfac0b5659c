"""Tickets of all organizations, two years of them: nearly all closed, as on a desk that works."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from bench.data.common import NOW, SEED, insert
from bench.data.organizations import agencies, companies
from bench.shape import Shape, uneven
from core.choices import PartyRole, StaffScope, Via
from core.ids import luhn_check_digit
from core.models import Event, EventParty
from support.choices import Channel, DeskSide, Priority, TicketState
from support.models import (
    DeskCalendar,
    InternalNote,
    Queue,
    QueueMember,
    Ticket,
    TicketCategory,
    TicketMessage,
)
from support.models.tickets import NEVER, NUMBER_PREFIX
from users.models import CustomUser, Membership

DAYS = 720
QUEUES, CATEGORIES, STAFF = 8, 20, 40
STATES = {
    TicketState.CLOSED: 0.93,
    TicketState.SOLVED: 0.02,
    TicketState.PENDING: 0.015,
    TicketState.ON_HOLD: 0.005,
    TicketState.OPEN: 0.02,
    TicketState.NEW: 0.01,
}
OVER = {TicketState.CLOSED, TicketState.SOLVED}
PRIORITIES = {
    Priority.NORMAL: 0.7,
    Priority.LOW: 0.15,
    Priority.HIGH: 0.1,
    Priority.URGENT: 0.05,
}
# The newest have messages: so many tickets, two each. One has a long thread.
WITH_MESSAGES = 50_000
LONG_THREAD = 12
WEEK = [[["09:00", "13:00"], ["14:00", "18:00"]]] * 5 + [[], []]
MAIL = "bench-support{}@estconnect.example"


def make_tickets(shape: Shape) -> None:
    """Nothing where the shape has no tickets; the rest of the data is the same with them."""
    if not shape.tickets:
        return
    chance = random.Random(SEED)
    staff = _make_staff()
    queues = _make_queues(staff)
    categories = _make_categories(queues)
    owners = [*agencies(), *companies()]
    sizes = uneven(shape.tickets, len(owners), shape.largest_customer)
    order = [index for index, size in enumerate(sizes) for _ in range(size)]
    chance.shuffle(order)
    people = dict(Membership.objects.values_list("organization_id", "user_id"))

    def rows() -> Iterator[Ticket]:
        states = iter(chance.choices(list(STATES), weights=list(STATES.values()), k=len(order)))
        ranks = iter(
            chance.choices(list(PRIORITIES), weights=list(PRIORITIES.values()), k=len(order))
        )
        for serial, index in enumerate(order):
            owner = owners[index]
            opened = NOW - timedelta(days=DAYS) + timedelta(days=DAYS) * serial / len(order)
            state = next(states)
            yield _ticket(
                chance, serial, state, opened,
                priority=next(ranks), owner_id=owner.pk, requester_id=people[owner.pk],
                requester_name=f"Bench {people[owner.pk]}",
                queue=chance.choice(queues), category=chance.choice(categories),
                assignee=None if state == TicketState.NEW else chance.choice(staff),
            )  # fmt: skip

    insert(Ticket, rows())
    _make_messages(staff)
    _make_long_thread(staff[0])


def desk_staff() -> list[CustomUser]:
    """Who works the desk, in order."""
    return list(CustomUser.objects.filter(email__startswith="bench-support").order_by("pk"))


def busy_ticket() -> Ticket:
    """The one with a long thread."""
    return Ticket.objects.get(messages_count=LONG_THREAD)


def _make_staff() -> list[CustomUser]:
    insert(
        CustomUser,
        (
            CustomUser(
                email=MAIL.format(number), full_name=f"Bench support {number}", is_staff=True,
                staff_scope=StaffScope.SUPPORT, password="!",  # noqa: S106
            )
            for number in range(1, STAFF + 1)
        ),
    )  # fmt: skip
    return desk_staff()


def _make_queues(staff: list[CustomUser]) -> list[Queue]:
    calendar = DeskCalendar.objects.create(name="Bench", week=WEEK)
    queues = [
        Queue.objects.create(name=f"Bench queue {number}", calendar=calendar, position=100 + number)
        for number in range(1, QUEUES + 1)
    ]
    insert(
        QueueMember,
        (
            QueueMember(queue=queue, user=user)
            for place, user in enumerate(staff)
            for queue in (queues[place % QUEUES], queues[(place + 1) % QUEUES])
        ),
    )
    return queues


def _make_categories(queues: list[Queue]) -> list[TicketCategory]:
    return [
        TicketCategory.objects.create(
            name=f"Bench category {number}", queue=queues[number % QUEUES], position=100 + number
        )
        for number in range(1, CATEGORIES + 1)
    ]


def _number(serial: int) -> str:
    digits = f"{serial * 7_654_321 % 10_000_000:07d}"
    digits += luhn_check_digit(digits)
    return f"{NUMBER_PREFIX}-{digits[:4]}-{digits[4:]}"


def _ticket(
    chance: random.Random, serial: int, state: TicketState, opened: datetime, **rest: Any
) -> Ticket:
    over = state in OVER
    answered = None if state == TicketState.NEW else opened + timedelta(hours=2)
    changed = min(opened + timedelta(hours=chance.randint(1, 200)), NOW)
    return Ticket(
        number=_number(serial),
        mail_token=f"bench{serial:07d}",
        subject=f"Bench ticket {serial}: no connection in the evening",
        state=state,
        channel=Channel.WEB,
        created_at=opened,
        updated_at=changed,
        state_since=changed,
        first_answered_at=answered,
        first_answer_seconds=None if answered is None else chance.randint(60, 20_000),
        solved_at=changed if over else None,
        closed_at=changed if state == TicketState.CLOSED else None,
        solution_seconds=chance.randint(600, 200_000) if over else None,
        messages_count=2,
        **_deadlines(chance, state, changed),
        **rest,
    )


def _deadlines(chance: random.Random, state: TicketState, changed: datetime) -> dict[str, Any]:
    """As the clocks would have left them; every fifth open ticket has nothing promised."""
    if state in OVER or chance.random() < 0.2:
        return {"due_at": NEVER}
    due = NOW + timedelta(minutes=chance.randint(-2_000, 8_000))
    awaited = state == TicketState.PENDING
    return {
        "due_at": NEVER if awaited else due,
        "solution_due_at": None if awaited else due,
        "solution_left": 3_600 if awaited else None,
        "first_due_at": due if state == TicketState.NEW else None,
        "awaits_since": changed if state == TicketState.NEW else None,
        "alarm_at": None if awaited else due + timedelta(days=1),
        "stops": [[changed.isoformat(), None]] if awaited else [],
    }


def _make_messages(staff: list[CustomUser]) -> None:
    newest = Ticket.objects.order_by("-pk")[:WITH_MESSAGES]
    rows = list(newest.values_list("pk", "requester_id", "created_at"))
    insert(
        TicketMessage,
        (
            TicketMessage(
                public_id=f"b{pk:09d}{turn:02d}", ticket_id=pk, side=side, author_id=author,
                body="It has not worked since yesterday.\n\nPlease look at it.",
                created_at=opened + timedelta(hours=turn),
            )
            for pk, requester, opened in rows
            for turn, side, author in (
                (0, DeskSide.CUSTOMER, requester),
                (1, DeskSide.STAFF, staff[pk % len(staff)].pk),
            )
        ),
    )  # fmt: skip


def _make_long_thread(author: CustomUser) -> None:
    """Messages, notes and events, as of a problem that took its time."""
    ticket = Ticket.objects.filter(state=TicketState.OPEN).order_by("-pk")[5]
    ticket.messages_count = LONG_THREAD
    ticket.assignee = author
    ticket.save(update_fields=["messages_count", "assignee"])
    begun = TicketMessage.objects.filter(ticket=ticket).count()
    for turn in range(begun, LONG_THREAD):
        side = DeskSide.STAFF if turn % 2 else DeskSide.CUSTOMER
        TicketMessage.objects.create(
            ticket=ticket, side=side, author=author if turn % 2 else ticket.requester,
            body="One more thing, in a few lines.\n\n" * 4, created_at=NOW + timedelta(hours=turn),
        )  # fmt: skip
    for turn in range(4):
        InternalNote.objects.create(
            ticket=ticket, author=author, body="For us.", created_at=NOW + timedelta(hours=turn)
        )
    _add_events(ticket)


def _add_events(ticket: Ticket) -> None:
    position = Event.objects.aggregate(last=Max("position"))["last"] or 0
    for turn in range(1, 13):
        event = Event.objects.create(
            kind="ticket.state_changed",
            subject_type=Ticket._meta.label_lower,
            subject_id=ticket.pk,
            via=Via.WEB,
            data={"number": ticket.number, "from": "OPEN", "to": "PENDING"},
            created_at=NOW + timedelta(hours=turn),
            batch="00000000-0000-0000-0000-000000000001",
            position=position + turn,
        )
        EventParty.objects.create(
            event=event, organization_id=ticket.owner_id, role=PartyRole.OWNER
        )
