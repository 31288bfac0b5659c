"""Two tickets about the same become one, and nothing of either is lost."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.choices import Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.tests.concurrency import together
from support.choices import Channel, DeskSide, LinkKind, TicketRelationKind, TicketState
from support.models import (
    InternalNote,
    LetterId,
    MessageFile,
    NoteFile,
    Observer,
    Tag,
    Ticket,
    TicketLink,
    TicketMessage,
    TicketRelation,
)
from support.selectors.thread import thread_of
from support.services.merging import CONFIRMED, merge_tickets
from support.services.moving import move_ticket
from support.services.talking import answer
from support.tests.desk import (
    SEE_IT,
    a_message,
    a_note,
    a_ticket_of,
    an_agent,
    an_owner,
    strangers_to_the_desk,
    told,
)
from support.tests.factories import TicketFactory
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def _two(**fields):
    owner = an_owner()
    return a_ticket_of(owner, **fields), a_ticket_of(owner)


def _stranger(email="who@example.com", **fields):
    return TicketFactory(owner=None, requester=None, requester_email=email, **fields)


def test_all_of_the_merged_ticket_is_read_in_the_other_in_order_of_time():
    agent = an_agent()
    source, target = _two()
    start = clock.now() - timedelta(hours=5)
    at = [start + timedelta(minutes=number) for number in range(6)]
    bodies = [
        a_message(source, "plan.txt", created_at=at[1]),
        a_note(target, created_at=at[2]),
        a_message(target, created_at=at[3]),
        a_note(source, "own.txt", created_at=at[4]),
        a_message(source, created_at=at[5]),
    ]
    merged = merge_tickets(agent, source, target)
    said = [entry for entry in thread_of(agent, merged) if entry.body]
    assert [entry.body for entry in said] == [row.body for row in bodies]
    assert [[file.name for file in entry.files] for entry in said] == [
        ["plan.txt"], [], [], ["own.txt"], [],
    ]  # fmt: skip
    assert merged.messages_count == 3
    # What is internal stays so.
    owner = next(iter(target.owner.memberships.all()))
    reader = an_owner(Role.MEMBER, owner.organization)
    assert [entry.body for entry in thread_of(reader, merged) if entry.body] == [
        bodies[0].body, bodies[2].body, bodies[4].body,
    ]  # fmt: skip


def test_the_merged_ticket_is_closed_and_leads_to_the_other():
    source, target = _two(state=TicketState.PENDING, awaits_since=clock.now())
    merge_tickets(an_agent(), source, target)
    source.refresh_from_db()
    assert (source.state, source.merged_into, source.awaits_since) == ("CLOSED", target, None)
    assert (source.closed_at is not None, source.messages_count) == (True, 0)
    assert told("ticket.merged") == [{"number": source.number, "other": target.number}]
    assert told("ticket.closed") == []
    relation = TicketRelation.objects.get()
    assert (relation.source, relation.target, relation.kind) == (source, target, "MERGED")
    for name in ("reopen", "take_up"):
        with pytest.raises((DomainError, Conflict)):
            move_ticket(an_agent(), source.number, name)


def test_who_waited_for_an_answer_there_waits_here():
    since = clock.now() - timedelta(hours=3)
    source, target = _two(awaits_since=since)
    Ticket.objects.filter(pk=target.pk).update(state=TicketState.PENDING)
    merge_tickets(an_agent(), source, target)
    target.refresh_from_db()
    assert (target.awaits_since, target.state) == (since, TicketState.OPEN)


def test_observers_tags_links_relations_and_letters_of_both_are_kept():
    source, target = _two()
    both, one = an_owner(Role.MEMBER, source.owner).user, an_agent().user
    gone = UserFactory()
    now = clock.now()
    for ticket, user in ((source, both), (target, both), (source, one), (source, gone)):
        Observer.objects.create(ticket=ticket, user=user, created_at=now)
    tags = [Tag.objects.create(name=name) for name in ("a", "b", "c")]
    source.tags.set(tags[:2])
    target.tags.set(tags[1:])
    for ticket, key in ((source, 1), (source, 2), (target, 2), (target, 3)):
        TicketLink.objects.create(
            ticket=ticket, kind=LinkKind.BUILDING, object_id=key, created_at=now
        )
    beside, behind = TicketFactory(), TicketFactory()
    for pair in ((source, beside), (behind, source), (target, behind), (source, target)):
        TicketRelation.objects.create(source=pair[0], target=pair[1], created_at=now)
    LetterId.objects.create(letter_id="<one@there>", ticket=source)
    merge_tickets(an_agent(), source, target)
    # Who cannot open the target is told nothing of it.
    assert set(target.observers.values_list("user", flat=True)) == {both.pk, one.pk}
    assert {tag.name for tag in target.tags.all()} == {"a", "b", "c"}
    assert sorted(target.links.values_list("object_id", flat=True)) == [1, 2, 3]
    assert set(target.relations.values_list("target", flat=True)) == {beside.pk, behind.pk}
    assert set(target.related_by.values_list("source", "kind")) == {
        (behind.pk, "RELATED"),
        (source.pk, "MERGED"),
    }
    assert LetterId.objects.get().ticket == target


def test_a_letter_to_the_merged_ticket_is_said_in_the_other():
    owner = an_owner()
    source, target = a_ticket_of(owner), a_ticket_of(owner)
    merge_tickets(an_agent(), source, target)
    source.refresh_from_db()
    message = answer(owner, source, "And one thing more", channel=Channel.MAIL)
    assert message.ticket_id == target.pk


def test_one_step_leads_to_where_all_is_and_cycles_cannot_be_made():
    agent, owner = an_agent(), an_owner()
    one, two, three = (a_ticket_of(owner) for _number in range(3))
    a_message(one)
    merge_tickets(agent, one, two)
    merge_tickets(agent, two, three)
    assert set(Ticket.objects.values_list("pk", "merged_into")) == {
        (one.pk, three.pk), (two.pk, three.pk), (three.pk, None),
    }  # fmt: skip
    assert TicketMessage.objects.get().ticket == three
    for source, target in ((three, one), (three, two), (three, three)):
        with pytest.raises(DomainError) as refused:
            merge_tickets(agent, source, target)
        assert refused.value.field == "target"
    with pytest.raises(Conflict):
        merge_tickets(agent, one, three)


# --- whose words they are ---------------------------------------------------------------------
@pytest.mark.parametrize("confirmed", [False, True])
def test_nobody_is_shown_another_customers_words(confirmed):
    owner, other = an_owner(), an_owner()
    mine, theirs = a_ticket_of(owner), a_ticket_of(other)
    member = UserFactory()
    pairs = [
        (mine, theirs),
        (a_ticket_of(owner), _stranger(owner.user.email)),
        (_stranger("a@example.com"), _stranger("b@example.com")),
        (_stranger(""), _stranger("")),
        (_stranger("a@example.com"), mine),
        (TicketFactory(owner=None, requester=member), mine),
    ]
    for source, target in pairs:
        a_message(source)
        with pytest.raises(DomainError) as refused:
            merge_tickets(an_agent(), source, target, confirmed=confirmed)
        assert refused.value.field == "target"
        assert source.messages.count() == 1
    assert told("ticket.merged") == []


def test_what_more_people_will_read_is_confirmed_first():
    owner = an_owner()
    mine = a_ticket_of(owner)
    colleagues = a_ticket_of(an_owner(organization=owner.organization))
    letter = _stranger(owner.user.email.upper())
    for source in (colleagues, letter):
        with pytest.raises(DomainError) as refused:
            merge_tickets(an_agent(), source, mine)
        assert refused.value.field == CONFIRMED
        merge_tickets(an_agent(), source, mine, confirmed=True)
    # Who asked in the other ticket is told on.
    assert [row.user for row in mine.observers.all()] == [colleagues.requester]


def test_letters_of_one_address_are_merged_at_once():
    source, target = _stranger(), _stranger("WHO@example.com")
    a_message(source, author=None)
    merge_tickets(an_agent(), source, target)
    assert target.messages.count() == 1


@pytest.mark.parametrize("state", [TicketState.SOLVED, TicketState.CLOSED])
def test_nothing_is_merged_into_what_nobody_works_on(state):
    source, target = _two()
    Ticket.objects.filter(pk=target.pk).update(state=state)
    with pytest.raises(DomainError) as refused:
        merge_tickets(an_agent(), source, target)
    assert refused.value.field == "target"
    merge_tickets(an_agent(), target, source)


def test_only_the_desk_merges():
    owner = an_owner()
    source, target = a_ticket_of(owner), a_ticket_of(owner)
    for name, actor in strangers_to_the_desk(owner).items():
        with pytest.raises(Forbidden if name in SEE_IT else NotVisible):
            merge_tickets(actor, source, target)
    assert not Ticket.objects.exclude(merged_into=None).exists()


# --- at once ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_merged_into_each_other_at_once_one_stays():
    for _turn in range(5):
        agent, (one, other) = an_agent(), _two()
        a_message(one), a_message(other)
        outcomes = together(
            [
                partial(merge_tickets, agent, one, other, confirmed=True),
                partial(merge_tickets, agent, other, one, confirmed=True),
            ]
        )
        assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1, outcomes
        stays = Ticket.objects.get(pk__in=[one.pk, other.pk], merged_into=None)
        assert (stays.messages.count(), stays.messages_count) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_what_is_said_while_tickets_are_merged_is_said_in_the_one_that_stays():
    agent, owner = an_agent(), an_owner()
    source, target = a_ticket_of(owner), a_ticket_of(owner)
    acts = [lambda number=number: answer(owner, source, f"word {number}") for number in range(6)]
    acts.insert(3, lambda: merge_tickets(agent, source, target))
    outcomes = together(acts)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    target.refresh_from_db()
    assert (target.messages.count(), target.messages_count) == (6, 6)
    assert source.messages.count() == 0


# --- whatever happens -------------------------------------------------------------------------
_TICKETS = 4
_steps = st.one_of(
    st.tuples(st.just("message"), st.integers(0, _TICKETS - 1), st.integers(0, 2)),
    st.tuples(st.just("note"), st.integers(0, _TICKETS - 1), st.integers(0, 2)),
    st.tuples(st.just("merge"), st.integers(0, _TICKETS - 1), st.integers(0, _TICKETS - 1)),
)


def _rollback(test):
    """Each example begins anew."""
    point = transaction.savepoint()
    try:
        test()
    finally:
        transaction.savepoint_rollback(point)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_steps, max_size=14))
def test_merging_keeps_everything_whatever_was_done_before(steps):
    _rollback(partial(_live, steps))


def _live(steps):
    agent, owner = an_agent(), an_owner()
    tickets = [a_ticket_of(owner) for _number in range(_TICKETS)]
    start = clock.now() - timedelta(days=1)
    # What a plain model says: for each ticket the one where its words are now.
    home = list(range(_TICKETS))
    written: list[tuple[int, str, str, list[str]]] = []
    for minute, (what, index, value) in enumerate(steps):
        at = start + timedelta(minutes=minute)
        if what == "merge":
            _merge(agent, tickets, home, index, value)
            continue
        ticket = Ticket.objects.get(pk=tickets[home[index]].pk)
        names = [f"{minute}-{number}.txt" for number in range(value)]
        make = a_message if what == "message" else a_note
        written.append((index, what, make(ticket, *names, created_at=at).body, names))
    for index, ticket in enumerate(tickets):
        ticket.refresh_from_db()
        theirs = [row for row in written if home[row[0]] == index]
        entries = [entry for entry in thread_of(agent, ticket) if entry.body]
        assert [
            (str(entry.kind), entry.body, [file.name for file in entry.files]) for entry in entries
        ] == [(what, body, names) for _index, what, body, names in theirs]
        assert ticket.merged_into_id == (None if home[index] == index else tickets[home[index]].pk)
    files = sorted(name for row in written for name in row[3])
    kept = [*MessageFile.objects.all(), *NoteFile.objects.all()]
    assert sorted(file.name for file in kept) == files
    for file in kept:
        with file.file.open() as content:
            assert content.read() == file.name.encode()
    assert TicketMessage.objects.count() + InternalNote.objects.count() == len(written)


def _merge(agent, tickets, home, index, value):
    """The service and the model say the same of what can be merged."""
    is_possible = index != value and home[index] == index and home[value] == value
    try:
        merge_tickets(agent, tickets[index], tickets[value])
    except DomainError:
        assert not is_possible
    else:
        assert is_possible
        home[:] = [value if where == index else where for where in home]


def test_sides_of_what_was_moved_stay_what_they_were():
    source, target = _two()
    a_message(source, side=DeskSide.STAFF, author=an_agent().user)
    merge_tickets(an_agent(), source, target)
    assert target.messages.get().side == DeskSide.STAFF
    assert TicketRelation.objects.get().kind == TicketRelationKind.MERGED
