"""Tickets found by what a caller says: a number, an e-mail, words of the subject, a name."""

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.folding import digits_of, fold
from core.ids import normalize_number
from support.models import TicketWord
from support.models.tickets import NUMBER_PREFIX

# So many ids go into the query as they are. A text that finds more is met by so many tickets that
# walking the list from its top finds a page of them soon.
FEW = 200
WORDS_AT_MOST = 6
# The letters of the prefix as a Russian keyboard has them.
_CYRILLIC = str.maketrans("\u0415\u0422\u0435\u0442", "ETet")


def search(rows: QuerySet, actor: Actor, text: str) -> QuerySet:
    """Those of `rows` (tickets visible to the actor) that `text` finds.

    A whole number finds one ticket, an address of mail those that came from it. Otherwise: a number
    that begins so, or words that begin words of the subject or of the requester's name.
    """
    latin = text.translate(_CYRILLIC)
    number = normalize_number(NUMBER_PREFIX, latin)
    if number:
        return rows.filter(number=number)
    if "@" in text:
        return rows.filter(requester_email__in={text.strip(), text.strip().lower()})
    start = _number_start(latin)
    words = _within(rows, _by_words(actor, text))
    return rows.filter(words | Q(number__startswith=start)) if start else rows.filter(words)


def _number_start(text: str) -> str:
    """The beginning of a number that `text` may be; "" when it is none."""
    rest = text.upper().removeprefix(NUMBER_PREFIX)
    digits = digits_of(rest)
    if not 2 <= len(digits) <= 8 or any(character.isalpha() for character in rest):
        return ""
    dash = "-" if len(digits) >= 4 else ""
    return f"{NUMBER_PREFIX}-{digits[:4]}{dash}{digits[4:]}"


def _by_words(actor: Actor, text: str) -> QuerySet:
    """Ids of tickets that have words beginning with every word of `text`."""
    words = fold(text).split()[:WORDS_AT_MOST]
    if not words:
        return TicketWord.objects.none().values("ticket_id")
    # The longest first: it finds the fewest, and the others are asked of those alone.
    first, *rest = sorted(words, key=len, reverse=True)
    found = _beginning(actor, first)
    for word in rest:
        found = found.filter(ticket_id__in=_beginning(actor, word).values("ticket_id"))
    return found.values("ticket_id")


def _beginning(actor: Actor, word: str) -> QuerySet:
    rows = TicketWord.objects.filter(word__startswith=word[:40])
    return rows if actor.organization is None else rows.filter(owner_key=actor.organization.pk)


def _within(rows: QuerySet, found: QuerySet) -> Q:
    few = list(found.values_list("ticket_id", flat=True)[: FEW + 1])
    return Q(pk__in=few if len(few) <= FEW else found)
