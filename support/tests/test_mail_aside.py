"""The desk's page of letters that became no ticket."""

import pytest
from django.core import mail
from django.utils import translation

from core.choices import StaffScope
from support.choices import MailOutcome
from support.models import IncomingMail, Mailbox, Ticket
from support.tests.factories import QueueFactory
from support.tests.letters import letter, mailbox, take
from support.tests.people import account_manager, customer, desk_worker

pytestmark = pytest.mark.django_db
LIST = "/desk/letters/"


@pytest.fixture(autouse=True)
def _desk(settings):
    settings.SUPPORT_ADDRESS = "support+{token}@estconnect.example"
    settings.LANGUAGE_CODE = "en"
    QueueFactory(is_default=True)
    with translation.override("en"):
        yield


@pytest.fixture
def browser(sign_in):
    actor = desk_worker()
    actor.user.language = "en"
    actor.user.save()
    return sign_in(actor)


def automatic(number: int = 1, text: str = "I am away"):
    return take(letter(text, message_id=f"<{number}@x>", auto_submitted="auto-replied"))


def test_what_was_left_aside_is_listed_with_the_reason(browser):
    aside = automatic()
    taken = take(letter(message_id="<taken@x>", subject="A ticket by now"))
    Mailbox.objects.update(error="The server is away: timeout", polled_at=aside.received_at)
    page = browser.get(LIST).content.decode()
    for words in ("olga@example.com", "Automatic answer, left aside", "The server is away"):
        assert words in page
    assert taken.subject not in page


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_for_one_and_for_three(browser, django_assert_num_queries, count):
    mailbox()
    for number in range(count):
        automatic(number)
    browser.get(LIST)
    with django_assert_num_queries(QUERIES):
        browser.get(LIST)


QUERIES = 5


def test_a_letter_is_shown_as_text(browser):
    row = automatic(text="<script>alert(1)</script> I am away")
    page = browser.get(f"{LIST}{row.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; I am away" in page


def test_a_ticket_is_made_of_it_once_and_without_a_receipt(browser, run_jobs):
    row = automatic()
    url = f"{LIST}{row.pk}/open/"
    ticket_url = browser.post(url)["Location"]
    ticket = Ticket.objects.get()
    assert ticket_url == f"/desk/{ticket.number}/"
    assert ticket.requester_email == "olga@example.com"
    row.refresh_from_db()
    assert (row.outcome, row.ticket) == (MailOutcome.OPENED, ticket)
    assert browser.post(url).status_code == 404
    run_jobs()
    assert not mail.outbox


def test_of_a_letter_that_came_twice_a_second_ticket_can_be_made(browser):
    take(letter())
    row = take(letter("Said again"))
    assert row.outcome == MailOutcome.DUPLICATE
    browser.post(f"{LIST}{row.pk}/open/")
    assert Ticket.objects.count() == 2


def test_who_names_nobody_makes_no_ticket(browser):
    row = take(b"Subject: x\r\n\r\nhello")
    assert browser.post(f"{LIST}{row.pk}/open/").status_code == 400
    assert IncomingMail.objects.get().outcome == MailOutcome.BROKEN


@pytest.mark.parametrize(
    "who",
    [customer, account_manager, lambda: desk_worker(StaffScope.CONTENT)],
)
def test_others_see_no_letters(sign_in, who):
    row = automatic()
    browser = sign_in(who())
    for url in (LIST, f"{LIST}{row.pk}/"):
        assert browser.get(url).status_code == 404
    assert browser.post(f"{LIST}{row.pk}/open/").status_code == 404
    assert not Ticket.objects.exists()
