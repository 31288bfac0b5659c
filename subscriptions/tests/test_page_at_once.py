"""On the page of one request at the same moment: each thing once, and nothing lost."""

from functools import partial

import pytest

from core.errors import Conflict, DomainError
from core.models import Event
from core.tests.concurrency import together
from subscriptions.choices import RequestState
from subscriptions.models import (
    ChecklistItem,
    ChecklistTemplate,
    RequestFields,
    RequestRelation,
    RequestSeen,
)
from subscriptions.services.checklists import Item, give_checklists, save_template, tick
from subscriptions.services.custom_fields import create_field, fill_in
from subscriptions.services.relations import link_request
from subscriptions.services.requests import mark_seen, move_request
from subscriptions.tests.factories import move

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 10


def test_a_page_in_many_tabs_leaves_one_row(sides):
    request = sides.request()
    newest = Event.objects.latest("pk").pk
    outcomes = together([partial(mark_seen, sides.agent, request, newest)] * TIMES)
    assert outcomes == [None] * TIMES
    assert RequestSeen.objects.get().event_id == newest


def test_a_tick_by_many_is_one_tick_and_one_event(sides):
    save_template(sides.operator, None, [Item("Cable laid")])
    request = sides.request()
    item = request.checklist.get()
    outcomes = together([partial(tick, sides.operator, request, item.pk, done=True)] * TIMES)
    assert [type(one) for one in outcomes] == [ChecklistItem] * TIMES
    assert Event.objects.filter(kind="checklist.ticked").count() == 1


def test_a_connection_and_an_untick_at_once_never_leave_an_open_item_connected(sides):
    save_template(sides.operator, None, [Item("Cable laid")])
    request = sides.request(RequestState.IN_PROGRESS)
    item = request.checklist.get()
    tick(sides.operator, request, item.pk, done=True)
    together(
        [
            partial(move_request, sides.operator, request.number, "connect"),
            partial(tick, sides.operator, request, item.pk, done=False),
        ]
    )
    request.refresh_from_db()
    item.refresh_from_db()
    assert (request.state == RequestState.CONNECTED) == (item.done_at is not None)


def test_one_of_many_who_fill_in_the_same_page_wins(sides):
    field = create_field(sides.operator, kind="TEXT", label="Box")
    request = sides.request()
    outcomes = together(
        [
            partial(fill_in, sides.operator, request, {field.code: f"B-{number}"}, version=0)
            for number in range(TIMES)
        ]
    )
    won = [one for one in outcomes if not isinstance(one, Exception)]
    assert len(won) == 1
    assert all(isinstance(one, Conflict) for one in outcomes if isinstance(one, Exception))
    assert RequestFields.objects.get().values == won[0]


def test_a_first_checklist_by_many_is_one(sides):
    outcomes = together([partial(save_template, sides.operator, None, [Item("x")])] * TIMES)
    assert [type(one) for one in outcomes] == [ChecklistTemplate] * TIMES
    template = ChecklistTemplate.objects.get()
    assert (template.items.count(), template.version) == (1, TIMES)


def test_taken_up_while_the_checklist_is_handed_out_it_is_copied_once(sides):
    filed = sides.request(RequestState.SUBMITTED)
    worked = sides.request()
    save_template(sides.operator, None, [Item("One"), Item("Two")])
    template = ChecklistTemplate.objects.get()
    outcomes = together(
        [
            partial(give_checklists.call, template.pk),
            partial(move, filed, "start_check", actor=sides.operator),
            partial(give_checklists.call, template.pk),
        ]
    )
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert (filed.checklist.count(), worked.checklist.count()) == (2, 2)


def test_a_link_made_many_times_is_one(sides):
    first, second = sides.request(), sides.request()
    outcomes = together(
        [partial(link_request, sides.agent, first, second.number, "BLOCKS")] * TIMES
    )
    assert not [one for one in outcomes if isinstance(one, DomainError)]
    assert RequestRelation.objects.count() == 1
