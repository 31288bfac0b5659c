"""Moving requests by page: forms, conflicts, row actions, several at once."""

from datetime import timedelta

import pytest

from core import clock
from core.choices import OrganizationKind, Role
from core.models import Event
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.services.requests import add_note
from subscriptions.tests.factories import move, request_in
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
S = RequestState


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


def at(request, transition):
    return f"/requests/{request.number}/move/{transition}/"


def state_of(request):
    return ConnectionRequest.objects.get(pk=request.pk).state


def moves_of(request):
    return Event.objects.filter(subject_id=request.pk, kind="request.moved").count()


def text(response):
    return response.content.decode()


def test_the_page_asks_for_what_the_table_requires(sign_in, operator, make):
    page = sign_in(operator).get(at(make(), "reject"))
    assert list(page.context["form"].fields) == ["version", "seen", "reason", "reason_text"]
    assert "NO_PORT" in text(page)


def test_what_is_missing_is_said_beside_its_field_and_nothing_moves(sign_in, operator, make):
    request = make()
    response = sign_in(operator).post(at(request, "reject"), {"reason_text": "typed already"})
    assert response.status_code == 422
    assert "reason" in response.context["form"].errors
    assert "typed already" in text(response)
    other = sign_in(operator).post(at(request, "reject"), {"reason": "OTHER"})
    assert "reason_text" in other.context["form"].errors
    assert state_of(request) == S.CHECKING


def test_a_refusal_with_its_reason_moves_and_returns_to_the_request(sign_in, operator, make):
    request = make()
    response = sign_in(operator).post(
        at(request, "reject"), {"reason": "NO_PORT", "version": request.version}
    )
    assert response["Location"] == f"/requests/{request.number}/"
    assert state_of(request) == S.REJECTED


def test_a_visit_is_asked_for_as_a_day_and_two_times(sign_in, operator, make):
    request = make(S.APPROVED)
    day = clock.today() + timedelta(days=3)
    response = sign_in(operator).post(
        at(request, "schedule"), {"day": day, "starts_at": "10:00", "ends_at": "12:00"}
    )
    assert response.status_code == 302
    visit = request.appointments.get()
    assert visit.ends_at - visit.starts_at == timedelta(hours=2)
    # The reader's time zone is Moscow's.
    assert visit.starts_at.hour == 7


def test_a_visit_in_the_past_is_refused_beside_its_field(sign_in, operator, make):
    request = make(S.APPROVED)
    day = clock.today() - timedelta(days=3)
    response = sign_in(operator).post(
        at(request, "schedule"), {"day": day, "starts_at": "10:00", "ends_at": "12:00"}
    )
    assert response.status_code == 422
    assert "starts_at" in response.context["form"].errors


def test_a_hold_needs_a_day_and_a_name(sign_in, agent, make):
    request = make()
    data = {"held_until": clock.today() + timedelta(days=5), "reason_text": "Repairs"}
    response = sign_in(agent).post(at(request, "hold"), data)
    assert list(response.context["form"].errors) == ["awaited_kind"]
    data |= {"awaited_kind": "OTHER"}
    response = sign_in(agent).post(at(request, "hold"), data)
    assert list(response.context["form"].errors) == ["awaited"]
    sign_in(agent).post(at(request, "hold"), data | {"awaited": "House office"})
    assert state_of(request) == S.ON_HOLD
    page = sign_in(agent).get(f"/requests/{request.number}/")
    assert "House office" in page.context["awaited"]


def test_an_unknown_action_is_a_404_and_a_foreign_sides_a_403(sign_in, agent, make):
    request = make()
    assert sign_in(agent).get(at(request, "explode")).status_code == 404
    assert sign_in(agent).get(at(request, "approve")).status_code == 403
    assert sign_in(agent).post(at(request, "approve")).status_code == 403
    assert state_of(request) == S.CHECKING


def test_fields_that_the_form_does_not_offer_change_nothing(sign_in, operator, make):
    request = make()
    sign_in(operator).post(
        at(request, "approve"),
        {"state": "CONNECTED", "price": "1", "owner": "1", "assignee": "1", "reason": "OTHER"},
    )
    after = ConnectionRequest.objects.get(pk=request.pk)
    assert (after.state, after.price, after.reason) == (S.APPROVED, request.price, "")


# --- conflicts --------------------------------------------------------------------------------
def test_a_double_click_moves_once_and_the_second_is_told_politely(sign_in, operator, make):
    request = make()
    browser = sign_in(operator)
    before = moves_of(request)
    data = {"version": request.version}
    assert browser.post(at(request, "approve"), data).status_code == 302
    second = browser.post(at(request, "approve"), data)
    assert second.status_code == 409
    assert str(S.APPROVED.label) in text(second)
    assert moves_of(request) == before + 1


def test_a_conflict_shows_what_changed_meanwhile_and_keeps_what_was_typed(
    sign_in, agent, operator, make
):
    request = make()
    add_note(agent, request, "Said before the form was opened")
    browser = sign_in(operator)
    form = browser.get(at(request, "ask_info")).context["form"]
    move(request, "hold", actor=agent)
    response = browser.post(
        at(request, "ask_info"), {**form.initial, "note": "Which entrance please?"}
    )
    assert response.status_code == 409
    content = text(response)
    assert "Which entrance please?" in content
    assert "No key to the attic" in content
    assert "Said before the form was opened" not in content
    assert state_of(request) == S.ON_HOLD


def test_a_page_opened_too_late_says_what_happened(sign_in, operator, make):
    request = make()
    move(request, "approve")
    response = sign_in(operator).get(at(request, "approve"))
    assert response.status_code == 409
    assert str(S.APPROVED.label) in text(response)


# --- rows of the queue ------------------------------------------------------------------------
def press(browser, request, transition, query="", **data):
    return browser.post(
        at(request, transition),
        {"version": request.version, **data},
        headers={
            "hx-request": "true",
            "hx-target": "list",
            "hx-current-url": f"http://testserver/requests/{query}",
        },
    )


def test_a_row_action_answers_with_the_list_as_it_is_now(sign_in, operator, make):
    request, other = make(S.SUBMITTED), make(S.CHECKING)
    response = press(sign_in(operator), request, "start_check", "?state=CHECKING")
    assert response.status_code == 200
    assert "<html" not in text(response)
    assert "toast-note" in text(response)
    assert {line["number"] for line in response.context["lines"]} == {
        request.number,
        other.number,
    }


def test_a_row_action_that_comes_late_tells_so_and_shows_the_new_rows(sign_in, operator, make):
    request = make(S.SUBMITTED)
    browser = sign_in(operator)
    press(browser, request, "start_check")
    late = press(browser, request, "start_check")
    assert late.status_code == 200
    assert "toast-bad" in text(late)
    assert state_of(request) == S.CHECKING


def test_without_scripts_a_row_action_returns_to_the_list(sign_in, operator, make):
    request = make(S.SUBMITTED)
    browser = sign_in(operator)
    back = "/requests/?due=today"
    assert browser.post(at(request, "start_check"), {"back": back})["Location"] == back
    elsewhere = browser.post(at(request, "approve"), {"back": "https://evil.example/"})
    assert elsewhere["Location"] == f"/requests/{request.number}/"


# --- several at once --------------------------------------------------------------------------
def bulk(browser, *requests, **data):
    return browser.post("/requests/bulk/", {"selected": [r.number for r in requests], **data})


def test_several_are_moved_and_each_refusal_is_named(sign_in, operator, make):
    good, late, foreign = make(), make(S.CONNECTED), request_in(S.CHECKING)
    response = bulk(sign_in(operator), good, late, foreign, do="approve")
    assert [row.number for row in response.context["done"]] == [good.number]
    refused = {row.number: str(row.refusal) for row in response.context["refused"]}
    assert set(refused) == {late.number, foreign.number}
    assert str(S.CONNECTED.label) in refused[late.number]
    assert state_of(good) == S.APPROVED
    assert state_of(foreign) == S.CHECKING


def test_a_request_selected_twice_is_moved_once(sign_in, operator, make):
    request = make()
    response = bulk(sign_in(operator), request, request, do="approve")
    assert len(response.context["done"]) == 1
    assert response.context["refused"] == []


def test_several_are_assigned(sign_in, operator, make):
    one, other = make(), make()
    colleague = make_actor(organization=operator.organization, role=Role.MEMBER)
    bulk(sign_in(operator), one, other, do="assign", user=colleague.user.public_id)
    assert set(ConnectionRequest.objects.values_list("assignee", flat=True)) == {colleague.user.pk}
    bulk(sign_in(operator), one, other, do="assign", user="none")
    assert set(ConnectionRequest.objects.values_list("assignee", flat=True)) == {None}


def test_a_member_assigns_nobody(sign_in, operator, make):
    request = make()
    member = make_actor(organization=operator.organization, role=Role.MEMBER)
    response = bulk(sign_in(member), request, do="assign", user=member.user.public_id)
    assert response.context["done"] == []
    assert ConnectionRequest.objects.get().assignee is None


@pytest.mark.parametrize(
    "data",
    [
        {"do": "cancel"}, {"do": ""}, {"do": "schedule"}, {"do": "submit"}, {"do": "everything"},
    ],
)  # fmt: skip
def test_what_is_not_this_sides_to_do_with_several_is_refused_whole(sign_in, operator, make, data):
    request = make()
    before = ConnectionRequest.objects.get().version
    assert bulk(sign_in(operator), request, **data).status_code == 400
    assert ConnectionRequest.objects.get().version == before


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"do": "reject"}, 200), ({"do": "connect"}, 200), ({"do": "note"}, 200),
        ({"do": "assign"}, 422), ({"do": "assign", "user": "AAAAAAAAAAAA"}, 422),
        ({"do": "reject", "sure": "1"}, 422), ({"do": "note", "sure": "1"}, 422),
    ],
)  # fmt: skip
def test_what_must_be_filled_in_is_asked_for_before_anything_is_done(
    sign_in, operator, make, data, status
):
    request = make()
    before = ConnectionRequest.objects.get().version
    page = bulk(sign_in(operator), request, **data)
    assert page.status_code == status
    assert f'name="selected" value="{request.number}"' in page.content.decode()
    assert ConnectionRequest.objects.get().version == before


def test_nothing_selected_or_too_much_is_refused(sign_in, operator):
    browser = sign_in(operator)
    assert bulk(browser, do="approve").status_code == 400
    many = [f"EC-0000-{number:04d}" for number in range(201)]
    assert browser.post("/requests/bulk/", {"selected": many, "do": "approve"}).status_code == 400


def test_bulk_is_for_those_who_work_the_queue(sign_in, agent, operator, make):
    request = make()
    viewer = make_actor(organization=operator.organization, role=Role.VIEWER)
    assert bulk(sign_in(viewer), request, do="approve").status_code == 403
    assert bulk(sign_in(agent), request, do="approve").status_code == 400
    assert sign_in(operator).get("/requests/bulk/").status_code == 405
    assert state_of(request) == S.CHECKING
