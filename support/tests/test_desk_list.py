"""The desk's list: what is due first, found by filters, arranged by each, cheap while idle."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import StaffScope
from core.errors import DomainError, Forbidden
from core.saved_views import save_view, views_of
from support.choices import Priority, TicketState
from support.desk_panels import TICKETS
from support.filters import TicketFilter
from support.models import Presence, Tag, Ticket, TicketWord
from support.tests.factories import QueueFactory, TicketCategoryFactory, TicketFactory
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = TicketState
LIST = "/desk/"


@pytest.fixture
def agent():
    return make_staff(StaffScope.SUPPORT)


def hours(count):
    return timezone.now() + timedelta(hours=count)


def numbers(page):
    return [line["number"] for line in page.context["lines"]]


def found(actor, **query):
    from django.http import QueryDict

    given = QueryDict(mutable=True)
    for name, value in query.items():
        given.setlist(name, value if isinstance(value, list) else [value])
    return set(TicketFilter(given, actor=actor).qs.values_list("number", flat=True))


# --- who comes in -------------------------------------------------------------------------------
def test_the_desk_is_the_staffs(sign_in, agent):
    ticket = TicketFactory(owner__name="Ivanov")
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    other = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=ticket.owner, created_at=timezone.now()
    )
    assert numbers(sign_in(agent).get("/desk/?group=open")) == [ticket.number]
    assert numbers(sign_in(manager).get("/desk/?group=open")) == [ticket.number]
    assert numbers(sign_in(other).get("/desk/?group=open")) == []
    for stranger in (make_staff(StaffScope.CONTENT), make_actor(organization=ticket.owner)):
        assert sign_in(stranger).get(LIST).status_code == 404


def test_who_acts_for_an_organization_is_told_to_come_as_themselves(sign_in):
    administrator = make_staff(StaffScope.ADMIN)
    organization = OrganizationFactory(name="Vector")
    browser = sign_in(administrator)
    browser.post("/users/organizations/switch/", {"organization": organization.public_id})
    session = browser.session
    session["organization"] = organization.public_id
    session.save()
    page = browser.get(LIST)
    assert page.status_code == 200
    assert "Vector" in page.content.decode()
    assert "lines" not in page.context


# --- order and views ----------------------------------------------------------------------------
def test_the_whole_list_opens_with_what_has_to_be_done(sign_in, agent):
    assert sign_in(agent).get(LIST)["Location"] == "/desk/?group=open"


def test_what_is_due_first_comes_first(sign_in, agent):
    late, soon, never = (
        TicketFactory(due_at=hours(-1)),
        TicketFactory(due_at=hours(2)),
        TicketFactory(),
    )
    TicketFactory(state=S.CLOSED)
    browser = sign_in(agent)
    assert numbers(browser.get("/desk/?group=open")) == [late.number, soon.number, never.number]
    assert numbers(browser.get("/desk/?due=overdue")) == [late.number]
    assert "1" in browser.get("/desk/?group=open").content.decode().split("tab-late")[1][:200]


def test_what_is_over_comes_by_what_changed_last(sign_in, agent):
    first = TicketFactory(state=S.SOLVED, updated_at=hours(-3))
    second = TicketFactory(state=S.SOLVED, updated_at=hours(-1))
    assert numbers(sign_in(agent).get("/desk/?state=SOLVED")) == [second.number, first.number]


def test_pages_go_on_where_the_last_ended(sign_in, agent):
    same = hours(1)
    made = [TicketFactory(due_at=same) for _ in range(27)]
    browser = sign_in(agent)
    first = browser.get("/desk/?group=open&sort=due")
    rest = browser.get(f"/desk/?group=open&sort=due&after={first.context['page'].next_cursor}")
    assert numbers(first) + numbers(rest) == [ticket.number for ticket in made]


def test_an_order_that_is_not_there_is_refused(sign_in, agent):
    assert sign_in(agent).get("/desk/?sort=subject").status_code == 400
    assert sign_in(agent).get("/desk/?owner=1").status_code == 400
    assert sign_in(agent).get("/desk/?group=open&after=x").status_code == 400


def test_tabs_count_what_waits_and_say_which_is_open(sign_in, agent):
    TicketFactory(assignee=agent.user)
    TicketFactory(due_at=hours(-1))
    TicketFactory(assignee=agent.user, state=S.CLOSED)
    page = sign_in(agent).get("/desk/?assignee=me&group=open")
    shown = {str(tab.label): (tab.count, tab.is_current) for tab in page.context["tabs"]}
    assert shown == {
        "Mine": ("1", True), "Unassigned": ("1", False), "Overdue": ("1", False),
        "All open": ("", False), "Solved": ("", False),
    }  # fmt: skip


# --- filters ------------------------------------------------------------------------------------
def test_each_filter_finds_its_own(agent):
    queue, category = QueueFactory(), TicketCategoryFactory()
    tag = Tag.objects.create(name="tv")
    wanted = TicketFactory(
        queue=queue,
        category=category,
        priority=Priority.URGENT,
        assignee=agent.user,
        channel="MAIL",
        due_at=timezone.now() + timedelta(seconds=1),
        owner__name="Theirs",
    )
    wanted.tags.add(tag)
    TicketFactory(owner=None, due_at=hours(100))
    number = {wanted.number}
    assert found(agent, queue=queue.public_id) == number
    assert found(agent, category=category.public_id) == number
    assert found(agent, priority="URGENT") == number
    assert found(agent, assignee="me") == number
    assert found(agent, assignee=agent.user.public_id) == number
    assert found(agent, channel="MAIL") == number
    assert found(agent, tag="tv") == number
    assert found(agent, kind="PERSON") == number
    assert found(agent, organization=wanted.owner.public_id) == number
    assert found(agent, due="today") == number
    assert wanted.number not in found(agent, assignee="none")
    assert found(agent, created_after="2020-01-01") >= number
    assert found(agent, created_before="2020-01-01") == set()


def test_several_states_at_once(agent):
    new, solved = TicketFactory(), TicketFactory(state=S.SOLVED)
    TicketFactory(state=S.CLOSED)
    assert found(agent, state=["NEW", "SOLVED"]) == {new.number, solved.number}


def test_text_finds_a_number_an_address_and_words(agent):
    ticket = TicketFactory(requester_email="anna@example.com")
    TicketFactory()
    for word in ("нет", "интернета", "казань"):
        TicketWord.objects.create(ticket=ticket, word=word)
    digits = ticket.number.removeprefix("ET-")
    for text in (ticket.number, digits, f"ет {digits}", "anna@example.com", "интерн", "казань нет"):
        assert found(agent, q=text) == {ticket.number}, text
    assert found(agent, q="интернет москва") == set()


def test_customers_are_not_asked_how_the_desk_works():
    actor = make_actor()
    ticket = TicketFactory(owner=actor.organization)
    TicketFactory()
    assert found(actor, state="NEW") == {ticket.number}
    for name in ("queue", "assignee", "due", "tag", "kind", "organization"):
        with pytest.raises(DomainError):
            found(actor, **{name: "x"})


# --- what it costs ------------------------------------------------------------------------------
def queries_of(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_one_row_and_three_cost_the_same(sign_in, agent):
    def make():
        ticket = TicketFactory(assignee=UserFactory(), category=TicketCategoryFactory())
        ticket.tags.add(Tag.objects.get_or_create(name="tv")[0])
        Presence.objects.create(ticket=ticket, user=UserFactory(), seen_at=timezone.now())

    browser = sign_in(agent)
    browser.get("/desk/?group=open")
    make()
    one = queries_of(browser, "/desk/?group=open")
    make()
    make()
    assert queries_of(browser, "/desk/?group=open") == one <= 14


def test_a_poll_reads_next_to_nothing_while_nothing_changes(sign_in, agent):
    ticket = TicketFactory()
    browser = sign_in(agent)
    tag = browser.get("/desk/?group=open&fragment=list")["ETag"]
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get("/desk/?group=open&fragment=list", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert len(captured) <= 5
    Ticket.objects.filter(pk=ticket.pk).update(updated_at=timezone.now())
    changed = browser.get("/desk/?group=open&fragment=list", headers={"If-None-Match": tag})
    assert changed.status_code == 200


def test_somebody_who_comes_to_look_is_shown(sign_in, agent):
    ticket = TicketFactory()
    browser = sign_in(agent)
    tag = browser.get("/desk/?group=open&fragment=list")["ETag"]
    colleague = UserFactory(full_name="Olga")
    Presence.objects.create(ticket=ticket, user=colleague, seen_at=timezone.now())
    page = browser.get("/desk/?group=open&fragment=list", headers={"If-None-Match": tag})
    assert "Olga is looking" in page.content.decode()


def test_what_a_customer_writes_is_text(sign_in, agent):
    TicketFactory(subject="<script>alert(1)</script>", requester_name="<b>Bold</b>")
    html = sign_in(agent).get("/desk/?group=open").content.decode()
    assert "<script>alert" not in html
    assert "<b>Bold" not in html
    assert "&lt;script&gt;alert(1)" in html


# --- views of the desk --------------------------------------------------------------------------
def test_views_are_shared_in_the_desk(agent):
    colleague, manager = make_staff(StaffScope.ADMIN), make_staff(StaffScope.ACCOUNT_MANAGER)
    save_view(agent, TICKETS, name="Ours", query="priority=URGENT", is_shared=True)
    save_view(agent, TICKETS, name="Mine", query="assignee=me")
    names = {actor.user.pk: [row.name for row in views_of(actor, "desk")] for actor in
             (agent, colleague, manager)}  # fmt: skip
    assert names == {
        agent.user.pk: ["Ours", "Mine"], colleague.user.pk: ["Ours"], manager.user.pk: ["Ours"],
    }  # fmt: skip
    with pytest.raises(Forbidden):
        save_view(manager, TICKETS, name="Theirs", is_shared=True)
    with pytest.raises(Forbidden):
        save_view(make_actor(), TICKETS, name="Customers'")
    with pytest.raises(Forbidden):
        save_view(make_staff(StaffScope.CONTENT), TICKETS, name="Editors'")


def test_columns_are_chosen_on_their_page(sign_in, agent):
    TicketFactory(channel="MAIL")
    browser = sign_in(agent)
    assert browser.get("/lists/desk/columns/").status_code == 200
    order = ["channel", "subject"]
    browser.post("/lists/desk/columns/", {"order": order, "columns": order, "query": "group=open"})
    page = browser.get("/desk/?group=open")
    assert [column.name for column in page.context["columns"]] == ["channel", "subject", "actions"]


def test_the_desk_opens_with_the_view_chosen_for_it(sign_in, agent):
    browser = sign_in(agent)
    form = {"name": "Late", "query": "due=overdue", "layout": "LIST", "is_default": "on"}
    link = browser.post("/lists/desk/views/new/", form)["Location"]
    assert browser.get(LIST)["Location"] == link
    assert browser.get(link).context["view"].name == "Late"
