"""A resident reports an outage from the page of a service; the desk answers with a macro and notes
something for itself; the resident answers by mail and scores how it was solved.

The steps find things as those of test_journey do: the journey is the same in every language.
"""

import re
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope
from core.tests.browser import _session
from pages.tests.browser.visitor import Visitor, letters_to, member, sign_in
from subscriptions.models import Subscription
from subscriptions.tests.centre import held
from support.choices import Channel, DeskSide, TicketState
from support.models import InternalNote, Macro, Score, Ticket, TicketCategory
from support.tests.factories import QueueFactory, TicketCategoryFactory
from support.tests.letters import take
from users.tests.factories import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUBJECT = "Нет интернета"
SECRET = "Порт лежит, абоненту не говорить"
MACRO = "Перезагрузите роутер и напишите, какие огоньки горят."


@pytest.fixture(autouse=True)
def _address(settings, served):
    settings.SUPPORT_ADDRESS = "support+{token}@estconnect.example"
    settings.SITE_URL = served


@pytest.fixture
def outage() -> TicketCategory:
    queue = QueueFactory(is_default=True)
    TicketCategoryFactory(queue=queue, name="Оплата", icon="receipt")
    return TicketCategoryFactory(queue=queue, name="Не работает", asks_place=True, is_outage=True)


@pytest.fixture
def resident() -> Actor:
    return member(OrganizationKind.PERSON, Role.OWNER)


@pytest.fixture
def subscription(resident) -> Subscription:
    return held(resident.organization)


# --- the resident -------------------------------------------------------------------------------
def report(visitor: Visitor, subscription: Subscription, category: TicketCategory) -> Ticket:
    """From the page of the service to a ticket that is tied to it."""
    visitor.go(reverse("subscription_detail", args=[subscription.number]))
    visitor.follow(visitor.page.locator(f"main a[href^='{reverse('ticket_new')}?about=']"))
    visitor.page.locator(f"main [name=category][value='{category.public_id}']").check()
    visitor.fill(subject=SUBJECT, body="С утра ничего не открывается.")
    visitor.follow(visitor.page.locator("main .ticket-form > .form-actions .btn-primary"))
    ticket = Ticket.objects.get()
    expect(visitor.page).to_have_url(re.compile(ticket.number))
    assert (ticket.building, ticket.unit) == (subscription.building, subscription.unit)
    assert ticket.links.get().object_id == subscription.pk
    return ticket


def answer_by_mail(resident: Actor, ticket: Ticket) -> None:
    """What a mail program makes of «Reply» to the letter that came."""
    came: Any = mail.outbox[-1]
    reply = EmailMessage()
    reply["From"], reply["To"] = resident.user.email, came.extra_headers["Reply-To"]
    reply["Subject"], reply["Message-ID"] = f"Re: {came.subject}", "<reply@home.example>"
    reply["In-Reply-To"] = reply["References"] = came.extra_headers["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in came.body.splitlines())
    reply.set_content(f"Горит красный.\n\n{quoted}\n")
    take(reply.as_bytes())
    message = ticket.messages.order_by("-pk")[0]
    assert (message.side, message.channel) == (DeskSide.CUSTOMER, Channel.MAIL)
    assert message.body.strip() == "Горит красный."


def read_it_all(visitor: Visitor, ticket: Ticket) -> None:
    visitor.go(reverse("ticket_detail", args=[ticket.number]))
    thread = visitor.page.locator("#thread")
    expect(thread.locator(".message")).to_have_count(3)
    expect(thread).to_contain_text(MACRO)
    expect(thread).not_to_contain_text(SECRET)


def score(somebody: Visitor) -> None:
    """By the link of the letter, without signing in."""
    link = re.search(r"https?://[^/\s]+(/support/score/\S+)", mail.outbox[-1].body)
    assert link, mail.outbox[-1].body
    somebody.go(link[1])
    somebody.page.locator("main .score-one").first.click()
    somebody.fill(comment="Быстро и по делу")
    somebody.press_primary()
    given = Score.objects.get()
    assert (given.value, given.comment) == (5, "Быстро и по делу")


# --- the desk -----------------------------------------------------------------------------------
def sit_down_at_the_desk(agent: Visitor) -> Actor:
    helper = make_staff(StaffScope.SUPPORT)
    agent.page.goto(reverse("site_home"))
    agent.page.context.add_cookies(
        [{"name": "sessionid", "value": _session(helper.user), "url": agent.page.url}]
    )
    return helper


def answer_with_a_macro(agent: Visitor, ticket: Ticket, macro: Macro) -> None:
    agent.go(reverse("desk_ticket", args=[ticket.number]))
    agent.page.locator("#macros-answer summary").click()
    agent.page.locator(f"#macros-answer [data-macro*='{macro.public_id}']").click()
    expect(agent.page.locator("#answer_body")).to_have_value(MACRO)
    agent.follow(agent.page.locator("#answer .btn-primary"))
    ticket.refresh_from_db()
    assert ticket.state == TicketState.PENDING


def note_for_the_desk(agent: Visitor, ticket: Ticket) -> None:
    agent.page.locator(".tab-note").click()
    agent.page.locator("#note_body").fill(SECRET)
    agent.follow(agent.page.locator("#note .btn-internal"))
    assert InternalNote.objects.get().body == SECRET


def solve(agent: Visitor, ticket: Ticket) -> None:
    agent.go(reverse("desk_ticket", args=[ticket.number]))
    agent.page.locator("#answer_body").fill("Порт заменён, всё работает.")
    agent.follow(agent.page.locator("#answer [name=then][value=solve]"))
    ticket.refresh_from_db()
    assert ticket.state == TicketState.SOLVED


def test_an_outage_is_reported_answered_by_mail_solved_and_scored(
    visit, resident, subscription, outage, run_jobs
):
    macro = Macro.objects.create(name="Роутер", body=MACRO, state=TicketState.PENDING)
    email = resident.user.email
    home, desk = visit(), visit()
    sign_in(home, email)
    ticket = report(home, subscription, outage)
    sit_down_at_the_desk(desk)
    answer_with_a_macro(desk, ticket, macro)
    note_for_the_desk(desk, ticket)
    home.leave()
    desk.leave()
    run_jobs()
    assert SECRET not in "".join(str(letter.message()) for letter in mail.outbox)
    assert any(ticket.number in subject for subject in letters_to(email))
    answer_by_mail(resident, ticket)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    read_it_all(home, ticket)
    solve(desk, ticket)
    home.leave()
    desk.leave()
    run_jobs()
    somebody = visit()
    score(somebody)
    for visitor in (home, desk, somebody):
        visitor.leave()
        assert visitor.complaints == []
