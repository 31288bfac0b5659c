"""Views of a list kept under a name: whose they are, who shares them, what becomes of them."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import SavedView
from core.personal_data import erase
from core.saved_views import (
    Layout,
    begin_with,
    choose_columns,
    delete_view,
    list_kind,
    move_view,
    save_view,
    views_of,
)
from core.saved_views.reading import default_view_of
from core.tests.concurrency import together
from subscriptions.choices import RequestState
from subscriptions.tests.factories import ClientFactory, request_in
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
LIST = "requests"
VIEWS = "/lists/requests/views/"
NEW = f"{VIEWS}new/"
S = RequestState


@pytest.fixture
def kind():
    return list_kind(LIST)


@pytest.fixture
def manager():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def member(manager):
    return make_actor(organization=manager.organization, role=Role.MEMBER)


def names(actor):
    return [view.name for view in views_of(actor, LIST)]


def numbers(page):
    return [line["number"] for line in page.context["lines"]]


# --- whose they are -----------------------------------------------------------------------------
def test_a_view_is_ones_own_until_it_is_shared(kind, manager, member):
    save_view(manager, kind, name="Mine", query="state=CHECKING")
    save_view(manager, kind, name="Ours", query="state=APPROVED", is_shared=True)
    stranger = make_actor(OrganizationKind.AGENCY)
    assert names(manager) == ["Mine", "Ours"]
    assert names(member) == ["Ours"]
    assert names(stranger) == []


def test_a_person_has_other_views_in_another_organization(kind, manager):
    save_view(manager, kind, name="Mine")
    elsewhere = make_actor(OrganizationKind.BUILDER)
    same_person = type(manager)(manager.user, elsewhere.organization, Role.MANAGER)
    assert names(same_person) == []


def test_only_managers_share_and_change_what_is_shared(kind, manager, member):
    with pytest.raises(Forbidden):
        save_view(member, kind, name="Ours", is_shared=True)
    own = save_view(member, kind, name="Mine")
    ours = save_view(manager, kind, name="Ours", is_shared=True)
    with pytest.raises(Forbidden):
        save_view(member, kind, ours, name="Theirs", is_shared=True)
    with pytest.raises(Forbidden):
        delete_view(member, ours)
    with pytest.raises(NotVisible):
        save_view(manager, kind, own, name="Taken")
    delete_view(manager, own)
    assert names(member) == ["Mine", "Ours"]
    delete_view(make_actor(organization=manager.organization), ours)
    assert names(member) == ["Mine"]


def test_who_acts_for_no_organization_keeps_none(kind):
    with pytest.raises(Forbidden):
        save_view(make_staff(), kind, name="All")


# --- what they hold -----------------------------------------------------------------------------
def test_filters_are_checked_and_places_left_out(kind, manager):
    view = save_view(
        manager,
        kind,
        name=" Late \x00 in  Kazan ",
        query="group=overdue&after=x&view=y&q=&sort=due",
    )
    assert (view.name, view.query) == ("Late in Kazan", "group=overdue&sort=due")
    for query in ("owner=1", "state=EVERY", "sort=price"):
        with pytest.raises(DomainError):
            save_view(manager, kind, name="Wrong", query=query)
    for name in ("", "   ", "\x00", "x" * 61):
        with pytest.raises(DomainError) as refused:
            save_view(manager, kind, name=name)
        assert refused.value.field == "name"


def test_columns_of_a_view_are_those_that_its_reader_may_have(kind, manager, sign_in):
    with pytest.raises(DomainError):
        save_view(manager, kind, name="Wrong", columns=["owner_id"])
    view = save_view(manager, kind, name="Money", columns=["price", "commission"])
    assert view.columns == ["number", "price", "commission"]
    request_in(S.CHECKING, owner=manager.organization)
    page = sign_in(manager).get(f"/requests/?view={view.public_id}")
    assert [column.name for column in page.context["columns"]] == view.columns


def test_of_two_who_change_a_shared_view_the_second_is_told(kind, manager):
    view = save_view(manager, kind, name="Ours", is_shared=True)
    save_view(manager, kind, view, name="First", is_shared=True, version=1)
    with pytest.raises(Conflict):
        save_view(manager, kind, view, name="Second", is_shared=True, version=1)


def test_there_is_an_end_to_how_many(kind, manager, monkeypatch):
    monkeypatch.setattr("core.saved_views.writing.VIEWS_AT_MOST", 1)
    save_view(manager, kind, name="One")
    with pytest.raises(DomainError):
        save_view(manager, kind, name="Two")


# --- order, and where to begin ------------------------------------------------------------------
def test_each_person_has_an_order_of_their_own(kind, manager, member):
    first, second = (save_view(manager, kind, name=n, is_shared=True) for n in ("One", "Two"))
    move_view(member, kind, second, -1)
    move_view(member, kind, second, -1)
    assert names(member) == ["Two", "One"]
    assert names(manager) == ["One", "Two"]
    delete_view(manager, second)
    save_view(manager, kind, name="Three", is_shared=True)
    assert names(member) == ["One", "Three"]
    assert first.name == "One"


def test_the_list_opens_with_the_view_that_was_chosen(kind, manager, sign_in):
    request_in(S.CHECKING, owner=manager.organization)
    approved = request_in(S.APPROVED, owner=manager.organization)
    view = save_view(manager, kind, name="Approved", query="state=APPROVED")
    begin_with(manager, kind, view)
    browser = sign_in(manager)
    opened = browser.get("/requests/")
    assert opened["Location"] == f"/requests/?state=APPROVED&view={view.public_id}"
    assert numbers(browser.get(opened["Location"])) == [approved.number]
    assert len(numbers(browser.get("/requests/?view=-"))) == 2
    delete_view(manager, view)
    assert browser.get("/requests/").status_code == 200


def test_a_board_is_kept_as_a_board(kind, manager, sign_in):
    view = save_view(manager, kind, name="Board", query="state=APPROVED", layout=Layout.BOARD)
    begin_with(manager, kind, view)
    assert sign_in(manager).get("/requests/")["Location"].startswith("/requests/board/?state=")


@pytest.mark.django_db(transaction=True)
def test_columns_chosen_twice_at_once_are_kept_once(kind, manager):
    outcomes = together([lambda: choose_columns(manager, kind, ["number", "price"])] * 5)
    assert outcomes == [None] * 5
    assert SavedView.objects.get().columns == ["number", "price"]


# --- pages --------------------------------------------------------------------------------------
def test_a_view_is_kept_from_the_list_and_its_link_can_be_passed_on(sign_in, manager, member):
    checking = request_in(S.CHECKING, owner=manager.organization)
    request_in(S.APPROVED, owner=manager.organization)
    browser = sign_in(manager)
    kept = browser.get("/requests/?state=CHECKING").content.decode()
    assert f"{NEW}?layout=LIST&amp;query=state%3DCHECKING" in kept
    form = {"name": "Checking", "is_shared": "on", "query": "state=CHECKING", "layout": "LIST"}
    link = browser.post(NEW, form)["Location"]
    page = sign_in(member).get(link)
    assert numbers(page) == [checking.number]
    assert [(tab.name, tab.is_current) for tab in page.context["view_tabs"]] == [
        ("", False), ("Checking", True),
    ]  # fmt: skip
    stranger = sign_in(make_actor(OrganizationKind.AGENCY)).get(link)
    assert (numbers(stranger), stranger.context["view_tabs"]) == ([], [])


def test_a_view_takes_over_what_the_list_shows_now(sign_in, kind, manager):
    view = save_view(manager, kind, name="Mine", query="state=CHECKING")
    browser = sign_in(manager)
    browser.post(f"{VIEWS}{view.public_id}/act/", {"do": "replace", "query": "state=APPROVED"})
    view.refresh_from_db()
    assert (view.query, view.version) == ("state=APPROVED", 2)


def test_views_are_renamed_shared_and_deleted_on_their_page(sign_in, kind, manager):
    view = save_view(manager, kind, name="Mine")
    browser = sign_in(manager)
    edit = f"{VIEWS}{view.public_id}/"
    browser.post(edit, {"name": "Ours", "is_shared": "on", "is_default": "on", "version": 1})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Ours", True)
    assert default_view_of(manager, LIST) == view.pk
    page = browser.post(edit, {"name": "", "version": 2})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["name"])
    stale = browser.post(edit, {"name": "Late", "version": 1})
    assert stale.status_code == 422
    assert "Ours" in browser.get(VIEWS).content.decode()
    browser.post(f"{edit}act/", {"do": "delete"})
    assert not SavedView.objects.filter(pk=view.pk).exists()
    assert browser.post(f"{VIEWS}AAAAAAAAAAAA/act/", {"do": "up"}).status_code == 404


def test_a_member_is_not_asked_whether_to_share(sign_in, member):
    browser = sign_in(member)
    assert "is_shared" not in browser.get(NEW).content.decode()
    browser.post(NEW, {"name": "Mine", "is_shared": "on", "query": "", "layout": "LIST"})
    assert SavedView.objects.get().is_shared is False


def test_a_view_whose_filters_are_no_longer_valid_says_so(sign_in, kind, manager):
    client = ClientFactory(owner=manager.organization, name="Пропавший Клиент")
    view = save_view(manager, kind, name="His", query=f"client={client.public_id}")
    begin_with(manager, kind, view)
    client.delete()
    browser = sign_in(manager)
    page = browser.get(browser.get("/requests/")["Location"])
    assert (page.status_code, page.context["broken"].view) == (400, view)
    assert "?view=-" in page.content.decode()
    assert browser.get("/requests/?view=-").status_code == 200
    assert page.context["broken"].reason in page.content.decode()


def test_a_page_of_views_costs_the_same_queries_for_one_and_for_three(sign_in, kind, manager):
    browser = sign_in(manager)

    def queries():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(VIEWS).status_code == 200
        return len(captured)

    save_view(manager, kind, name="One", query="group=overdue")
    one = queries()
    save_view(manager, kind, name="Two", query="due=today")
    save_view(manager, kind, name="Three", is_shared=True)
    assert queries() == one <= 12


def test_a_wrong_address_is_not_blamed_on_the_view(sign_in, kind, manager):
    view = save_view(manager, kind, name="Fine", query="state=CHECKING")
    response = sign_in(manager).get(f"/requests/?owner=1&view={view.public_id}")
    assert response.status_code == 400
    assert "broken" not in (response.context or {})


@pytest.mark.parametrize("path", ["columns", "views", "views/new"])
def test_there_is_no_list_that_nobody_declared(sign_in, manager, path):
    assert sign_in(manager).get(f"/lists/nothing/{path}/").status_code == 404


# --- a person who goes --------------------------------------------------------------------------
def test_a_person_takes_their_own_views_along_and_leaves_the_shared(kind, manager, member):
    save_view(manager, kind, name="Mine")
    choose_columns(manager, kind, ["number", "price"])
    save_view(manager, kind, name="Ours", is_shared=True)
    erase(manager.user)
    (left,) = SavedView.objects.all()
    assert (left.name, left.user) == ("Ours", None)
    assert names(member) == ["Ours"]
