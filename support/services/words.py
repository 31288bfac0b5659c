"""What is written by hand, before it is kept: texts, and the words that subjects are found by."""

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.folding import fold
from subscriptions.services.requests.input import clean_text
from support.models import Ticket, TicketWord

SUBJECT_LENGTH = 200
BODY_LENGTH = 20_000
# A letter is what it is: what goes beyond is cut, and stays in the letter as it came.
LETTER_LENGTH = 100_000
WORD_LENGTH = 40
_SHORTENED = "…"


def clean_subject(typed: str) -> str:
    """In one line. Raises DomainError with field `subject`."""
    subject = " ".join(clean_text(typed, 2 * SUBJECT_LENGTH, "subject").split())
    if not subject:
        raise DomainError(_("Say in a few words what it is about."), field="subject")
    return clean_text(subject, SUBJECT_LENGTH, "subject")


def shortened_subject(text: str, otherwise: str) -> str:
    """The subject of a letter, cut to what fits; `otherwise` where it has none."""
    subject = " ".join(clean_text(text[: 2 * SUBJECT_LENGTH], 2 * SUBJECT_LENGTH, "").split())
    if len(subject) > SUBJECT_LENGTH:
        subject = subject[: SUBJECT_LENGTH - 1] + _SHORTENED
    return subject or otherwise


def clean_body(typed: str, *, may_be_empty: bool = False) -> str:
    """Raises DomainError with field `body`: nothing is said, or too much."""
    body = clean_text(typed, BODY_LENGTH, "body")
    if not body and not may_be_empty:
        raise DomainError(_("Write something first."), field="body")
    return body


def letter_body(text: str) -> str:
    """The words of a letter, cut where nobody reads on."""
    return clean_text(text[:LETTER_LENGTH], LETTER_LENGTH, "body")


def words_of(*texts: str) -> list[str]:
    """The folded words of some texts, each once."""
    return list(dict.fromkeys(word[:WORD_LENGTH] for word in fold(" ".join(texts)).split()))


def keep_words(ticket: Ticket) -> None:
    """Puts the words of the subject and of the requester's name in the place of those kept; in the
    transaction that changes them.
    """
    wanted = words_of(ticket.subject, ticket.requester_name)
    owner_key = ticket.owner_id or 0
    kept = TicketWord.objects.filter(ticket=ticket)
    kept.exclude(owner_key=owner_key, word__in=wanted).delete()
    known = set(kept.values_list("word", flat=True))
    TicketWord.objects.bulk_create(
        TicketWord(ticket=ticket, owner_key=owner_key, word=word)
        for word in wanted
        if word not in known
    )
