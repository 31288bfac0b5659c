"""How events of tickets are told: what they are about, to whom, and in which words.

A customer's people are the requester and the observers on their side. Staff are told as staff, by a
bell of their own. The letter with an answer goes out by itself (`support.services.mail`).
"""

from collections.abc import Callable, Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from core.notifications import (
    Subject,
    Telling,
    presenter,
    recipients,
    sentence,
    staff_recipients,
)
from support.choices import DeadlineKind
from support.models import Ticket
from support.selectors.recipients import staff_told_of_ticket, told_of_ticket

TICKET = Ticket._meta.label_lower


# --- what it is about, and who is told --------------------------------------------------------
@presenter(TICKET)
def present_tickets(ids: Collection[int]) -> dict[int, Subject]:
    """Staff are led on from there to the desk."""
    rows = Ticket.objects.filter(pk__in=ids).values_list("pk", "number", "subject")
    return {
        pk: Subject(subject, reverse("ticket_detail", args=[number]))
        for pk, number, subject in rows
    }


recipients(TICKET)(told_of_ticket)
staff_recipients(TICKET)(staff_told_of_ticket)


# --- in which words ---------------------------------------------------------------------------
def _about(kind: str) -> Callable[[Callable[[Telling], str]], Callable[[Telling], str]]:
    """Registers what is said of a ticket after its number."""

    def register(words: Callable[[Telling], str]) -> Callable[[Telling], str]:
        sentence(kind)(lambda telling: f"{telling.number}: {words(telling)}")
        return words

    return register


@_about("ticket.opened")
def opened(telling: Telling) -> str:
    return _("your ticket is with support")


@_about("ticket.answered")
def answered(telling: Telling) -> str:
    return _("support has answered")


@_about("ticket.replied")
def replied(telling: Telling) -> str:
    return _("the customer has written")


@_about("ticket.solved")
def solved(telling: Telling) -> str:
    return _("the ticket is solved")


@_about("ticket.reopened")
def reopened(telling: Telling) -> str:
    return _("the ticket is open again")


@_about("ticket.merged")
def merged(telling: Telling) -> str:
    return _("goes on in ticket %(number)s") % {"number": telling.data.get("other", "")}


@_about("ticket.scored")
def scored(telling: Telling) -> str:
    return _("scored %(score)s out of 5") % {"score": telling.data.get("score", "")}


@_about("ticket.assigned")
def assigned(telling: Telling) -> str:
    return _("the ticket is yours")


@_about("ticket.noted")
def noted(telling: Telling) -> str:
    return _("you are mentioned in an internal note")


@_about("ticket.due_soon")
def due_soon(telling: Telling) -> str:
    return _("a deadline is near (%(deadline)s)") % {"deadline": _deadline(telling)}


@_about("ticket.escalated")
def escalated(telling: Telling) -> str:
    return _("a deadline is missed (%(deadline)s)") % {"deadline": _deadline(telling)}


@_about("ticket.mail_failed")
def mail_failed(telling: Telling) -> str:
    return _("the letter did not go out")


def _deadline(telling: Telling) -> str:
    value = telling.data.get("deadline")
    return str(DeadlineKind(value).label).lower() if value in DeadlineKind.values else str(value)
