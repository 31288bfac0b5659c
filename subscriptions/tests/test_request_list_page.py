"""The list of requests and the provider's queue, as pages."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import OrganizationKind, Role
from core.models import Pulse
from core.tests.reading import seen
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.selectors import requests as selectors
from subscriptions.selectors.requests import queue, queue_counts
from subscriptions.tests.factories import RequestFactory, move, request_in
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
URL = "/requests/"


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def make(agent, operator):
    def _make(state=S.CHECKING, **fields):
        return request_in(
            state, owner=agent.organization, plan__provider=operator.organization, **fields
        )

    return _make


def due(request, **length):
    ConnectionRequest.objects.filter(pk=request.pk).update(
        due_at=timezone.now() + timedelta(**length)
    )
    return request


def numbers(response):
    return [line["number"] for line in response.context["lines"]]


def queries_of(browser, url):
    caches["local"].clear()
    # What is kept in a process for a minute is no part of what a page costs.
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "kind",
    [OrganizationKind.AGENCY, OrganizationKind.BUILDER, OrganizationKind.PROVIDER,
     OrganizationKind.COMPANY, OrganizationKind.PERSON, None],
)  # fmt: skip
def test_a_list_costs_the_same_queries_for_one_row_and_for_three(sign_in, kind):
    actor = make_actor(kind) if kind else make_staff()
    sides = {
        OrganizationKind.PROVIDER: lambda: {"plan__provider": actor.organization},
        OrganizationKind.COMPANY: lambda: {"holder": actor.organization},
        OrganizationKind.PERSON: lambda: {"holder": actor.organization},
        None: dict,
    }.get(kind, lambda: {"owner": actor.organization})
    browser = sign_in(actor)
    request_in(S.CHECKING, **sides())
    one = queries_of(browser, URL)
    request_in(S.SCHEDULED, **sides())
    request_in(S.ON_HOLD, **sides())
    assert queries_of(browser, URL) == one <= 12
    assert len(browser.get(URL).context["lines"]) == 3


def test_an_agent_sees_own_requests_newest_first(sign_in, agent, make):
    first, second = make(S.DRAFT), make(S.CHECKING)
    request_in(S.CHECKING)
    page = sign_in(agent).get(URL)
    assert numbers(page) == [second.number, first.number]
    content = page.content.decode()
    assert second.client.name in content
    assert f"/requests/{second.number}/" in content


def test_the_queue_begins_with_the_nearest_deadline(sign_in, operator, make):
    late, soon = due(make(), hours=-2), due(make(), hours=1)
    make(S.DRAFT)
    make(S.CONNECTED)
    later = due(make(), days=30)
    page = sign_in(operator).get(URL)
    assert numbers(page) == [late.number, soon.number, later.number]
    assert [row.number for row in queue(operator)] == numbers(page)
    assert [(tab.count, tab.is_current) for tab in page.context["tabs"]][-1] == (3, True)
    assert page.context["tabs"][0].count == 1
    assert numbers(sign_in(operator).get(f"{URL}?due=overdue")) == [late.number]


def test_closed_requests_of_the_queue_are_found_newest_first(sign_in, operator, make):
    first, second = make(S.CONNECTED), make(S.REJECTED)
    assert numbers(sign_in(operator).get(f"{URL}?group=closed")) == [second.number, first.number]
    assert numbers(sign_in(operator).get(f"{URL}?q={first.number}")) == [first.number]


def test_counts_stop_at_the_cap(operator, make, monkeypatch):
    monkeypatch.setattr(selectors, "COUNT_CAP", 2)
    for hours in (-3, -2, -1, 1):
        due(make(), hours=hours)
    counts = queue_counts(operator)
    assert (counts.all, counts.overdue) == (3, 3)
    assert counts.today + counts.tomorrow == 1


def test_figures_on_tabs_are_left_out_beside_other_filters(sign_in, operator, make):
    make()
    tabs = sign_in(operator).get(f"{URL}?assignee=none").context["tabs"]
    assert {tab.count for tab in tabs} == {None}
    assert tabs[0].url == "?assignee=none&due=overdue"


def test_show_more_continues_after_the_last_row(sign_in, agent, make, monkeypatch):
    monkeypatch.setattr("subscriptions.views.request_list.PAGE_SIZE", 2)
    made = [make(S.DRAFT).number for _ in range(5)][::-1]
    browser = sign_in(agent)
    seen, cursor = [], ""
    while True:
        page = browser.get(f"{URL}?after={cursor}")
        seen += numbers(page)
        cursor = page.context["page"].next_cursor
        if not cursor:
            break
    assert seen == made


@pytest.mark.parametrize(
    "query", ["owner=1", "state=EVERY", "sort=price", "after=garbage", "size=x", "size=1e9"]
)
def test_what_is_not_understood_is_refused(sign_in, agent, make, query):
    make()
    response = sign_in(agent).get(f"{URL}?{query}")
    assert response.status_code == 400
    assert "EC-" not in response.content.decode()


@pytest.mark.parametrize("sort", ["created", "-created", "filed", "-filed", "due", "-due"])
def test_every_order_shows_what_has_a_place_in_it(sign_in, agent, make, sort):
    draft, checking = make(S.DRAFT), make()
    expected = {checking.number} if "created" not in sort else {draft.number, checking.number}
    assert set(numbers(sign_in(agent).get(f"{URL}?sort={sort}"))) == expected


def test_empty_lists_say_what_to_do(sign_in, agent, operator, make):
    assert "nothing" in sign_in(agent).get(URL).content.decode()
    make()
    page = sign_in(agent).get(f"{URL}?state=CONNECTED")
    assert numbers(page) == []
    assert 'href="/requests/"' in page.content.decode()


# --- refreshing -------------------------------------------------------------------------------
def poll(browser, tag):
    return browser.get(f"{URL}?fragment=list", headers={"if-none-match": tag})


@pytest.mark.django_db(transaction=True)
def test_a_poll_is_answered_304_until_something_changes(sign_in, operator, make):
    request = make()
    browser = sign_in(operator)
    first = browser.get(f"{URL}?fragment=list")
    assert "<html" not in first.content.decode()
    assert request.number in first.content.decode()
    assert poll(browser, first["ETag"]).status_code == 304
    move(request, "approve")
    second = poll(browser, first["ETag"])
    assert second.status_code == 200
    assert second["ETag"] != first["ETag"]


def test_an_unchanged_poll_reads_the_session_and_the_actor_alone(sign_in, operator, make):
    make()
    browser = sign_in(operator)
    tag = browser.get(f"{URL}?fragment=list")["ETag"]
    with CaptureQueriesContext(connection) as captured:
        assert poll(browser, tag).status_code == 304
    assert len(captured) <= 3


def test_another_organizations_change_is_none_of_ours(sign_in, operator, make):
    make()
    browser = sign_in(operator)
    tag = browser.get(f"{URL}?fragment=list")["ETag"]
    stranger = make_actor(OrganizationKind.PROVIDER)
    Pulse.objects.filter(organization=stranger.organization).update(version=99)
    assert poll(browser, tag).status_code == 304


def test_a_refresh_brings_as_many_rows_as_are_shown(sign_in, agent, make, monkeypatch):
    monkeypatch.setattr("subscriptions.views.request_list.PAGE_SIZE", 1)
    for _ in range(3):
        make(S.DRAFT)
    browser = sign_in(agent)
    assert len(numbers(browser.get(f"{URL}?fragment=list"))) == 1
    assert len(numbers(browser.get(f"{URL}?fragment=list&size=2"))) == 2
    assert len(numbers(browser.get(f"{URL}?fragment=list&size=9999"))) == 3


# --- what the roles are offered ---------------------------------------------------------------
def test_rows_of_the_queue_offer_what_the_table_allows(sign_in, operator, make):
    request = make()
    page = sign_in(operator).get(URL)
    actions = page.context["lines"][0]["actions"]
    assert [(action["url"], action["at_once"]) for action in actions] == [
        (f"/requests/{request.number}/move/approve/", True),
        (f"/requests/{request.number}/move/ask_info/", False),
        (f"/requests/{request.number}/move/reject/", False),
    ]
    assert 'name="do"' in page.content.decode()


def test_a_viewer_is_offered_nothing(sign_in, operator, make):
    make()
    viewer = make_actor(organization=operator.organization, role=Role.VIEWER)
    content = sign_in(viewer).get(URL).content.decode()
    assert "/move/" not in content
    assert 'name="do"' not in content


def test_commission_and_names_of_the_other_side_are_not_in_the_queue(sign_in, agent, operator):
    RequestFactory(owner=agent.organization, plan__provider=operator.organization)
    request_in(
        S.CHECKING,
        owner=agent.organization,
        plan__provider=operator.organization,
        created_by=agent.user,
        assignee=operator.user,
    )
    assert str(agent.user) not in sign_in(operator).get(URL).content.decode()
    assert str(operator.user) not in sign_in(agent).get(URL).content.decode()
    person = make_actor(OrganizationKind.PERSON)
    request_in(S.CHECKING, owner=agent.organization, holder=person.organization)
    assert "825 ₽" not in seen(sign_in(person).get(URL))


def test_lists_of_a_time_are_in_the_order_of_filing(sign_in, agent, make):
    first, second = make(), make()
    ConnectionRequest.objects.filter(pk=first.pk).update(submitted_at=timezone.now())
    day = timezone.localdate() - timedelta(days=1)
    page = sign_in(agent).get(f"{URL}?submitted_after={day}")
    assert numbers(page) == [first.number, second.number]
