"""What happened since one looked: said on the page, in lists, and never of what one did."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.choices import OrganizationKind
from core.models import Event
from subscriptions.models import RequestSeen
from subscriptions.selectors.request_seen import unseen
from subscriptions.services.requests import add_note, mark_seen
from subscriptions.tests.factories import move
from subscriptions.tests.sides import text, url
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


def newest() -> int:
    return Event.objects.latest("pk").pk


def look(actor, request):
    mark_seen(actor, request, newest())


def test_a_first_look_marks_nothing_and_is_written_by_the_page_alone(sides, sign_in):
    request = sides.request()
    browser = sign_in(sides.agent)
    page = browser.get(url(request))
    browser.get(url(request, "?fragment=history"))
    assert page.context["history"].new == 0
    assert not RequestSeen.objects.exists()
    assert "data-seen" in text(page)
    answer = browser.post(url(request, "seen/"), {"event": str(page.context["history"].newest)})
    assert answer.status_code == 204
    row = RequestSeen.objects.get()
    assert (row.user, row.event_id) == (sides.agent.user, page.context["history"].newest)
    assert "data-seen" not in text(browser.get(url(request)))


def test_what_others_did_since_is_marked_and_stays_so_while_the_page_is_open(sides, sign_in):
    request = sides.request()
    look(sides.agent, request)
    seen = RequestSeen.objects.get()
    add_note(sides.agent, request, "Mine")
    add_note(sides.operator, request, "Theirs")
    browser = sign_in(sides.agent)
    page = browser.get(url(request))
    marked = [line.text for line in page.context["history"].lines if line.is_new]
    assert marked == ["Theirs"]
    assert "new-since" in text(page)
    look(sides.agent, request)
    address = f"?fragment=history&seen={seen.event_id}&since={int(seen.seen_at.timestamp())}"
    assert address.replace("&", "&amp;") in text(page)
    assert "new-mark" in text(browser.get(url(request, address)))
    assert "new-mark" not in text(browser.get(url(request)))


def test_what_comes_while_a_page_is_open_is_marked_also_on_a_first_look(sides, sign_in):
    request = sides.request()
    browser = sign_in(sides.agent)
    page = browser.get(url(request))
    (address,) = re.findall(r'data-poll="[^"]*(\?fragment=history[^"]*)"', text(page))
    address = address.replace("&amp;", "&")
    assert "new-mark" not in text(browser.get(url(request, address)))
    add_note(sides.operator, request, "Theirs")
    fragment = text(browser.get(url(request, address)))
    assert fragment.count("new-mark") == 1
    assert "new-since" in fragment


@pytest.mark.parametrize(
    "query",
    [
        "seen=x&since=1",
        "seen=1",
        "seen=1&since=999999999999999999",
        "seen=٣&since=1",
        "seen=-1&since=1",
    ],
)
def test_nonsense_in_the_address_marks_nothing(sides, sign_in, query):
    request = sides.request()
    answer = sign_in(sides.agent).get(url(request, f"?fragment=history&{query}"))
    assert answer.status_code == 200
    assert "new-mark" not in text(answer)


def test_it_never_goes_back_nor_ahead_of_what_there_is(sides):
    request = sides.request()
    look(sides.agent, request)
    first = RequestSeen.objects.get().event_id
    mark_seen(sides.agent, request, 1)
    assert RequestSeen.objects.get().event_id == first
    mark_seen(sides.agent, request, 10**17)
    assert RequestSeen.objects.get().event_id == newest()


def test_lists_name_what_is_unseen_in_one_query(sides):
    quiet, changed, own, never = (sides.request() for _ in range(4))
    for request in (quiet, changed, own):
        look(sides.agent, request)
    add_note(sides.operator, changed, "New")
    add_note(sides.agent, own, "Mine")
    add_note(sides.operator, never, "Never opened")
    add_note(sides.operator, quiet, "Within", internal=True)
    ids = [row.pk for row in (quiet, changed, own, never)]
    with CaptureQueriesContext(connection) as captured:
        assert unseen(sides.agent, ids) == {changed.pk}
    assert len(captured) == 1
    assert unseen(sides.agent, []) == set()


def test_a_holder_is_shown_moves_and_not_correspondence(sides):
    request = sides.request()
    look(sides.holder, request)
    add_note(sides.operator, request, "Between the two")
    assert unseen(sides.holder, [request.pk]) == set()
    move(request, "approve", actor=sides.operator)
    assert unseen(sides.holder, [request.pk]) == {request.pk}


def test_strangers_and_nonsense(sides, sign_in):
    request = sides.request()
    stranger = sign_in(make_actor(OrganizationKind.AGENCY))
    assert stranger.post(url(request, "seen/"), {"event": "1"}).status_code == 404
    browser = sign_in(sides.agent)
    for event in ("", "x", "-1", "1" * 30):
        assert browser.post(url(request, "seen/"), {"event": event}).status_code == 400
    assert browser.get(url(request, "seen/")).status_code == 405
    assert not RequestSeen.objects.exists()
