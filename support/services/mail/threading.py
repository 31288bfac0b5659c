"""Which ticket a letter belongs to, and whether its writer may add to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from core.ids import normalize_number
from support.models import LetterId, Observer, Ticket
from support.models.tickets import NUMBER_PREFIX
from support.services.mail import addresses
from support.services.mail.parsing import Letter

_NUMBER = re.compile(rf"\[?\b{NUMBER_PREFIX}[- ]?(\d{{4}})[- ]?(\d{{4}})\b\]?", re.IGNORECASE)
MERGES_FOLLOWED = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter goes: into `ticket`, or into a new one that is related to `beside`."""

    ticket: Ticket | None = None
    beside: Ticket | None = None


def place_of(letter: Letter) -> Place:
    """The right token opens a ticket to any writer: who has it was written to, or was handed the
    letter on. Ids of letters and the number open it to the ticket's own people alone: of others a
    new ticket is made, of which the staff see what it is about.
    """
    by_token = _by_token(letter.recipients)
    if by_token is not None:
        return Place(ticket=_target(by_token))
    for found in (_by_ids(letter.answers), _by_number(letter.subject)):
        if found is None:
            continue
        if is_of(found, letter.sender):
            return Place(ticket=_target(found))
        return Place(beside=_target(found))
    return Place()


def is_of(ticket: Ticket, address: str) -> bool:
    """Whether an address is the requester's, or an observer's on the customer's side."""
    if not address:
        return False
    if address == ticket.requester_email.lower():
        return True
    if ticket.requester is not None and ticket.requester.email.lower() == address:
        return True
    observers = Observer.objects.filter(ticket=ticket, user__is_staff=False)
    return observers.filter(user__email=address).exists()


def _by_token(recipients: Sequence[str]) -> Ticket | None:
    tokens = [token for token in map(addresses.token_of, recipients) if token]
    if not tokens:
        return None
    found = {row.mail_token: row for row in _tickets().filter(mail_token__in=tokens)}
    return next((found[token] for token in tokens if token in found), None)


def _by_ids(ids: Sequence[str]) -> Ticket | None:
    """The ticket of the nearest known letter that this one answers."""
    known = dict(LetterId.objects.filter(letter_id__in=ids).values_list("letter_id", "ticket_id"))
    nearest = next((known[found] for found in ids if found in known), None)
    return _tickets().filter(pk=nearest).first() if nearest is not None else None


def _by_number(subject: str) -> Ticket | None:
    for found in _NUMBER.finditer(subject):
        number = normalize_number(NUMBER_PREFIX, found[1] + found[2])
        row = _tickets().filter(number=number).first() if number else None
        if row is not None:
            return row
    return None


def _tickets() -> QuerySet[Ticket]:
    return Ticket.objects.select_related("requester", "owner", "merged_into")


def _target(ticket: Ticket) -> Ticket:
    """The ticket that a merged one goes on in."""
    for _step in range(MERGES_FOLLOWED):
        if ticket.merged_into is None:
            break
        ticket = ticket.merged_into
    return ticket
