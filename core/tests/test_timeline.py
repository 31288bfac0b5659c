"""Each side reads of a subject's events what the catalogue gives it, and nothing more."""

import pytest
from django.db import transaction

from core.choices import OrganizationKind, PartyRole, StaffScope, Via
from core.events import emit
from core.timeline import EVERY_SIDE, read_timeline, sides_on
from subscriptions.tests.factories import RequestFactory
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db

OWNER, PROVIDER, HOLDER = PartyRole.OWNER, PartyRole.PROVIDER, PartyRole.HOLDER
MOVE = {"number": "EC-1", "from": "CHECKING", "to": "NEEDS_INFO", "transition": "ask_info"}


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def holder():
    return make_actor(OrganizationKind.PERSON)


@pytest.fixture
def subject(agent, operator, holder):
    return RequestFactory(
        owner=agent.organization,
        plan__provider=operator.organization,
        holder=holder.organization,
    )


def tell(actor, kind, subject, **data):
    parties = {OWNER: subject.owner, PROVIDER: subject.provider, HOLDER: subject.holder}
    with transaction.atomic():
        return emit(actor, kind, subject, parties, data)


def read(actor, subject):
    return read_timeline(actor, [subject], sides_on(actor, subject))


def test_the_newest_event_comes_first(agent, subject):
    tell(agent, "request.drafted", subject, number="EC-1")
    tell(agent, "request.submitted", subject, number="EC-1")
    assert [entry.kind for entry in read(agent, subject)] == [
        "request.submitted",
        "request.drafted",
    ]


def test_a_side_is_not_told_of_kinds_that_are_not_for_it(agent, operator, holder, subject):
    tell(agent, "request.drafted", subject, number="EC-1")
    tell(agent, "note.added", subject, number="EC-1", note=7)
    tell(operator, "commission.accrued", subject, number="EC-1", amount="825.00", currency="RUB")
    assert len(read(agent, subject)) == 3
    assert [entry.kind for entry in read(operator, subject)] == ["commission.accrued", "note.added"]
    assert read(holder, subject) == []


def test_a_side_sees_only_its_fields(agent, operator, holder, subject):
    tell(operator, "request.needs_info", subject, **MOVE, note=7)
    tell(operator, "request.assigned", subject, number="EC-1", assignee=operator.user_id)
    assert [dict(entry.data) for entry in read(operator, subject)] == [
        {"number": "EC-1", "assignee": operator.user_id},
        {**MOVE, "note": 7},
    ]
    assert [dict(entry.data) for entry in read(agent, subject)] == [
        {"number": "EC-1"},
        {**MOVE, "note": 7},
    ]
    assert [dict(entry.data) for entry in read(holder, subject)] == [MOVE]


def test_a_persons_name_is_told_to_colleagues_and_staff_alone(agent, operator, subject):
    tell(operator, "request.moved", subject, **MOVE)
    name, organization = str(operator.user), operator.organization.name
    assert [(e.person, e.organization, e.is_own) for e in read(operator, subject)] == [
        (name, organization, True)
    ]
    assert [(e.person, e.organization, e.is_own) for e in read(agent, subject)] == [
        ("", organization, False)
    ]
    assert [e.person for e in read(make_staff(), subject)] == [name]


def test_staff_who_act_for_an_organization_are_told_as_staff(agent, subject):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER, agent.organization).through(Via.STAFF)
    tell(manager, "request.submitted", subject, number="EC-1")
    (entry,) = read(agent, subject)
    assert entry.person == ""
    assert entry.organization not in {agent.organization.name, str(manager.user)}


def test_outsiders_stand_on_no_side(agent, subject):
    tell(agent, "request.submitted", subject, number="EC-1")
    outsider = make_actor(OrganizationKind.AGENCY)
    assert sides_on(outsider, subject) == frozenset()
    assert read(outsider, subject) == []
    assert sides_on(make_staff(StaffScope.SUPPORT), subject) == frozenset()
    assert sides_on(make_staff(), subject) == EVERY_SIDE


def test_events_of_other_subjects_stay_out(agent, subject):
    other = RequestFactory(owner=agent.organization)
    tell(agent, "request.submitted", other, number="EC-2")
    assert read(agent, subject) == []


def test_events_of_several_subjects_are_one_story(agent, subject):
    other = RequestFactory(owner=agent.organization)
    tell(agent, "request.submitted", other, number="EC-2")
    tell(agent, "request.submitted", subject, number="EC-1")
    found = read_timeline(agent, [subject, other], {OWNER})
    assert [entry.data["number"] for entry in found] == ["EC-1", "EC-2"]


def test_one_query_however_many_events(agent, subject, django_assert_num_queries):
    for _ in range(3):
        tell(agent, "request.submitted", subject, number="EC-1")
    with django_assert_num_queries(1):
        entries = read(agent, subject)
    assert [entry.person for entry in entries] == [str(agent.user)] * 3


def test_older_events_are_read_from_a_place_on(agent, subject):
    made = [tell(agent, "request.submitted", subject, number="EC-1").pk for _ in range(3)]
    found = read_timeline(agent, [subject], {OWNER}, before=made[2], limit=1)
    assert [entry.id for entry in found] == [made[1]]


def test_what_is_kept_within_one_side_is_read_by_its_party_alone(agent, operator, holder, subject):
    with transaction.atomic():
        emit(agent, "note.internal_added", subject, {OWNER: subject.owner}, {"note": 1})
        # By staff of no organization, for one.
        emit(make_staff(), "note.internal_added", subject, {PROVIDER: subject.provider})
    assert [entry.data.get("note") for entry in read(agent, subject)] == [1]
    assert [entry.data.get("note") for entry in read(operator, subject)] == [None]
    assert read(holder, subject) == []
    assert len(read_timeline(make_staff(), [subject], EVERY_SIDE)) == 2


def test_a_notice_to_persons_stands_in_no_timeline(agent, subject):
    with transaction.atomic():
        emit(agent, "note.mentioned", subject, {OWNER: subject.owner}, {"note": 1})
    assert read(agent, subject) == []
