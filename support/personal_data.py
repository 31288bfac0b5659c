"""What the support desk keeps of a person.

What a private person asked is theirs, and so is what was asked from an address without an account:
of it nothing is left but that there was a ticket. What they asked for a larger organization is the
organization's: it stays, without their name and address. Internal notes are the staff's own, and
are handed over to nobody; those about a private person go with the rest.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.personal_data import erases, exports, exports_files
from core.personal_data.registry import Row
from support.choices import DeskSide
from support.models import (
    HeldFile,
    IncomingMail,
    MessageFile,
    Observer,
    OutgoingMail,
    Presence,
    Score,
    Ticket,
    TicketMessage,
    TicketWord,
)
from support.services.notes import erase_notes
from support.services.words import keep_words
from users.erasure import own_organizations

BATCH = 500


@exports(
    "tickets",
    _("Your tickets"),
    order=61,
    fields={
        "created": _("Created"),
        "number": _("Number"),
        "state": _("State"),
        "subject": _("Subject"),
        "name": _("Name"),
        "email": _("E-mail"),
        "score": _("Score"),
        "comment": _("Comment"),
    },
)
def tickets(user: Any) -> Iterable[Row]:
    rows = Ticket.objects.filter(_asked_by(user) | _own(user)).select_related("scoring")
    for row in rows.order_by("pk").iterator(BATCH):
        scoring = getattr(row, "scoring", None)
        yield {
            "created": row.created_at,
            "number": row.number,
            "state": row.get_state_display(),
            "subject": row.subject,
            "name": row.requester_name,
            "email": row.requester_email,
            "score": row.score,
            "comment": scoring.comment if scoring else "",
        }


@exports(
    "ticket_messages",
    _("What you wrote to support, and its answers"),
    order=61,
    fields={"at": _("Time"), "ticket": _("Ticket"), "from": _("From"), "text": _("Text")},
)
def ticket_messages(user: Any) -> Iterable[Row]:
    rows = TicketMessage.objects.filter(_written_by(user) | Q(ticket__in=_tickets_of(user)))
    for row in rows.select_related("ticket").order_by("pk").iterator(BATCH):
        yield {
            "at": row.created_at,
            "ticket": row.ticket.number,
            "from": gettext("Support") if row.side == DeskSide.STAFF else gettext("Customer"),
            "text": "\n".join(filter(None, (row.body, row.quoted))),
        }


@exports_files("tickets")
def ticket_files(user: Any) -> Iterable[tuple[str, FieldFile]]:
    rows = MessageFile.objects.filter(
        Q(message__in=TicketMessage.objects.filter(_written_by(user)))
        | Q(message__ticket__in=_tickets_of(user))
    )
    for row in rows.order_by("pk").iterator(BATCH):
        yield row.name, row.file


# Before the person's places in organizations go: these say what is private.
@erases(order=14)
def erase_tickets(user: Any) -> None:
    """Files before rows, and rows before what finds them: it may run again."""
    _erase_letters(user)
    own = _tickets_of(user)
    for file in MessageFile.objects.filter(message__ticket__in=own).iterator(BATCH):
        file.file.delete(save=False)
        file.delete()
    erase_notes(own)
    TicketMessage.objects.filter(ticket__in=own).update(body="", quoted="")
    Score.objects.filter(ticket__in=own).update(comment="")
    TicketWord.objects.filter(ticket__in=own).delete()
    own.update(subject="", fields={}, held_for="")


@erases(order=15)
def erase_names_in_tickets(user: Any) -> None:
    """By what a person was known in the tickets of others, too."""
    for held in HeldFile.objects.filter(user=user):
        held.file.delete(save=False)
        held.delete()
    Observer.objects.filter(user=user).delete()
    Presence.objects.filter(user=user).delete()
    OutgoingMail.objects.filter(address=user.email).update(address="")
    TicketMessage.objects.filter(author_email=user.email).update(author_name="", author_email="")
    for row in Ticket.objects.filter(_asked_by(user)).order_by("pk").iterator(BATCH):
        row.requester_name = row.requester_email = ""
        row.save(update_fields=["requester_name", "requester_email", "search_name"])
        keep_words(row)


def _erase_letters(user: Any) -> None:
    """Letters as they came; that they came stays, lest they be taken in once more."""
    rows = IncomingMail.objects.filter(
        Q(sender__iexact=user.email)
        | Q(ticket__in=_tickets_of(user))
        | Q(message__in=TicketMessage.objects.filter(_written_by(user)))
    )
    for row in rows.iterator(BATCH):
        if row.raw:
            row.raw.delete(save=False)
        IncomingMail.objects.filter(pk=row.pk).update(raw="", sender="", subject="")


# --- whose ------------------------------------------------------------------------------------
def _asked_by(user: Any) -> Q:
    return Q(requester=user) | Q(requester_email=user.email)


def _written_by(user: Any) -> Q:
    return Q(author=user) | Q(author_email=user.email)


def _own(user: Any) -> Q:
    """Of their organization of one; and of nobody but them."""
    private = own_organizations(user).filter(kind=OrganizationKind.PERSON)
    return Q(owner__in=private) | (Q(owner__isnull=True) & _asked_by(user))


def _tickets_of(user: Any) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk__in=list(_keys(user)))


def _keys(user: Any) -> Iterable[int]:
    """Found before the names go by which they are found."""
    return Ticket.objects.filter(_own(user)).values_list("pk", flat=True)
