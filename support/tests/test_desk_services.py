"""What the desk does with a ticket beside talking."""

from datetime import timedelta

import pytest

from core import clock
from core.choices import Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.tests.concurrency import together
from locations.tests.factories import BuildingFactory, UnitFactory
from subscriptions.choices import FieldKind
from support.choices import Assignment, Priority, TicketRelationKind
from support.models import (
    CategoryField,
    Observer,
    Presence,
    Tag,
    Ticket,
    TicketRelation,
    TicketWord,
)
from support.selectors.relations import relations_of
from support.services.assignment import assign
from support.services.observers import add_observer, remove_observer
from support.services.presence import forget_gone, mark_gone, mark_present, others_at
from support.services.relations import relate, unrelate
from support.services.sorting import sort_ticket
from support.services.tags import tag_ticket
from support.tests.desk import (
    SEE_IT,
    a_ticket_of,
    an_agent,
    an_owner,
    strangers_to_the_desk,
    told,
)
from support.tests.factories import (
    QueueFactory,
    QueueMemberFactory,
    TicketCategoryFactory,
    TicketFactory,
)
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("act", ["assign", "sort", "tag", "relate", "unrelate"])
def test_only_the_desk_works_tickets(act):
    owner = an_owner()
    ticket, other = a_ticket_of(owner), a_ticket_of(owner)
    acts = {
        "assign": lambda actor: assign(actor, ticket, an_agent().user),
        "sort": lambda actor: sort_ticket(actor, ticket, priority=Priority.HIGH),
        "tag": lambda actor: tag_ticket(actor, ticket, add=["tag"]),
        "relate": lambda actor: relate(actor, ticket, other),
        "unrelate": lambda actor: unrelate(actor, ticket, other),
    }
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    for name, actor in strangers_to_the_desk(owner).items():
        wanted = Forbidden if name in SEE_IT else (Forbidden, NotVisible)
        with pytest.raises(wanted):
            acts[act](actor)
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before
    assert (Tag.objects.count(), TicketRelation.objects.count()) == (0, 0)
    for scope in (StaffScope.SUPPORT, StaffScope.ADMIN):
        acts[act](an_agent(scope))


# --- assignment -------------------------------------------------------------------------------
def test_a_ticket_is_given_to_a_colleague_and_taken_back():
    actor, colleague = an_agent(), an_agent().user
    ticket = TicketFactory()
    given = assign(actor, ticket, colleague, version=ticket.version)
    assert (given.assignee, given.version) == (colleague, ticket.version + 1)
    assign(actor, ticket, colleague)
    assert assign(actor, ticket, None).assignee is None
    number = ticket.number
    assert told("ticket.assigned") == [
        {"number": number, "assignee": colleague.pk, "by_rule": False},
        {"number": number, "assignee": None, "by_rule": False},
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"is_staff": True, "staff_scope": "ACCOUNT_MANAGER"},
        {"is_staff": True, "staff_scope": "CONTENT"},
        {"is_staff": True, "staff_scope": "SUPPORT", "is_active": False},
    ],
)
def test_nobody_but_the_desk_is_given_tickets(fields):
    with pytest.raises(DomainError) as refused:
        assign(an_agent(), TicketFactory(), UserFactory(**fields))
    assert refused.value.field == "assignee"


def test_what_a_colleague_has_changed_meanwhile_is_not_overwritten():
    ticket = TicketFactory()
    assign(an_agent(), ticket, an_agent().user)
    with pytest.raises(Conflict):
        assign(an_agent(), ticket, None, version=ticket.version)
    with pytest.raises(Conflict):
        sort_ticket(an_agent(), ticket, priority=Priority.LOW, version=ticket.version)


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_take_one_ticket_at_once_one_has_it():
    ticket, agents = TicketFactory(), [an_agent() for _number in range(10)]
    outcomes = together(
        [
            lambda agent=agent: assign(agent, ticket, agent.user, version=ticket.version)
            for agent in agents
        ]
    )
    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 9
    assert len(told("ticket.assigned")) == 1


# --- sorting ----------------------------------------------------------------------------------
def test_sorting_sets_what_is_given_and_tells_what_it_was():
    ticket = TicketFactory(subject="Old words")
    queue, category, unit = QueueFactory(), TicketCategoryFactory(), UnitFactory()
    former = ticket.queue_id
    row = sort_ticket(
        an_agent(),
        ticket,
        priority=Priority.URGENT,
        queue=queue,
        category=category,
        unit=unit,
        subject="  New   words ",
    )
    assert (row.priority, row.queue, row.category) == (Priority.URGENT, queue, category)
    assert (row.unit, row.building, row.city_id) == (unit, unit.building, unit.building.city_id)
    assert row.subject == "New words"
    words = TicketWord.objects.filter(ticket=ticket).values_list("word", flat=True)
    assert {"new", "words"} <= set(words)
    assert "old" not in words
    changed = {
        "priority": (Priority.NORMAL, Priority.URGENT),
        "queue": (former, queue.pk),
        "category": (None, category.pk),
        "building": (None, unit.building_id),
        "unit": (None, unit.pk),
    }
    [event] = told("ticket.sorted")
    assert set(event.pop("fields")) == {*changed, "subject"}
    assert event == {
        "number": ticket.number,
        "from": {name: values[0] for name, values in changed.items()},
        "to": {name: values[1] for name, values in changed.items()},
    }


def test_nothing_is_told_where_nothing_changes():
    ticket = TicketFactory()
    row = sort_ticket(an_agent(), ticket, priority=ticket.priority, queue=ticket.queue, fields={})
    assert row.version == ticket.version
    assert told("ticket.sorted") == []


def test_another_building_leaves_the_unit_and_none_leaves_both():
    unit, building = UnitFactory(), BuildingFactory()
    ticket = TicketFactory(unit=unit, building=unit.building, city=unit.building.city)
    row = sort_ticket(an_agent(), ticket, building=unit.building)
    assert row.unit == unit
    row = sort_ticket(an_agent(), ticket, building=building)
    assert (row.building, row.unit, row.city_id) == (building, None, building.city_id)
    row = sort_ticket(an_agent(), ticket, building=None)
    assert (row.building, row.city_id) == (None, None)
    with pytest.raises(DomainError) as refused:
        sort_ticket(an_agent(), ticket, building=building, unit=unit)
    assert refused.value.field == "unit"


@pytest.mark.parametrize("name", ["priority", "queue", "category", "subject"])
def test_what_makes_no_sense_is_refused(name):
    wrong = {
        "priority": "HIGHEST",
        "queue": QueueFactory(is_active=False),
        "category": TicketCategoryFactory(archived_at=clock.now()),
        "subject": " \x00 ",
    }
    with pytest.raises(DomainError) as refused:
        sort_ticket(an_agent(), TicketFactory(), **{name: wrong[name]})
    assert refused.value.field == name


def test_fields_of_the_category_are_filled_in_and_others_stay():
    category = TicketCategoryFactory()
    what = CategoryField.objects.create(
        category=category, label="What", kind=FieldKind.CHOICE, choices=["TV", "Phone"]
    )
    since = CategoryField.objects.create(category=category, label="Since", is_required=True)
    own = CategoryField.objects.create(
        category=category, label="Cause", kind=FieldKind.FLAG, is_internal=True
    )
    ticket = TicketFactory(category=category, fields={"of another": "kept", what.public_id: "TV"})
    typed = {since.public_id: "noon", own.public_id: "yes", what.public_id: ""}
    row = sort_ticket(an_agent(), ticket, fields=typed)
    assert row.fields == {"of another": "kept", since.public_id: "noon", own.public_id: True}
    [event] = told("ticket.fields_changed")
    assert event == {"number": ticket.number, "fields": sorted(typed)}
    for wrong in ({what.public_id: "Radio"}, {"of another": "x"}):
        with pytest.raises(DomainError) as refused:
            sort_ticket(an_agent(), ticket, fields=wrong)
        assert refused.value.field == f"field_{next(iter(wrong))}"


def test_who_works_another_queue_lets_it_go_and_the_new_one_gives_in_turn():
    member, former = an_agent().user, an_agent().user
    queue = QueueFactory(assignment=Assignment.ROUND_ROBIN)
    QueueMemberFactory(queue=queue, user=member)
    ticket = TicketFactory(assignee=former)
    assert sort_ticket(an_agent(), ticket, queue=queue).assignee == member
    assert told("ticket.assigned") == [
        {"number": ticket.number, "assignee": member.pk, "by_rule": True}
    ]
    by_hand = QueueFactory()
    QueueMemberFactory(queue=by_hand)
    assert sort_ticket(an_agent(), ticket, queue=by_hand).assignee is None


def test_who_works_both_queues_keeps_it():
    member = an_agent().user
    open_to_all, queue = QueueFactory(), QueueFactory(assignment=Assignment.ROUND_ROBIN)
    QueueMemberFactory(queue=queue)
    QueueMemberFactory(queue=queue, user=member)
    ticket = TicketFactory(assignee=member)
    assert sort_ticket(an_agent(), ticket, queue=queue).assignee == member
    # A queue without members is everybody's.
    assert sort_ticket(an_agent(), ticket, queue=open_to_all).assignee == member


# --- tags -------------------------------------------------------------------------------------
def test_tags_are_put_on_and_taken_off():
    ticket = TicketFactory()
    assert tag_ticket(an_agent(), ticket, add=["  VIP ", "vip", "Second  line"]) == [
        "second line",
        "vip",
    ]
    assert tag_ticket(an_agent(), ticket, add=["vip"], remove=["SECOND line", "other"]) == ["vip"]
    assert [tag.name for tag in ticket.tags.all()] == ["vip"]
    number = ticket.number
    assert told("ticket.tagged") == [
        {"number": number, "added": ["vip", "second line"], "removed": []},
        {"number": number, "added": [], "removed": ["second line"]},
    ]


def test_a_tag_is_short_and_there_are_not_too_many():
    for names in (["x" * 41], [f"tag {number}" for number in range(21)]):
        with pytest.raises(DomainError) as refused:
            tag_ticket(an_agent(), TicketFactory(), add=names)
        assert refused.value.field == "tags"


@pytest.mark.django_db(transaction=True)
def test_one_new_tag_on_many_tickets_at_once_is_made_once():
    tickets, agent = TicketFactory.create_batch(8), an_agent()
    outcomes = together(
        [lambda ticket=ticket: tag_ticket(agent, ticket, add=["new"]) for ticket in tickets]
    )
    assert outcomes == [["new"]] * 8
    assert Tag.objects.get().tickets.count() == 8


# --- observers --------------------------------------------------------------------------------
def test_the_desk_lets_staff_and_the_owners_people_observe():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    people = strangers_to_the_desk(owner)
    agent = an_agent()
    for name in ("colleague", "viewer", "account manager"):
        add_observer(agent, ticket, people[name].user)
    add_observer(agent, ticket, people["viewer"].user)
    add_observer(agent, ticket, agent.user)
    assert Observer.objects.filter(ticket=ticket).count() == 4
    assert len(told("ticket.observed")) == 4
    for name in ("other tenant", "content editor", "another's account manager"):
        with pytest.raises(DomainError) as refused:
            add_observer(agent, ticket, people[name].user)
        assert refused.value.field == "user"
    remove_observer(agent, ticket, agent.user)
    remove_observer(agent, ticket, agent.user)
    assert told("ticket.observed")[4:] == [
        {"number": ticket.number, "added": [], "removed": [agent.user.pk]}
    ]


def test_customers_add_colleagues_and_no_staff():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    people = strangers_to_the_desk(owner)
    add_observer(owner, ticket, people["colleague"].user)
    for name in ("other tenant", "account manager"):
        with pytest.raises(DomainError):
            add_observer(owner, ticket, people[name].user)
    with pytest.raises(Forbidden):
        add_observer(people["viewer"], ticket, people["head"].user)
    add_observer(people["viewer"], ticket, people["viewer"].user)
    with pytest.raises(Forbidden):
        remove_observer(people["viewer"], ticket, people["colleague"].user)
    for name in ("other tenant", "content editor", "nobody", "another's account manager"):
        with pytest.raises(NotVisible):
            add_observer(people[name], ticket, owner.user)


def test_who_left_the_organization_is_not_added():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    gone = an_owner(Role.MEMBER, owner.organization)
    gone.user.memberships.update(is_active=False)
    with pytest.raises(DomainError):
        add_observer(an_agent(), ticket, gone.user)


# --- relations --------------------------------------------------------------------------------
def test_two_tickets_are_related_once_and_seen_from_both():
    actor, one, other = an_agent(), TicketFactory(), TicketFactory()
    made = relate(actor, one, other)
    assert relate(actor, other, one) == made
    assert [row.ticket for row in relations_of(actor, other)] == [one]
    assert [row.ticket for row in relations_of(actor, one)] == [other]
    assert relations_of(an_owner(), one) == []
    unrelate(actor, other, one)
    unrelate(actor, other, one)
    assert relations_of(actor, one) == []
    assert told("ticket.related") == [
        {"number": one.number, "other": other.number, "kind": "RELATED"},
        {"number": other.number, "other": one.number, "kind": ""},
    ]


def test_a_ticket_is_not_related_to_itself_and_what_was_split_stays():
    actor, one, other = an_agent(), TicketFactory(), TicketFactory()
    with pytest.raises(DomainError) as refused:
        relate(actor, one, one)
    assert refused.value.field == "other"
    TicketRelation.objects.create(
        source=one, target=other, kind=TicketRelationKind.SPLIT_FROM, created_at=clock.now()
    )
    unrelate(actor, one, other)
    assert TicketRelation.objects.count() == 1


def test_an_account_manager_reads_relations_of_what_they_see():
    owner = an_owner()
    manager = strangers_to_the_desk(owner)["account manager"]
    ticket, theirs, hidden = a_ticket_of(owner), a_ticket_of(owner), TicketFactory()
    relate(an_agent(), ticket, theirs)
    relate(an_agent(), ticket, hidden)
    assert [row.ticket for row in relations_of(manager, ticket)] == [theirs]


# --- presence ---------------------------------------------------------------------------------
def test_colleagues_at_a_ticket_are_seen_while_they_are_there():
    me, other, ticket = an_agent(), an_agent(), TicketFactory()
    start = clock.now()
    with clock.set_to(start):
        mark_present(me, ticket)
        mark_present(other, ticket)
        mark_present(other, ticket, writes=True)
        assert [(row.user, row.writes) for row in others_at(me, ticket)] == [(other.user, True)]
        mark_present(other, ticket)
        assert [row.writes for row in others_at(me, ticket)] == [False]
    with clock.set_to(start + timedelta(seconds=46)):
        assert others_at(me, ticket) == []
        mark_present(me, ticket)
        assert [row.user for row in others_at(other, ticket)] == [me.user]
        mark_gone(me, ticket)
        assert others_at(other, ticket) == []
    with clock.set_to(start + timedelta(minutes=11)):
        assert forget_gone() == 1
    assert Presence.objects.count() == 0


def test_customers_are_not_seen_and_see_nobody():
    owner = an_owner()
    ticket = a_ticket_of(owner)
    mark_present(an_agent(), ticket)
    for name, actor in strangers_to_the_desk(owner).items():
        if name == "account manager":
            mark_present(actor, ticket)
            assert len(others_at(actor, ticket)) == 1
            continue
        with pytest.raises((Forbidden, NotVisible)):
            mark_present(actor, ticket)
        assert others_at(actor, ticket) == []


@pytest.mark.django_db(transaction=True)
def test_two_pages_of_one_person_at_once_are_one_presence():
    agent, ticket = an_agent(), TicketFactory()
    assert together([lambda: mark_present(agent, ticket)] * 6) == [None] * 6
    assert Presence.objects.count() == 1
