"""Tickets are opened by customers, by staff for them, and by letters."""

from uuid import uuid4

import pytest

from core.actor import system_actor
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from locations.tests.factories import BuildingFactory, UnitFactory
from subscriptions.choices import RequestState
from subscriptions.tests.factories import request_in
from support.choices import Channel, DeskSide, LinkKind, Priority
from support.models import CategoryField, MessageFile, Ticket, TicketMessage, TicketWord
from support.services.opening import NewTicket, Sender, open_ticket
from support.tests.factories import QueueFactory, TicketCategoryFactory
from support.tests.people import around, customer, desk_worker, kinds_of, opened, text_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def queue():
    return QueueFactory(is_default=True)


def test_a_customer_opens_a_ticket_with_its_first_message(queue):
    actor = customer()
    ticket = opened(actor, " No   internet ", "Since\r\nmorning")
    assert (ticket.subject, ticket.state, ticket.queue) == ("No internet", "NEW", queue)
    assert (ticket.owner, ticket.requester) == (actor.organization, actor.user)
    assert ticket.number.startswith("ET-")
    message = ticket.messages.get()
    assert (message.body, message.side, message.author) == (
        "Since\nmorning",
        DeskSide.CUSTOMER,
        actor.user,
    )
    assert kinds_of(ticket) == ["ticket.opened"]
    assert ticket.awaits_since == ticket.created_at


def test_who_may_open_one():
    owner = customer()
    allowed = {
        name
        for name, actor in around(owner).items()
        if _opens(lambda actor=actor: open_ticket(actor, NewTicket("A subject", "Words")))
    }
    # Staff open for somebody, whom they have not named here.
    assert allowed == {"member", "colleague", "guest by leave", "other tenant"}


def _opens(act) -> bool:
    try:
        act()
    except DomainError:
        return False
    return True


@pytest.mark.parametrize(
    "new, field",
    [
        (NewTicket(" ", "Words"), "subject"),
        (NewTicket("x" * 201, "Words"), "subject"),
        (NewTicket("A subject", " \n "), "body"),
        (NewTicket("A subject", "x" * 20_001), "body"),
        (NewTicket("A subject", "Words", priority=Priority.URGENT), "priority"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(new, field):
    with pytest.raises(DomainError) as refused:
        open_ticket(customer(), new)
    assert refused.value.field == field
    assert not Ticket.objects.exists()
    assert not Event.objects.exists()


def test_words_of_the_subject_and_the_name_are_kept_for_the_search():
    actor = customer()
    ticket = opened(actor, "Нет интернета, ёлки!")
    words = set(TicketWord.objects.filter(ticket=ticket).values_list("word", "owner_key"))
    names = {(word, actor.organization_id) for word in actor.user.full_name.lower().split()}
    assert (
        words
        == {("нет", actor.organization_id), ("интернета", actor.organization_id)}
        | {("елки", actor.organization_id)}
        | names
    )


def test_a_form_sent_twice_makes_one_ticket_and_is_no_use_to_others():
    actor, token = customer(), uuid4()
    first = open_ticket(actor, NewTicket("A subject", "Words", form_token=token))
    again = open_ticket(actor, NewTicket("Another", "Words", form_token=token))
    assert again == first
    assert TicketMessage.objects.count() == 1
    with pytest.raises(Conflict):
        open_ticket(customer(), NewTicket("A subject", "Words", form_token=token))


# --- category and fields ----------------------------------------------------------------------
def test_category_gives_priority_and_asks_for_its_fields():
    category = TicketCategoryFactory(priority=Priority.HIGH)
    asked = CategoryField.objects.create(category=category, label="Model", is_required=True)
    inner = CategoryField.objects.create(category=category, label="Fault", is_internal=True)
    actor = customer()
    with pytest.raises(DomainError) as refused:
        open_ticket(actor, NewTicket("A subject", "Words", category))
    assert refused.value.field == f"field_{asked.public_id}"
    fields = {asked.public_id: " X  200 "}
    ticket = open_ticket(actor, NewTicket("A subject", "Words", category, fields=fields))
    assert (ticket.priority, ticket.fields) == (Priority.HIGH, {asked.public_id: "X 200"})
    for hidden in (inner.public_id, "NOSUCHFIELD2"):
        with pytest.raises(DomainError):
            given = {**fields, hidden: "x"}
            open_ticket(actor, NewTicket("A subject", "Words", category, fields=given))


def test_a_category_that_is_not_offered_is_refused():
    category = TicketCategoryFactory(kinds=[OrganizationKind.PERSON])
    with pytest.raises(DomainError) as refused:
        open_ticket(customer(), NewTicket("A subject", "Words", category))
    assert refused.value.field == "category"


# --- what it is about -------------------------------------------------------------------------
def test_a_ticket_about_a_request_stands_where_the_request_does():
    actor = customer(kind=OrganizationKind.AGENCY)
    request = request_in(RequestState.CHECKING, owner=actor.organization)
    ticket = opened(actor, links=[(LinkKind.REQUEST, request.number)] * 2)
    link = ticket.links.get()
    assert (link.kind, link.object_id) == (LinkKind.REQUEST, request.pk)
    assert (ticket.building, ticket.unit) == (request.building, request.unit)
    assert ticket.city == request.building.city
    assert kinds_of(ticket) == ["ticket.opened", "ticket.linked"]


def test_what_one_does_not_see_cannot_be_linked():
    request = request_in(RequestState.CHECKING)
    for key in (request.number, "EC-0000-0000", "nonsense\x00", ""):
        with pytest.raises(NotVisible):
            opened(customer(kind=OrganizationKind.AGENCY), links=[(LinkKind.REQUEST, key)])
    with pytest.raises(NotVisible):
        opened(customer(), building=BuildingFactory(status="PENDING"))
    assert not Ticket.objects.exists()


def test_the_flat_says_more_than_the_link():
    unit = UnitFactory()
    ticket = opened(customer(), unit=unit)
    assert (ticket.unit, ticket.building, ticket.city) == (
        unit,
        unit.building,
        unit.building.city,
    )


# --- by staff and by letters ------------------------------------------------------------------
def test_staff_write_down_what_they_were_told():
    owner, staff = customer(), desk_worker()
    ticket = open_ticket(
        staff,
        NewTicket("Called", "Says that…", priority=Priority.URGENT),
        owner=owner.organization,
        requester=owner.user,
    )
    assert (ticket.channel, ticket.priority) == (Channel.STAFF, Priority.URGENT)
    assert (ticket.owner, ticket.requester_email) == (owner.organization, owner.user.email)
    assert ticket.messages.get().side == DeskSide.CUSTOMER
    with pytest.raises(DomainError) as refused:
        open_ticket(
            staff,
            NewTicket("Called", "Says"),
            owner=owner.organization,
            requester=customer().user,
        )
    assert refused.value.field == "requester"


def test_a_customer_opens_for_nobody_else():
    actor, other = customer(), customer()
    ticket = open_ticket(
        actor, NewTicket("A subject", "Words"), owner=other.organization, requester=other.user
    )
    assert (ticket.owner, ticket.requester) == (actor.organization, actor.user)


def test_a_strangers_letter_makes_a_ticket_of_an_address():
    ticket = open_ticket(
        system_actor(),
        NewTicket("", "x" * 150_000),
        channel=Channel.MAIL,
        sender=Sender("Anna", " Anna@Example.COM "),
        quoted="> earlier",
    )
    assert (ticket.owner, ticket.requester) == (None, None)
    assert (ticket.requester_name, ticket.requester_email) == ("Anna", "anna@example.com")
    assert ticket.subject == "Without a subject"
    message = ticket.messages.get()
    assert (len(message.body), message.quoted) == (100_000, "> earlier")
    assert message.author_email == "anna@example.com"
    long = NewTicket("word " * 100, "Words")
    cut = open_ticket(system_actor(), long, channel=Channel.MAIL, sender=Sender("", "a@b.example"))
    assert (len(cut.subject), cut.subject[-1]) == (200, "…")


def test_somebody_must_ask():
    with pytest.raises(DomainError) as refused:
        open_ticket(desk_worker(), NewTicket("A subject", "Words"))
    assert refused.value.field == "requester"
    with pytest.raises(Forbidden):
        open_ticket(customer(Role.VIEWER), NewTicket("A subject", "Words"))


# --- files ------------------------------------------------------------------------------------
def test_files_are_kept_with_the_first_message(settings):
    ticket = opened(customer(), uploads=[text_file("../пусто.txt"), text_file("b.txt")])
    names = MessageFile.objects.filter(message__ticket=ticket).values_list("name", flat=True)
    assert sorted(names) == ["b.txt", "пусто.txt"]


def test_what_is_refused_leaves_no_file_behind(settings, tmp_path):
    settings.PRIVATE_MEDIA_ROOT = tmp_path
    before = _files()
    with pytest.raises(DomainError) as refused:
        opened(customer(), uploads=[text_file(), text_file("page.svg", b"<svg>")])
    assert refused.value.field == "file"
    token = uuid4()
    actor = customer()
    opened(actor, form_token=token, uploads=[text_file()])
    opened(actor, form_token=token, uploads=[text_file()])
    assert len(_files() - before) == 1


def _files() -> set[str]:
    storage = MessageFile._meta.get_field("file").storage
    try:
        return set(storage.listdir("tickets")[1])
    except FileNotFoundError:
        return set()
