"""The form of a new ticket: what it is about, what it asks, and that nothing typed is lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.choices import OrganizationKind, Role
from core.models import Event
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from subscriptions.choices import FieldKind, RequestState
from subscriptions.tests.centre import held
from subscriptions.tests.factories import ClientFactory, request_in
from support.choices import LinkKind
from support.models import CategoryField, HeldFile, MessageFile, Ticket, TicketMessage
from support.services.held_files import FILES_AT_MOST, drop_forgotten_files
from support.services.opening_pace import OPENED_AT_MOST
from support.tests.factories import QueueFactory, TicketCategoryFactory, TicketFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
NEW, DETAILS = "/support/new/", "/support/new/details/"
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(autouse=True)
def _desk():
    QueueFactory(is_default=True)


@pytest.fixture
def resident():
    return make_actor(OrganizationKind.PERSON, Role.OWNER)


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY, Role.MEMBER)


def typed(**more):
    return {"subject": "No internet", "body": "Since the morning nothing works."} | more


def pdf(name="contract.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def text(response):
    return response.content.decode()


# --- opening ------------------------------------------------------------------------------------
def test_a_resident_opens_a_ticket(sign_in, resident):
    category = TicketCategoryFactory(name="Internet")
    TicketCategoryFactory(name="Money")
    response = sign_in(resident).post(NEW, typed(category=category.public_id))
    ticket = Ticket.objects.get()
    assert response.url == f"/support/{ticket.number}/"
    assert (ticket.subject, ticket.category) == ("No internet", category)
    assert (ticket.owner, ticket.requester) == (resident.organization, resident.user)
    assert ticket.messages.get().body == "Since the morning nothing works."


def test_a_viewer_reads_and_does_not_write(sign_in):
    viewer = make_actor(role=Role.VIEWER)
    assert sign_in(viewer).get(NEW).status_code == 403
    assert sign_in(viewer).post(NEW, typed()).status_code == 403
    assert "Report a problem" not in text(sign_in(viewer).get("/support/"))


def test_a_form_sent_twice_opens_one_ticket(sign_in, agent):
    browser, token = sign_in(agent), str(uuid4())
    first = browser.post(NEW, typed(form_token=token, files=[pdf()]))
    second = browser.post(NEW, typed(form_token=token, files=[pdf()]))
    assert first.url == second.url
    assert (Ticket.objects.count(), MessageFile.objects.count()) == (1, 1)


def test_a_token_of_somebody_else_is_no_way_into_their_ticket(sign_in, agent):
    token = uuid4()
    theirs = TicketFactory(form_token=token)
    response = sign_in(agent).post(NEW, typed(form_token=str(token)))
    assert theirs.number not in text(response) + getattr(response, "url", "")


@pytest.mark.parametrize("token", ["", "nonsense", "\x00"])
def test_a_broken_token_is_no_error_of_ours(sign_in, agent, token):
    response = sign_in(agent).post(NEW, typed(form_token=token))
    assert response.status_code in (302, 422)


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "x" * 5000},
        {"body": ""},
        {"body": "x" * 200_000},
        {"category": "no such one"},
        {"category": ""},
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_stays(sign_in, agent, wrong):
    category = TicketCategoryFactory()
    TicketCategoryFactory()
    response = sign_in(agent).post(NEW, typed(category=category.public_id) | wrong)
    assert response.status_code == 422
    assert not Ticket.objects.exists()
    kept = "No internet" if "subject" not in wrong else "Since the morning nothing works."
    assert kept in text(response)


# --- categories ---------------------------------------------------------------------------------
def test_categories_are_those_of_the_readers_kind(sign_in, resident):
    TicketCategoryFactory(name="For all of us")
    TicketCategoryFactory(name="For homes", kinds=["PERSON"], hint="At home alone")
    theirs = TicketCategoryFactory(name="For agents", kinds=["AGENCY"])
    TicketCategoryFactory(name="Gone", archived_at=timezone.now())
    page = text(sign_in(resident).get(NEW))
    assert "For all of us" in page
    assert "At home alone" in page
    assert "For agents" not in page
    assert "Gone" not in page
    response = sign_in(resident).post(NEW, typed(category=theirs.public_id))
    assert response.status_code == 422


def test_a_category_asks_for_its_own_fields(sign_in, agent):
    category = TicketCategoryFactory()
    TicketCategoryFactory()
    router = CategoryField.objects.create(
        category=category, label="Model of the router", is_required=True
    )
    kind = CategoryField.objects.create(
        category=category, label="Kind", kind=FieldKind.CHOICE, choices=["Slow", "Dead"]
    )
    CategoryField.objects.create(category=category, label="Cause", is_internal=True)
    browser = sign_in(agent)
    asked = text(browser.get(DETAILS, {"category": category.public_id}))
    assert "Model of the router" in asked
    assert "Cause" not in asked
    sent = typed(category=category.public_id)
    refused = browser.post(NEW, sent)
    assert refused.status_code == 422
    assert "Fill this in." in text(refused)
    sent |= {f"field_{router.public_id}": "TP-Link", f"field_{kind.public_id}": "Dead"}
    browser.post(NEW, sent)
    ticket = Ticket.objects.get()
    assert ticket.fields == {router.public_id: "TP-Link", kind.public_id: "Dead"}
    assert "TP-Link" in text(browser.get(f"/support/{ticket.number}/"))


def test_without_scripts_a_button_shows_what_the_category_asks(sign_in, agent):
    category = TicketCategoryFactory()
    TicketCategoryFactory()
    CategoryField.objects.create(category=category, label="Model of the router")
    sent = typed(category=category.public_id, do="show")
    response = sign_in(agent).post(NEW, sent)
    assert response.status_code == 200
    assert "Model of the router" in text(response)
    assert "Since the morning" in text(response)
    assert not Ticket.objects.exists()


# --- what it is about ---------------------------------------------------------------------------
def test_it_is_tied_to_the_page_it_came_from(sign_in, agent):
    request = request_in(RequestState.CHECKING, owner=agent.organization)
    browser = sign_in(agent)
    about = f"REQUEST:{request.number}"
    assert request.number in text(browser.get(NEW, {"about": about}))
    browser.post(NEW, typed(about=about))
    ticket = Ticket.objects.get()
    assert ticket.links.get().kind == LinkKind.REQUEST
    assert ticket.links.get().object_id == request.pk
    assert (ticket.building, ticket.unit) == (request.building, request.unit)


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_theirs_does_not_exist(sign_in, agent, method):
    stranger = make_actor(OrganizationKind.AGENCY)
    request = request_in(RequestState.CHECKING, owner=stranger.organization)
    client = ClientFactory(owner=stranger.organization)
    browser = sign_in(agent)
    for about in (f"REQUEST:{request.number}", f"CLIENT:{client.public_id}", "CLIENT:\x00"):
        assert getattr(browser, method)(NEW, {"about": about}).status_code == 404
    assert getattr(browser, method)(NEW, {"about": "MOON:1"}).status_code == 400
    assert not Ticket.objects.exists()


# --- where --------------------------------------------------------------------------------------
@pytest.fixture
def outage():
    TicketCategoryFactory(name="Other")
    return TicketCategoryFactory(name="Outage", asks_place=True, is_outage=True)


def test_who_holds_services_points_at_one_of_their_places(sign_in, resident, outage):
    subscription = held(resident.organization)
    browser = sign_in(resident)
    asked = browser.get(DETAILS, {"category": outage.public_id})
    assert subscription.building.address in text(asked)
    browser.post(NEW, typed(category=outage.public_id, place=subscription.number))
    ticket = Ticket.objects.get()
    assert (ticket.building, ticket.unit) == (subscription.building, subscription.unit)


def test_another_address_is_typed(sign_in, agent, outage):
    city = CityFactory(name="Казань", search_key="казань")
    street = StreetFactory(city=city, name="Чистопольская", search_key="чистопольская")
    building = BuildingFactory(street=street, number="12")
    sent = typed(category=outage.public_id, address="Казань Чистопольская 12", unit_number="12")
    sign_in(agent).post(NEW, sent)
    ticket = Ticket.objects.get()
    assert (ticket.building, ticket.unit.number) == (building, "12")


@pytest.mark.parametrize("address", ["", "Nowhere 99999", "x" * 5000])
def test_a_place_is_asked_for_until_it_is_known(sign_in, agent, outage, address):
    sent = typed(category=outage.public_id, address=address)
    response = sign_in(agent).post(NEW, sent)
    assert response.status_code == 422
    assert not Ticket.objects.exists()


def test_somebody_elses_place_is_none_of_theirs(sign_in, resident, outage):
    theirs = held(make_actor(OrganizationKind.PERSON, Role.OWNER).organization)
    sent = typed(category=outage.public_id, place=theirs.number)
    assert sign_in(resident).post(NEW, sent).status_code == 422


def known_in(building, category, count=3):
    TicketFactory.create_batch(count, building=building, category=category)


def test_a_known_outage_is_told_before_anything_is_written(sign_in, resident, outage):
    subscription = held(resident.organization)
    browser = sign_in(resident)
    known_in(subscription.building, outage, 2)
    assert "We know of a breakdown" not in text(browser.get(NEW))
    known_in(subscription.building, outage, 1)
    for query in ({}, {"about": f"SUBSCRIPTION:{subscription.number}"}):
        page = text(browser.get(NEW, query))
        assert "We know of a breakdown" in page
        assert subscription.building.address in page
    money = TicketCategoryFactory(name="Money")
    assert "breakdown" not in text(browser.get(DETAILS, {"category": money.public_id}))


def test_one_press_reports_the_same(sign_in, resident, outage):
    subscription = held(resident.organization)
    known_in(subscription.building, outage)
    browser, token = sign_in(resident), str(uuid4())
    sent = {"do": "tell_me", "form_token": token, "about": f"SUBSCRIPTION:{subscription.number}"}
    first, second = browser.post(NEW, sent), browser.post(NEW, sent)
    ticket = Ticket.objects.get(requester=resident.user)
    assert first.url == second.url == f"/support/{ticket.number}/"
    assert (ticket.category, ticket.building) == (outage, subscription.building)
    assert (ticket.unit, ticket.links.count()) == (subscription.unit, 1)


def test_what_nobody_told_of_is_not_reported_by_a_press(sign_in, resident, outage):
    held(resident.organization)
    response = sign_in(resident).post(NEW, typed(do="tell_me", form_token=str(uuid4())))
    assert response.status_code == 200
    assert not Ticket.objects.exists()


# --- files --------------------------------------------------------------------------------------
def test_files_go_with_the_ticket(sign_in, agent):
    sign_in(agent).post(NEW, typed(files=[pdf("a.pdf"), pdf("b.pdf")]))
    assert set(MessageFile.objects.values_list("name", flat=True)) == {"a.pdf", "b.pdf"}
    assert not HeldFile.objects.exists()


def test_a_refused_file_is_named_and_the_good_one_is_kept(sign_in, agent):
    browser, token = sign_in(agent), str(uuid4())
    files = [pdf("good.pdf"), SimpleUploadedFile("bad.exe", b"MZ")]
    refused = browser.post(NEW, typed(form_token=token, files=files))
    assert refused.status_code == 422
    assert "bad.exe" in text(refused)
    assert "Since the morning" in text(refused)
    assert HeldFile.objects.get().name == "good.pdf"
    browser.post(NEW, typed(form_token=token))
    assert MessageFile.objects.get().name == "good.pdf"
    with MessageFile.objects.get().file.open() as stored:
        assert stored.read() == PDF
    assert not HeldFile.objects.exists()


def test_files_wait_while_another_field_is_wrong(sign_in, agent):
    browser, token = sign_in(agent), str(uuid4())
    refused = browser.post(NEW, typed(form_token=token, subject="", files=[pdf()]))
    assert "contract.pdf" in text(refused)
    kept = HeldFile.objects.get()
    browser.post(NEW, typed(form_token=token, unhold=kept.public_id))
    assert not HeldFile.objects.exists()
    assert not Ticket.objects.exists()


def test_files_that_wait_are_their_senders_alone(sign_in, agent):
    token = str(uuid4())
    sign_in(agent).post(NEW, typed(form_token=token, subject="", files=[pdf()]))
    stranger = sign_in(make_actor())
    kept = HeldFile.objects.get()
    page = stranger.post(NEW, typed(form_token=token, unhold=kept.public_id))
    assert "contract.pdf" not in text(page)
    assert HeldFile.objects.filter(pk=kept.pk).exists()


def test_more_files_than_a_form_takes_are_refused(sign_in, agent):
    files = [pdf(f"{number}.pdf") for number in range(FILES_AT_MOST + 1)]
    response = sign_in(agent).post(NEW, typed(form_token=str(uuid4()), files=files))
    assert response.status_code == 422
    assert HeldFile.objects.count() == FILES_AT_MOST


def test_forgotten_files_go_after_a_day(sign_in, agent):
    sign_in(agent).post(NEW, typed(subject="", form_token=str(uuid4()), files=[pdf()]))
    assert drop_forgotten_files.call() == 0
    HeldFile.objects.update(created_at=timezone.now() - timedelta(days=2))
    kept = HeldFile.objects.get()
    assert drop_forgotten_files.call() == 1
    assert not kept.file.storage.exists(kept.file.name)


# --- pace ---------------------------------------------------------------------------------------
def test_a_program_is_stopped_kindly(sign_in, agent):
    browser = sign_in(agent)
    token = uuid4()
    TicketFactory.create_batch(OPENED_AT_MOST - 1, requester=agent.user, created_at=timezone.now())
    TicketFactory(
        requester=agent.user,
        owner=agent.organization,
        created_at=timezone.now(),
        form_token=token,
    )
    refused = browser.post(NEW, typed())
    assert refused.status_code == 422
    assert "within the hour" in text(refused)
    # The same form once more makes nothing new, and so is let through.
    assert browser.post(NEW, typed(form_token=str(token))).status_code == 302
    Ticket.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert browser.post(NEW, typed()).status_code == 302


def test_an_opened_ticket_is_told_once(sign_in, agent):
    sign_in(agent).post(NEW, typed())
    assert Event.objects.filter(kind="ticket.opened").count() == 1
    assert TicketMessage.objects.count() == 1


# --- queries ------------------------------------------------------------------------------------
def test_the_form_costs_the_same_with_more_to_choose(
    sign_in, resident, outage, django_assert_max_num_queries
):
    browser = sign_in(resident)
    for _ in range(3):
        held(resident.organization)
        CategoryField.objects.create(category=outage, label="A")
        TicketCategoryFactory()
    with django_assert_max_num_queries(9):
        browser.get(DETAILS, {"category": outage.public_id})
