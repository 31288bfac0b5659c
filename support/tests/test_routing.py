"""Where new tickets go, and whose turn it is."""

import pytest
from django.db import transaction

from core import clock
from core.choices import OrganizationKind
from core.tests.concurrency import together
from locations.tests.factories import BuildingFactory
from support.choices import Assignment, Priority, TicketState
from support.models import DeskRule, QueueMember, Tag, Ticket
from support.services.routing import give_in_turn, route
from support.tests.factories import (
    QueueFactory,
    QueueMemberFactory,
    TicketCategoryFactory,
    TicketFactory,
)
from users.tests.factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


def _agent(**fields):
    return UserFactory(is_staff=True, staff_scope="SUPPORT", **fields)


def _new(**fields):
    fields.setdefault("priority", "")
    fields.setdefault("owner", OrganizationFactory(kind=OrganizationKind.PERSON))
    return Ticket(subject=fields.pop("subject", "Help"), **fields)


def _rule(**fields):
    return DeskRule.objects.create(**{"name": "Rule", **fields})


# --- rules ------------------------------------------------------------------------------------
def test_a_category_sends_to_its_queue_with_its_priority():
    category = TicketCategoryFactory(priority=Priority.HIGH)
    ticket = _new(category=category)
    routed = route(ticket, "no internet")
    assert (ticket.queue, ticket.priority) == (category.queue, Priority.HIGH)
    assert (routed.rule, list(routed.tag_ids), ticket.assignee) == (None, [], None)


def test_without_a_category_the_default_queue_takes_it():
    QueueFactory(position=0)
    default = QueueFactory(position=5, is_default=True)
    ticket = _new()
    route(ticket, "")
    assert (ticket.queue, ticket.priority) == (default, Priority.NORMAL)


def test_a_queue_out_of_use_is_not_sent_to():
    default = QueueFactory(is_default=True)
    ticket = _new(category=TicketCategoryFactory(queue=QueueFactory(is_active=False)))
    _rule(queue=QueueFactory(is_active=False))
    route(ticket, "")
    assert ticket.queue == default


def test_a_chosen_priority_stays_unless_a_rule_says_another():
    category = TicketCategoryFactory(priority=Priority.LOW)
    ticket = _new(category=category, priority=Priority.URGENT)
    route(ticket, "")
    assert ticket.priority == Priority.URGENT
    _rule(priority=Priority.HIGH)
    route(ticket, "")
    assert ticket.priority == Priority.HIGH


def test_the_first_rule_that_fits_decides():
    QueueFactory()
    wanted, tag = QueueFactory(), Tag.objects.create(name="vip")
    agent = _agent()
    _rule(position=3, queue=QueueFactory())
    _rule(position=1, queue=QueueFactory(), is_active=False)
    _rule(position=1, queue=QueueFactory(), kind=OrganizationKind.PROVIDER)
    first = _rule(position=2, queue=wanted, priority=Priority.HIGH, assignee=agent)
    first.tags.add(tag)
    ticket = _new()
    routed = route(ticket, "")
    assert (ticket.queue, ticket.priority, ticket.assignee) == (wanted, Priority.HIGH, agent)
    assert (routed.rule, list(routed.tag_ids)) == (first, [tag.pk])


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("condition", ["category", "kind", "organization", "city", "all"])
def test_every_condition_of_a_rule_must_hold(condition, holds):
    QueueFactory(is_default=True)
    building, category = BuildingFactory(), TicketCategoryFactory()
    owner = OrganizationFactory(kind=OrganizationKind.AGENCY)
    right = {
        "category": category,
        "kind": OrganizationKind.AGENCY,
        "organization": owner,
        "city": building.city,
    }
    wrong = {
        "category": TicketCategoryFactory(),
        "kind": OrganizationKind.BUILDER,
        "organization": OrganizationFactory(kind=OrganizationKind.AGENCY),
        "city": BuildingFactory().city,
    }
    given = right if condition == "all" else {condition: right[condition]}
    if not holds:
        given = given | ({"city": wrong["city"]} if condition == "all" else {})
        given = given if condition == "all" else {condition: wrong[condition]}
    rule = _rule(**given, words="сеть")
    ticket = _new(category=category, owner=owner, building=building)
    assert route(ticket, "Упала сеть").rule == (rule if holds else None)


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("интернет", True),
        ("ИНТЕРНЕТ", True),
        ("терне", False),
        ("телефон, интернет", True),
        ("нет света; всё плохо", True),
        ("все плохо", True),
        ("плохо все", False),
        ("телефон", False),
        (" , ;", False),
    ],
)
def test_words_are_found_by_their_beginnings_in_subject_and_text(words, fits):
    QueueFactory()
    _rule(words=words)
    ticket = _new(subject="Интернета с утра нет.")
    assert bool(route(ticket, "Всё плохо!").rule) is fits


def test_strangers_fit_no_kind_and_no_organization():
    QueueFactory()
    _rule(kind=OrganizationKind.PERSON)
    _rule(organization=OrganizationFactory(kind=OrganizationKind.PERSON))
    assert route(_new(owner=None), "").rule is None


@pytest.mark.parametrize("left", [{"is_active": False}, {"staff_scope": "CONTENT"}])
def test_a_rule_gives_nothing_to_whoever_left_the_desk(left):
    QueueFactory()
    _rule(assignee=_agent(**left)) if "staff_scope" not in left else _rule(
        assignee=UserFactory(is_staff=True, **left)
    )
    ticket = _new()
    route(ticket, "")
    assert ticket.assignee is None


def test_rules_are_read_in_a_few_queries_however_many(django_assert_num_queries):
    QueueFactory(is_default=True)
    for number in range(12):
        rule = _rule(position=number, city=BuildingFactory().city, queue=QueueFactory())
        rule.tags.add(Tag.objects.create(name=f"tag {number}"))
    ticket = _new(building=BuildingFactory())
    with django_assert_num_queries(3):
        route(ticket, "text")


# --- in turn ----------------------------------------------------------------------------------
def _in_turn(*members, **fields):
    queue = QueueFactory(assignment=Assignment.ROUND_ROBIN, **fields)
    for options in members:
        QueueMemberFactory(queue=queue, **{"user": _agent(), **options})
    return queue


def _take(queue):
    """A new ticket of the queue, given in turn and saved as `open_ticket` does."""
    with transaction.atomic():
        ticket = TicketFactory.build(queue=queue, owner=None, requester=None)
        give_in_turn(ticket)
        ticket.save()
    return ticket.assignee_id


def test_tickets_are_given_in_turn():
    queue = _in_turn({}, {}, {})
    people = list(QueueMember.objects.order_by("pk").values_list("user_id", flat=True))
    assert [_take(queue) for _turn in range(7)] == [*people, *people, people[0]]


def test_turns_hold_when_the_clock_stands():
    queue = _in_turn({}, {})
    first, second = QueueMember.objects.order_by("pk").values_list("user_id", flat=True)
    with clock.set_to(clock.now()):
        assert [_take(queue) for _turn in range(4)] == [first, second, first, second]


def test_those_off_duty_and_those_who_left_are_passed_over():
    here = _agent()
    queue = _in_turn(
        {"is_on_duty": False},
        {"user": _agent(is_active=False)},
        {"user": UserFactory()},
        {"user": here},
    )
    assert [_take(queue) for _turn in range(2)] == [here.pk, here.pk]


def test_nobody_is_given_more_than_they_take():
    busy, free = _agent(), _agent()
    queue = _in_turn({"user": busy, "most_open": 2}, {"user": free, "most_open": 3})
    # Open ones count in whatever queue, and what is solved does not.
    TicketFactory(assignee=busy)
    TicketFactory.create_batch(5, assignee=busy, state=TicketState.SOLVED)
    given = [_take(queue) for _turn in range(5)]
    assert given == [busy.pk, free.pk, free.pk, free.pk, None]


def test_a_queue_by_hand_gives_nothing():
    queue = QueueFactory()
    QueueMemberFactory(queue=queue, user=_agent())
    assert _take(queue) is None


def test_whoever_was_named_keeps_it():
    agent = _agent()
    queue = _in_turn({})
    ticket = TicketFactory.build(queue=queue, owner=None, requester=None, assignee=agent)
    with transaction.atomic():
        assert give_in_turn(ticket) is False
    assert ticket.assignee == agent
    assert QueueMember.objects.get().last_given_at is None


@pytest.mark.django_db(transaction=True)
def test_twenty_tickets_at_once_are_shared_out_evenly():
    queue = _in_turn({}, {}, {}, {})
    given = together([lambda: _take(queue)] * 20)
    counts = {user_id: given.count(user_id) for user_id in set(given)}
    assert sorted(counts.values()) == [5, 5, 5, 5], given


@pytest.mark.django_db(transaction=True)
def test_twenty_tickets_at_once_do_not_pass_the_limit_even_over_two_queues():
    one, two = _agent(), _agent()
    members = [{"user": one, "most_open": 3}, {"user": two, "most_open": 4}]
    queues = [_in_turn(*members), _in_turn(*reversed(members))]
    given = together([lambda queue=queue: _take(queue) for queue in queues * 10])
    assert (given.count(one.pk), given.count(two.pk), given.count(None)) == (3, 4, 13), given
