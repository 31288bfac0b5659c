"""How many tickets one person may open: a kind word for a stuck key, a wall for a program."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import ngettext

from core import clock
from core.actor import Actor
from core.errors import DomainError
from support.models import Ticket

OPENED_AT_MOST = 20
WITHIN = timedelta(hours=1)


class TooManyTicketsError(DomainError):
    """More tickets from one person than there are problems in an hour."""

    status = 429


def check_pace(actor: Actor, form_token: UUID | None) -> None:
    """Raises TooManyTicketsError for who has opened OPENED_AT_MOST within the hour.

    A form that has made its ticket already is let through: it makes no other.
    """
    opened = Ticket.objects.filter(
        requester_id=actor.user_id, created_at__gt=clock.now() - WITHIN
    ).values_list("form_token", flat=True)
    tokens = list(opened[: OPENED_AT_MOST + 1])
    if len(tokens) < OPENED_AT_MOST or (form_token is not None and form_token in tokens):
        return
    message = ngettext(
        "You have opened %(count)s ticket within the hour. We read all of them: add to one of "
        "those, or come back a little later.",
        "You have opened %(count)s tickets within the hour. We read all of them: add to one of "
        "those, or come back a little later.",
        OPENED_AT_MOST,
    )
    raise TooManyTicketsError(message % {"count": OPENED_AT_MOST})
