"""The board: columns, cards, what a card can do, and moving it."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import OrganizationKind, Role
from core.models import Pulse
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.selectors import board
from subscriptions.tests.factories import move, request_in
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
URL = "/requests/board/"
MOVE = "/requests/board/move/"


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


def shown(response):
    """Numbers of the cards by column."""
    return {
        column.name: [card["number"] for card in column.cards]
        for column in response.context["columns"]
        if column.cards
    }


def counts(response):
    return {column.name: column.count for column in response.context["columns"] if column.count}


def test_each_state_has_its_column_with_the_nearest_deadline_first(sign_in, operator, make):
    later, late = due(make(), days=3), due(make(), hours=-2)
    filed, foreign = make(S.SUBMITTED), request_in(S.CHECKING)
    make(S.DRAFT)
    page = sign_in(operator).get(URL)
    assert shown(page) == {
        S.SUBMITTED: [filed.number],
        S.CHECKING: [late.number, later.number],
    }
    assert counts(page) == {S.SUBMITTED: 1, S.CHECKING: 2}
    content = page.content.decode()
    assert foreign.number not in content
    assert "deadline-late" in content


def test_who_files_has_a_column_of_drafts_newest_first(sign_in, agent, make):
    first, second = make(S.DRAFT), make(S.DRAFT)
    assert shown(sign_in(agent).get(URL)) == {S.DRAFT: [second.number, first.number]}


def test_what_was_closed_lately_is_counted_and_shown_when_asked_for(sign_in, agent, make):
    lately, long_ago = make(S.REJECTED), make(S.CONNECTED)
    ConnectionRequest.objects.filter(pk=long_ago.pk).update(
        closed_at=timezone.now() - timedelta(days=8)
    )
    browser = sign_in(agent)
    folded = browser.get(URL)
    assert shown(folded) == {}
    assert counts(folded) == {"closed": 1}
    assert shown(browser.get(f"{URL}?closed=1")) == {"closed": [lately.number]}


def test_filters_of_the_list_narrow_the_board(sign_in, agent, make):
    wanted, other = make(S.APPROVED), make()
    browser = sign_in(agent)
    assert shown(browser.get(f"{URL}?state=APPROVED")) == {S.APPROVED: [wanted.number]}
    assert shown(browser.get(f"{URL}?q={other.number}")) == {S.CHECKING: [other.number]}
    assert counts(browser.get(f"{URL}?q={other.number}")) == {S.CHECKING: 1}
    links = browser.get(f"{URL}?state=APPROVED").context["layouts"]
    assert [link["url"] for link in links] == [
        "/requests/?state=APPROVED",
        "/requests/board/?state=APPROVED",
    ]


@pytest.mark.parametrize(
    "query", ["owner=1", "shown=CHECKING", "shown=EVERY.20", "column=EVERY", "shown=CHECKING.9e9",
              "column=CHECKING&after=garbage", "state=EVERY"]
)  # fmt: skip
def test_what_is_not_understood_is_refused(sign_in, agent, make, query):
    make()
    response = sign_in(agent).get(f"{URL}?{query}")
    assert response.status_code == 400
    assert "EC-" not in response.content.decode()


def test_show_more_continues_a_column_after_its_last_card(sign_in, operator, make, monkeypatch):
    monkeypatch.setattr(board, "CARDS", 2)
    made = [due(make(), hours=hour).number for hour in range(1, 6)]
    browser = sign_in(operator)
    column = next(c for c in browser.get(URL).context["columns"] if c.name == S.CHECKING)
    seen = [card["number"] for card in column.cards]
    assert (seen, column.count) == (made[:2], 5)
    url = column.more_url
    while url:
        page = browser.get(URL + url)
        seen += [card["number"] for card in page.context["cards"]]
        url = page.context["more_url"]
    assert seen == made
    assert len(shown(browser.get(URL + column.grown_url))[S.CHECKING]) > 2


def test_counts_stop_at_the_cap(sign_in, operator, make, monkeypatch):
    monkeypatch.setattr(board, "COUNT_CAP", 1)
    for _ in range(4):
        make()
    monkeypatch.setattr(board, "CARDS", 1)
    assert counts(sign_in(operator).get(URL)) == {S.CHECKING: 2}


@pytest.mark.parametrize(
    "kind",
    [OrganizationKind.AGENCY, OrganizationKind.BUILDER, OrganizationKind.PROVIDER,
     OrganizationKind.COMPANY, OrganizationKind.PERSON],
)  # fmt: skip
def test_a_board_costs_the_same_queries_for_one_card_and_for_three(sign_in, kind):
    actor = make_actor(kind)
    side = {
        OrganizationKind.PROVIDER: "plan__provider",
        OrganizationKind.COMPANY: "holder",
        OrganizationKind.PERSON: "holder",
    }.get(kind, "owner")
    browser = sign_in(actor)

    def queries():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(URL).status_code == 200
        return len(captured)

    request_in(S.CHECKING, **{side: actor.organization})
    one = queries()
    request_in(S.SCHEDULED, **{side: actor.organization})
    request_in(S.ON_HOLD, **{side: actor.organization})
    assert queries() == one <= 12
    assert sum(len(cards) for cards in shown(browser.get(URL)).values()) == 3


def test_staff_without_an_organization_are_led_to_the_list(sign_in):
    assert sign_in(make_staff()).get(URL)["Location"] == "/requests/"


# --- what a card can do -----------------------------------------------------------------------
def moves_on(response, state):
    column = next(column for column in response.context["columns"] if column.name == state)
    return {move["name"]: (move["target"], move["at_once"]) for move in column.cards[0]["moves"]}


def test_a_card_offers_what_the_table_allows_its_reader(sign_in, agent, operator, make):
    make(created_by=agent.user)
    assert moves_on(sign_in(operator).get(URL), S.CHECKING) == {
        "approve": (S.APPROVED, True),
        "ask_info": (S.NEEDS_INFO, False),
        "hold": (S.ON_HOLD, False),
        "reject": (S.REJECTED, False),
    }
    assert set(moves_on(sign_in(agent).get(URL), S.CHECKING)) == {"hold", "cancel"}
    viewer = make_actor(organization=operator.organization, role=Role.VIEWER)
    assert moves_on(sign_in(viewer).get(URL), S.CHECKING) == {}


def test_what_is_resumed_goes_where_it_was(sign_in, operator, make):
    make(S.ON_HOLD)
    assert moves_on(sign_in(operator).get(URL), S.ON_HOLD)["resume"] == (S.CHECKING, True)


def test_without_a_script_a_button_moves_and_comes_back_to_the_board(sign_in, operator, make):
    request = make()
    browser = sign_in(operator)
    content = browser.get(URL).content.decode()
    assert f'formaction="/requests/{request.number}/move/approve/"' in content
    response = browser.post(
        f"/requests/{request.number}/move/approve/",
        {"version": request.version, "back": f"{URL}?state=CHECKING"},
    )
    assert response["Location"] == f"{URL}?state=CHECKING"


def post(browser, request, transition, version=None):
    return browser.post(
        MOVE,
        {
            "number": request.number,
            "transition": transition,
            "version": request.version if version is None else version,
        },
    )


def test_a_card_is_moved_by_its_script(sign_in, operator, make):
    request = make()
    response = post(sign_in(operator), request, "approve")
    assert response.status_code == 200
    assert request.number in response.json()["message"]
    request.refresh_from_db()
    assert request.state == S.APPROVED


def test_who_was_slower_hears_what_the_other_did(sign_in, operator, make):
    request = make()
    colleague = make_actor(organization=operator.organization)
    colleague.user.full_name = "Мария Быстрая"
    colleague.user.save()
    move(request, "approve", actor=colleague)
    response = post(sign_in(operator), request, "approve")
    assert response.status_code == 409
    assert "Мария Быстрая" in response.json()["message"]
    request.refresh_from_db()
    assert request.state == S.APPROVED


@pytest.mark.parametrize(
    ("transition", "version", "status"),
    [
        ("reject", None, 400),  # asks for a reason
        ("cancel", None, 403),  # the other side's
        ("fly", None, 400),
        ("approve", "x", 400),
        ("approve", "", 400),
        ("approve", "9" * 30, 400),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_moves(
    sign_in, operator, make, transition, version, status
):
    request = make()
    assert post(sign_in(operator), request, transition, version).status_code == status
    request.refresh_from_db()
    assert request.state == S.CHECKING


def test_another_tenants_card_does_not_exist(sign_in, make):
    request = make()
    stranger = make_actor(OrganizationKind.PROVIDER)
    assert post(sign_in(stranger), request, "approve").status_code == 404


@pytest.mark.parametrize("number", ["\x00", "EC-1", "1' OR '1'='1", "x" * 10_000])
def test_what_is_no_number_names_no_card(sign_in, operator, make, number):
    make()
    form = {"number": number, "transition": "approve", "version": "1"}
    assert sign_in(operator).post(MOVE, form).status_code == 404


# --- refreshing -------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_poll_is_answered_304_until_something_changes(sign_in, operator, make):
    request = make()
    browser = sign_in(operator)
    url = f"{URL}?fragment=board"
    first = browser.get(url)
    assert "<html" not in first.content.decode()
    again = {"if-none-match": first["ETag"]}
    assert browser.get(url, headers=again).status_code == 304
    stranger = make_actor(OrganizationKind.PROVIDER)
    Pulse.objects.filter(organization=stranger.organization).update(version=99)
    assert browser.get(url, headers=again).status_code == 304
    move(request, "approve")
    second = browser.get(url, headers=again)
    assert (second.status_code, shown(second)) == (200, {S.APPROVED: [request.number]})
