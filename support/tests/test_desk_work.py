"""The desk's other pages: many at once, outages, macros, what is written down, downloads."""

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.choices import OrganizationKind, StaffScope
from core.models import Operation
from locations.tests.factories import BuildingFactory
from support.choices import Channel, DeskSide, MacroFor, Priority, TicketState
from support.models import Macro, Tag, Ticket, TicketMessage
from support.services.exporting import run_export
from support.tests.factories import (
    InternalNoteFactory,
    QueueFactory,
    TicketCategoryFactory,
    TicketFactory,
)
from users.tests.factories import MembershipFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
S = TicketState
BULK, NEW, MACROS = "/desk/bulk/", "/desk/new/", "/desk/macros/"


@pytest.fixture
def agent():
    return make_staff(StaffScope.SUPPORT)


@pytest.fixture
def desk():
    """What a new ticket goes to."""
    return QueueFactory(is_default=True)


def html(page):
    return page.content.decode()


def queries_of(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


# --- many at once -------------------------------------------------------------------------------
def test_several_are_assigned_at_once_and_the_results_listed(sign_in, agent):
    tickets = [TicketFactory(), TicketFactory()]
    form = {"do": "assign", "selected": [row.number for row in tickets],
            "user": agent.user.public_id}  # fmt: skip
    page = sign_in(agent).post(BULK, form)
    assert page.context["done"] == [row.number for row in tickets]
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {agent.user.pk}


def test_a_refusal_stops_none_of_the_others(sign_in, agent):
    open_one, solved = TicketFactory(), TicketFactory(state=S.SOLVED)
    form = {"do": "solve", "selected": [open_one.number, solved.number, "ET-0000-0000"]}
    page = sign_in(agent).post(BULK, form)
    assert page.context["done"] == [open_one.number]
    assert [row.number for row in page.context["refused"]] == [solved.number, "ET-0000-0000"]


def test_what_must_be_filled_in_is_asked_for(sign_in, agent):
    ticket = TicketFactory(requester_name="Anna")
    browser = sign_in(agent)
    form = {"do": "answer", "selected": [ticket.number]}
    asked = browser.post(BULK, form)
    assert (asked.status_code, "body" in asked.context["form"].fields) == (200, True)
    empty = browser.post(BULK, form | {"sure": "1"})
    assert empty.status_code == 422
    wrong = browser.post(BULK, form | {"sure": "1", "body": "{{ customer.password }}"})
    assert wrong.status_code == 422
    browser.post(BULK, form | {"sure": "1", "body": "Hello, {{ customer.name }}"})
    assert TicketMessage.objects.get(side=DeskSide.STAFF).body == "Hello, " + str(ticket.requester)


def test_all_that_the_filters_find_is_asked_about_once_more(sign_in, agent):
    urgent = [TicketFactory(priority=Priority.URGENT) for _ in range(2)]
    TicketFactory()
    browser = sign_in(agent)
    form = {"do": "take_up", "all": "1", "query": "priority=URGENT"}
    asked = browser.post(BULK, form)
    assert asked.context["count"] == 2
    done = browser.post(BULK, form | {"sure": "2"})
    assert sorted(done.context["done"]) == sorted(row.number for row in urgent)
    assert browser.post(BULK, form | {"query": "owner=1"}).status_code == 400


def test_tags_priority_queue_and_merge(sign_in, agent):
    owner = make_actor().organization
    asker = UserFactory()
    one, two = (TicketFactory(owner=owner, requester=asker) for _ in range(2))
    queue = QueueFactory()
    browser = sign_in(agent)
    both = [one.number, two.number]
    browser.post(BULK, {"do": "tags", "selected": both, "sure": "2", "add": "cable, tv"})
    browser.post(BULK, {"do": "priority", "selected": both, "priority": "HIGH"})
    browser.post(BULK, {"do": "queue", "selected": both, "queue": queue.public_id})
    for row in Ticket.objects.filter(number__in=both):
        assert (row.priority, row.queue) == (Priority.HIGH, queue)
        assert {tag.name for tag in row.tags.all()} == {"cable", "tv"}
    form = {"do": "merge", "selected": [two.number], "sure": "1", "target": one.number}
    page = browser.post(BULK, form)
    assert page.context["done"] == [two.number]


def test_more_than_a_page_waits_for_is_done_by_a_worker(sign_in, agent, run_jobs):
    tickets = [TicketFactory() for _ in range(26)]
    browser = sign_in(agent)
    form = {"do": "solve", "selected": [row.number for row in tickets]}
    started = browser.post(BULK, form)
    assert started["Location"].startswith("/operations/")
    run_jobs()
    operation = Operation.objects.get()
    page = browser.get(f"/desk/bulk/{operation.public_id}/")
    assert len(page.context["done"]) == 26
    assert sign_in(make_staff(StaffScope.SUPPORT)).get(page.request["PATH_INFO"]).status_code == 404


def test_only_the_desk_acts_on_many(sign_in):
    ticket = TicketFactory()
    form = {"do": "solve", "selected": [ticket.number]}
    for actor in (make_actor(), make_staff(StaffScope.ACCOUNT_MANAGER),
                  make_staff(StaffScope.CONTENT)):  # fmt: skip
        assert sign_in(actor).post(BULK, form).status_code == 404
    assert sign_in(make_staff(StaffScope.ADMIN)).post(BULK, {"do": "erase"}).status_code == 400
    ticket.refresh_from_db()
    assert ticket.state == S.NEW


# --- outages ------------------------------------------------------------------------------------
def reported(building, category, count=3):
    return [
        TicketFactory(building=building, category=category, created_at=timezone.now())
        for _ in range(count)
    ]


def test_an_outage_is_shown_and_answered_at_once(sign_in, agent):
    building, category = BuildingFactory(), TicketCategoryFactory(is_outage=True)
    tickets = reported(building, category)
    reported(BuildingFactory(), category, 2)
    browser = sign_in(agent)
    page = browser.get("/desk/outages/")
    assert [outage.building for outage in page.context["outages"]] == [building]
    assert "An outage here" in html(browser.get(f"/desk/{tickets[0].number}/"))
    assert building.address in html(browser.get("/home/"))
    address = f"/desk/outages/{building.public_id}/"
    assert browser.post(address, {"body": ""}).status_code == 422
    done = browser.post(address, {"body": "We are there at noon", "then": "await_customer"})
    assert done.context["done"] == [row.number for row in tickets]
    assert set(Ticket.objects.filter(building=building).values_list("state", flat=True)) == {
        S.PENDING
    }


def test_outages_cost_the_same_for_one_and_for_three(sign_in, agent):
    category, browser = TicketCategoryFactory(is_outage=True), sign_in(agent)
    reported(BuildingFactory(), category)
    browser.get("/desk/outages/")
    one = queries_of(browser, "/desk/outages/")
    reported(BuildingFactory(), category)
    reported(BuildingFactory(), category)
    assert queries_of(browser, "/desk/outages/") == one <= 9


# --- macros -------------------------------------------------------------------------------------
def macro_form(**given):
    return {"name": "Greeting", "into": MacroFor.ANSWER, "body": "Hello"} | given


def test_macros_are_kept_changed_shared_and_archived(sign_in, agent):
    browser, colleague = sign_in(agent), sign_in(make_staff(StaffScope.SUPPORT))
    browser.post(f"{MACROS}new/", macro_form(tags="cable", state=S.SOLVED))
    macro = Macro.objects.get()
    assert (macro.owner, macro.state) == (agent.user, S.SOLVED)
    address = f"{MACROS}{macro.public_id}/"
    assert colleague.get(address).status_code == 404
    browser.post(address, macro_form(name="Shared", is_shared="on"))
    macro.refresh_from_db()
    assert (macro.owner, macro.name) == (None, "Shared")
    assert "Shared" in html(colleague.get(MACROS))
    colleague.post(f"{address}archive/")
    macro.refresh_from_db()
    assert macro.archived_at is not None
    browser.post(f"{address}archive/", {"back_in_use": "1"})
    macro.refresh_from_db()
    assert macro.archived_at is None


def test_what_a_macro_cannot_hold_is_said_beside_its_field(sign_in, agent):
    page = sign_in(agent).post(f"{MACROS}new/", macro_form(body="{{ customer.password }}"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["body"])


def test_a_page_of_macros_costs_the_same_for_one_and_for_three(sign_in, agent):
    browser = sign_in(agent)

    def make():
        macro = Macro.objects.create(name="One", queue=QueueFactory(), owner=agent.user,
                                     category=TicketCategoryFactory())  # fmt: skip
        macro.tags.add(Tag.objects.get_or_create(name="tv")[0])

    make()
    browser.get(MACROS)
    one = queries_of(browser, MACROS)
    make()
    make()
    assert queries_of(browser, MACROS) == one <= 9


# --- what is written down -----------------------------------------------------------------------
def test_a_call_of_a_member_becomes_their_ticket(sign_in, agent, desk):
    member = MembershipFactory(organization=make_actor().organization).user
    owner = member.memberships.get().organization
    browser = sign_in(agent)
    found = browser.get(NEW, {"q": member.email})
    assert [(one.user, one.organization) for one in found.context["found"]] == [(member, owner)]
    chosen = {"person": member.public_id, "organization": owner.public_id}
    form = browser.get(NEW, chosen).context["form"]
    typed = {"subject": "No signal", "body": "Since noon", "form_token": form["form_token"].value()}
    browser.post(NEW, chosen | typed)
    ticket = Ticket.objects.get()
    assert (ticket.owner, ticket.requester, ticket.channel) == (owner, member, Channel.STAFF)
    browser.post(NEW, chosen | typed)
    assert Ticket.objects.count() == 1


def test_a_call_of_a_stranger_is_known_by_its_address(sign_in, agent, desk):
    browser = sign_in(agent)
    form = {"name": "Anna", "email": "Anna@Example.com", "subject": "Hello", "body": "I ask"}
    browser.post(NEW, form)
    ticket = Ticket.objects.get()
    assert (ticket.owner, ticket.requester, ticket.requester_email) == (
        None, None, "anna@example.com",
    )  # fmt: skip
    known = UserFactory(email="known@example.com")
    refused = browser.post(NEW, form | {"email": known.email})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["email"])


def test_people_are_not_found_by_their_names(sign_in, agent):
    MembershipFactory(user=UserFactory(full_name="Pavel Secret"))
    assert sign_in(agent).get(NEW, {"q": "Pavel"}).context["found"] == []


def test_a_person_is_not_joined_with_an_organization_of_others(sign_in, agent, desk):
    member, other = MembershipFactory(), MembershipFactory()
    pair = {"person": member.user.public_id, "organization": other.organization.public_id}
    assert sign_in(agent).get(NEW, pair).status_code == 404


# --- taking the list away -----------------------------------------------------------------------
def exported(agent, browser, ending, query="group=open"):
    started = browser.post("/desk/export/", {"query": query, "format": ending})
    operation = Operation.objects.order_by("-pk").first()
    assert started["Location"] == f"/operations/{operation.public_id}/"
    run_export(agent, operation, lambda done, total: None)
    with operation.result.open("rb") as file:
        return file.read()


def test_the_list_is_taken_away_without_notes_and_without_formulas(sign_in, agent):
    ticket = TicketFactory(subject="=HYPERLINK(1)", requester_name="Anna")
    InternalNoteFactory(ticket=ticket, body="Never to be told")
    TicketFactory(state=S.CLOSED)
    browser = sign_in(agent)
    text = exported(agent, browser, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 2
    assert rows[1][0] == ticket.number
    assert "Never to be told" not in text
    assert not any(cell.startswith("=") for row in rows for cell in row)
    book = openpyxl.load_workbook(io.BytesIO(exported(agent, browser, "xlsx")))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(ticket.number == cell.value for cell in cells)


def test_who_only_reads_takes_nothing_away(sign_in, agent):
    for actor in (make_staff(StaffScope.ACCOUNT_MANAGER), make_actor(OrganizationKind.AGENCY)):
        assert sign_in(actor).post("/desk/export/", {"format": "csv"}).status_code == 404
    assert sign_in(agent).post("/desk/export/", {"format": "exe"}).status_code == 400
    assert (
        sign_in(agent).post("/desk/export/", {"format": "csv", "query": "x=1"}).status_code == 400
    )


# --- home ---------------------------------------------------------------------------------------
def test_the_home_says_what_waits(sign_in, agent):
    mine = TicketFactory(assignee=agent.user, subject="Mine is due", due_at=timezone.now())
    TicketFactory()
    page = html(sign_in(agent).get("/home/"))
    assert "Overdue tickets" in page
    assert mine.subject in page
    editor = html(sign_in(make_staff(StaffScope.CONTENT)).get("/home/"))
    assert "Overdue tickets" not in editor
    assert "/desk/?" not in editor


def test_a_manager_sees_their_own_alone_at_home(sign_in):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    TicketFactory(subject="Not theirs")
    page = html(sign_in(manager).get("/home/"))
    assert "Not theirs" not in page
