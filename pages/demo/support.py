"""A living support desk: tickets of 90 days through the services, on the demo's clock."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock
from core.actor import Actor, system_actor
from core.choices import StaffScope
from core.models import Job
from core.working_hours import is_working_day
from locations.models import Building
from pages.demo import life
from pages.demo import support_words as words
from pages.demo.people import People, create_colleague, email_of, full_name
from subscriptions.models import ConnectionRequest, Subscription
from support.choices import Assignment, Channel, LinkKind, SendState
from support.models import (
    ArticleCategory,
    DeskCalendar,
    Macro,
    OutgoingMail,
    Queue,
    QueueMember,
    ServiceLevel,
    Ticket,
    TicketCategory,
)
from support.selectors.service_levels import calendar_for, forget_promises
from support.services.article_votes import vote
from support.services.help_loading import load_help
from support.services.mail.outgoing import send_letter
from support.services.moving import close_forgotten
from support.services.opening import NewTicket, Sender, open_ticket
from support.services.scoring import score_ticket
from support.services.talking import add_note, answer
from users.models import CustomUser

# Tickets whose whole life is past, and those of the last days that stand where they are.
PAST, RECENT = 42, 14
RECENT_FATES = ("new", "open", "pending", "held", "solved", "new", "open")
COLLEAGUES = 2
VOTES = 40
DAYS = 90
OFFICE_WEEK = [[["09:00", "13:00"], ["14:00", "18:00"]]] * 5 + [[], []]
MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass(slots=True)
class Desk:
    """Who works at the desk, what tickets are about, and what customers have."""

    chance: random.Random
    agents: list[Actor]
    categories: list[TicketCategory]
    customers: list[Actor]
    links: dict[tuple[int | None, str], list[str]] = field(default_factory=dict)

    def category(self, words_of_it: str) -> TicketCategory:
        """The category with these words in its name; of the desk's own the likeliest."""
        named = [row for row in self.categories if words_of_it in row.name.lower()]
        if not named and words_of_it == "не работает":
            named = [row for row in self.categories if row.is_outage]
        return (named or self.categories)[0]

    def filled_in(self, category: TicketCategory) -> dict[str, str]:
        """Something of the list for each field that has one."""
        lists = [row for row in category.fields.all() if row.choices]
        return {row.public_id: self.chance.choice(row.choices) for row in lists}

    def agent_of(self, ticket: Ticket) -> Actor:
        """Whoever has it; else somebody."""
        assignee = Ticket.objects.values_list("assignee_id", flat=True).get(pk=ticket.pk)
        theirs = [agent for agent in self.agents if agent.user_id == assignee]
        return (theirs or [self.chance.choice(self.agents)])[0]


def keep_desk(people: People, buildings: list[Building], chance: random.Random) -> None:
    """The knowledge base, the desk as it is set up, and its tickets."""
    now = clock.now()
    with clock.set_to(now - timedelta(days=DAYS)), transaction.atomic():
        load_help(system_actor())
        desk = _furnish(people, chance)
    lives = life.Lives()
    for number in range(PAST):
        topic, customer = _topic(desk, number)
        lives.add(_moment(chance, now), _whole(desk, topic, customer))
    for number in range(RECENT):
        topic, customer = _topic(desk, PAST + number)
        fate = RECENT_FATES[number % len(RECENT_FATES)]
        hours = chance.uniform(1, 20) if fate == "new" else chance.uniform(24, 90)
        lives.add(now - timedelta(hours=hours), _begun(desk, topic, customer, fate))
    _outage(desk, people, buildings, lives, now)
    for subject, body in words.LETTERS:
        lives.add(now - timedelta(hours=chance.uniform(2, 30)), _letter(desk, subject, body))
    for day in range(DAYS):
        lives.add(now - timedelta(days=day, minutes=1), _night())
    for _steps in lives.run(now):
        pass
    with transaction.atomic():
        _read(chance)
        _send()


# --- the desk ---------------------------------------------------------------------------------
def _furnish(people: People, chance: random.Random) -> Desk:
    """What the desk has of its own stays; what it lacks is made."""
    support = CustomUser.objects.get(email=email_of("support"))
    agents = [Actor(support, staff=StaffScope.SUPPORT)]
    agents += [create_colleague(chance, StaffScope.SUPPORT) for _ in range(COLLEAGUES)]
    queues = list(Queue.objects.filter(is_active=True)) or _queues()
    for queue in queues:
        for agent in agents:
            QueueMember.objects.get_or_create(queue=queue, user=agent.user)
    in_use = TicketCategory.objects.filter(archived_at=None).prefetch_related("fields")
    if not in_use:
        _make_categories(queues)
    if not ServiceLevel.objects.exists():
        for priority, (first, following, solution) in words.PROMISES.items():
            ServiceLevel.objects.create(
                priority=priority,
                first_minutes=first,
                next_minutes=following,
                solution_minutes=solution,
            )
    forget_promises()
    if not Macro.objects.exists():
        for position, (name, body, more) in enumerate(words.MACROS):
            Macro.objects.create(name=name, body=body, position=position, **more)
    customers = [
        *people.agents[:4],
        *people.builders[:2],
        people.operators[people.providers[0].pk][0],
        *people.holders,
        *people.holders,
    ]
    return Desk(chance, agents, list(in_use.all()), customers, _links(customers))


def _queues() -> list[Queue]:
    calendar = DeskCalendar.objects.create(
        name="Рабочие часы поддержки", week=[list(day) for day in OFFICE_WEEK]
    )
    return [
        Queue.objects.create(
            name=name,
            position=position,
            is_default=not position,
            calendar=calendar,
            assignment=Assignment.ROUND_ROBIN if position else Assignment.BY_HAND,
        )
        for position, name in enumerate(("Первая линия", "Технические вопросы"))
    ]


def _make_categories(queues: list[Queue]) -> None:
    for position, (name, icon, asks, outage, priority) in enumerate(words.CATEGORIES):
        TicketCategory.objects.create(
            name=name,
            icon=icon,
            queue=queues[-1] if outage else queues[0],
            asks_place=asks,
            is_outage=outage,
            priority=priority,
            position=position,
        )


def _links(customers: list[Actor]) -> dict[tuple[int | None, str], list[str]]:
    """Numbers of requests and subscriptions of each customer, a few of each."""
    found: dict[tuple[int | None, str], list[str]] = {}
    for actor in {customer.organization_id: customer for customer in customers}.values():
        for kind, model in (
            (LinkKind.REQUEST, ConnectionRequest),
            (LinkKind.SUBSCRIPTION, Subscription),
        ):
            rows = model.objects.visible_to(actor).order_by("-pk")
            numbers = list(rows.values_list("number", flat=True)[:12])
            found[actor.organization_id, kind.value] = numbers
    return found


# --- lives ------------------------------------------------------------------------------------
def _topic(desk: Desk, number: int) -> tuple[words.Topic, Actor]:
    """Every topic in turn, each with a customer whose it may be."""
    topic = words.TOPICS[number % len(words.TOPICS)]
    fitting = [actor for actor in desk.customers if actor.kind in topic.kinds]
    return topic, fitting[(number // len(words.TOPICS) + number) % len(fitting)]


def _whole(desk: Desk, topic: words.Topic, customer: Actor) -> life.Life:
    """A ticket from its first word to its score."""
    chance = desk.chance
    ticket = _open(desk, topic, customer)
    yield _later(ticket, chance.uniform(0.2, 3))
    agent = desk.agent_of(ticket)
    if topic.note and chance.random() < 0.7:
        add_note(agent, ticket, topic.note)
    if chance.random() < 0.6:
        answer(agent, ticket, topic.question, then="await_customer")
        yield clock.now() + timedelta(hours=chance.uniform(0.5, 20))
        answer(customer, ticket, topic.reply)
        yield _later(ticket, chance.uniform(0.3, 6))
    answer(agent, ticket, topic.solution, then="solve")
    if chance.random() < 0.14:
        yield clock.now() + timedelta(hours=chance.uniform(5, 40))
        answer(customer, ticket, words.REOPENED)
        yield _later(ticket, chance.uniform(0.5, 5))
        answer(agent, ticket, words.AGAIN, then="solve")
    if chance.random() < 0.65:
        yield clock.now() + timedelta(hours=chance.uniform(0.2, 30))
        _score(chance, customer, ticket)


def _begun(desk: Desk, topic: words.Topic, customer: Actor, fate: str) -> life.Life:
    """A ticket of the last days, which stands where its fate has left it."""
    chance = desk.chance
    ticket = _open(desk, topic, customer)
    if fate == "new":
        return
    yield clock.now() + timedelta(hours=chance.uniform(0.3, 4))
    agent = desk.agent_of(ticket)
    if topic.note:
        add_note(agent, ticket, topic.note)
    if fate == "held":
        until = clock.now() + timedelta(days=chance.randint(5, 9))
        data = {"held_for": chance.choice(words.HELD_FOR), "held_until": until}
        answer(agent, ticket, words.WAITING, then="hold", data=data)
    elif fate == "pending":
        answer(agent, ticket, topic.question, then="await_customer")
    elif fate == "solved":
        answer(agent, ticket, topic.solution, then="solve")
    else:
        answer(agent, ticket, words.FIRST_WORDS)


def _outage(
    desk: Desk, people: People, buildings: list[Building], lives: life.Lives, now: datetime
) -> None:
    """Four tickets of one building within an hour."""
    building = buildings[0]
    category = next((row for row in desk.categories if row.is_outage), desk.categories[0])
    customers = [*people.holders, people.agents[0], people.builders[0]]
    for place, (customer, (subject, body)) in enumerate(zip(customers, words.OUTAGE, strict=True)):
        new = NewTicket(
            subject=subject,
            body=body,
            category=category,
            fields=desk.filled_in(category),
            building=building,
        )
        lives.add(now - timedelta(minutes=70 - place * 17), _opened(customer, new))


def _opened(customer: Actor, new: NewTicket) -> life.Life:
    open_ticket(customer, new)
    return
    yield


def _letter(desk: Desk, subject: str, body: str) -> life.Life:
    """From somebody who has no account."""
    name = full_name(desk.chance)
    sender = Sender(name, f"letter{desk.chance.randrange(1000)}@mail.example")
    new = NewTicket(subject=subject, body=body)
    open_ticket(system_actor(), new, channel=Channel.MAIL, sender=sender)
    return
    yield


def _night() -> Iterator[datetime]:
    close_forgotten()
    return
    yield


def _open(desk: Desk, topic: words.Topic, customer: Actor) -> Ticket:
    numbers = desk.links.get((customer.organization_id, topic.about), [])
    links = [(topic.about, desk.chance.choice(numbers))] if numbers else []
    category = desk.category(topic.category)
    new = NewTicket(
        subject=topic.subject,
        body=topic.body,
        category=category,
        fields=desk.filled_in(category),
        links=links,
    )
    return open_ticket(customer, new)


def _score(chance: random.Random, customer: Actor, ticket: Ticket) -> None:
    value = chance.choices([5, 4, 3, 2, 1], [55, 25, 10, 5, 5])[0]
    if not Ticket.objects.get(pk=ticket.pk).is_open:
        score_ticket(customer, ticket.number, value, chance.choice(words.COMMENTS[value]))


def _later(ticket: Ticket, hours: float) -> datetime:
    """After so many working hours of the desk."""
    return calendar_for(ticket).add(clock.now(), timedelta(hours=hours))


def _moment(chance: random.Random, now: datetime) -> datetime:
    """A moment of the last 90 days but the last three, mostly of working hours."""
    while True:
        day = (now - timedelta(days=chance.uniform(3, DAYS - 1))).astimezone(MOSCOW).date()
        if is_working_day(day) or chance.random() < 0.15:
            return life.at(day, chance.choice(range(8, 21)), MOSCOW, chance.randrange(60))


# --- what is left to do -----------------------------------------------------------------------
def _read(chance: random.Random) -> None:
    """Readers say whether articles helped."""
    slugs = [
        slug
        for section in ArticleCategory.objects.all()
        for slug in section.articles.values_list("slug", flat=True)
    ]
    for number in range(VOTES):
        helped = chance.random() < 0.8
        comment = "" if helped or chance.random() < 0.5 else "Не хватает картинки с этим местом."
        vote(system_actor(), chance.choice(slugs), f"demo{number}", helped=helped, comment=comment)


def _send() -> None:
    """Letters of the past have gone out long ago: none of them is sent when a worker starts."""
    OutgoingMail.objects.filter(state=SendState.WAITING).update(
        state=SendState.SENT, sent_at=clock.now()
    )
    Job.objects.filter(task=send_letter.module_path).delete()
