"""What the customer thought of how a ticket was solved: on its page, or by the link of a letter.

The link is a signed number: nothing secret is stored. Opening it changes nothing, so that programs
that look into mail do no harm; the score is a POST.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import PartyRole, Via
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.events import emit
from core.querysets import get_visible
from subscriptions.services.requests.input import clean_text
from support.choices import DeskSide
from support.models import Score, Ticket
from support.ticket_workflow import sides_of

_SIGNER = signing.Signer(salt="support.score")
# How long a score may be thought over once it was given.
CHANGEABLE_FOR = timedelta(days=7)
COMMENT_LENGTH = 1000
WORST_SCORE, BEST_SCORE = 1, 5


class ScoreState(Enum):
    """Whether a ticket can be scored now; each has its words in the templates."""

    OPEN = "open"
    # In work again: there is nothing to judge yet.
    IN_WORK = "in_work"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Scoring:
    """A ticket, the score it has, and whether it can be given or changed."""

    ticket: Ticket
    state: ScoreState
    given: Score | None = None


def score_token(ticket: Ticket) -> str:
    """What the address of the page of a letter ends in."""
    return _SIGNER.sign(ticket.number)


def scoring_of(ticket: Ticket) -> Scoring:
    """How the scoring of a ticket stands; one query."""
    given = Score.objects.filter(ticket=ticket).first()
    return Scoring(ticket, _state(ticket, given), given)


def find_by_token(token: str) -> Scoring | None:
    """The scoring of a letter's link; None for one that is forged, mistyped, or gone."""
    try:
        number = _SIGNER.unsign(token)
    except signing.BadSignature:
        return None
    rows = Ticket.objects.select_related("owner", "assignee", "merged_into", "scoring")
    ticket = rows.filter(number=number).first()
    if ticket is None:
        return None
    return scoring_of(ticket.merged_into or ticket)


def _state(ticket: Ticket, given: Score | None) -> ScoreState:
    if ticket.is_open or ticket.merged_into_id:
        return ScoreState.IN_WORK
    if given is not None and clock.now() - given.created_at > CHANGEABLE_FOR:
        return ScoreState.SETTLED
    return ScoreState.OPEN


def score_ticket(actor: Actor, number: str, value: object, comment: str = "") -> Score:
    """Gives the actor's ticket a score from 1 to 5, or changes it within CHANGEABLE_FOR.

    Raises NotVisible, Forbidden (not on the customer's side), Conflict (in work, or too late),
    DomainError with field `value` or `comment`.
    """
    ticket = get_visible(Ticket.objects, actor, number=number)
    if DeskSide.CUSTOMER not in sides_of(actor, ticket):
        raise Forbidden(_("The score is given by who asked for help."))
    return _give(actor, ticket.pk, value, comment)


def score_by_token(token: str, value: object, comment: str = "") -> Score:
    """As `score_ticket`, for whoever has the letter. Raises NotVisible for a link of no ticket."""
    found = find_by_token(token)
    if found is None:
        raise NotVisible(_("There is no such page, or it is not yours to see."))
    return _give(system_actor(via=Via.LINK), found.ticket.pk, value, comment)


@transaction.atomic
def _give(actor: Actor, ticket_id: int, value: object, comment: str) -> Score:
    number, words = _clean_value(value), clean_text(comment, COMMENT_LENGTH, "comment")
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    given = Score.objects.filter(ticket=ticket).first()
    state = _state(ticket, given)
    if state is ScoreState.IN_WORK:
        raise Conflict(_("This ticket is in work: score it when it is solved."))
    if state is ScoreState.SETTLED:
        raise Conflict(_("A score can be changed within a week; this one was given long ago."))
    if given is None:
        given = Score(ticket=ticket, created_at=clock.now(), assignee_id=ticket.assignee_id)
    elif (given.value, given.comment) == (number, words):
        return given
    given.value, given.comment = number, words
    given.save()
    # Not `updated_at` and `version`: nothing waits for anybody, and nobody's edit is out of date.
    Ticket.objects.filter(pk=ticket.pk).update(score=number)
    parties = {PartyRole.OWNER: ticket.owner}
    emit(actor, "ticket.scored", ticket, parties, {"number": ticket.number, "score": number})
    return given


def _clean_value(value: object) -> int:
    text = str(value if value is not None else "").strip()
    if len(text) == 1 and text.isascii() and text.isdigit():
        number = int(text)
        if WORST_SCORE <= number <= BEST_SCORE:
            return number
    raise DomainError(_("Choose a score from 1 to 5."), field="value")
