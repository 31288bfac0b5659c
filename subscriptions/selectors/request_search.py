"""Requests found by what a caller says: a number, a client's name or phone, an address."""

from collections.abc import Callable
from functools import partial

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.folding import digits_of
from core.ids import normalize_number
from locations.addresses import fold, without_unit
from locations.fields import prefix_range
from locations.models import Building
from locations.selectors.gazetteer import gazetteer
from subscriptions.models import Client
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.clients import clients_found, few_clients, portfolio

# So many ids go into the query as they are, and the index of each is used. A text that finds more
# is met by so many requests that walking the list from its top finds a page of them soon.
FEW = 200
# The letters of the prefix as a Russian keyboard has them.
_CYRILLIC = str.maketrans("\u0415\u0421\u0435\u0441", "ECec")
_CITY_WORDS = 3


def search(rows: QuerySet, actor: Actor, text: str) -> QuerySet:
    """Those of `rows` (requests visible to the actor) that `text` finds.

    A whole number finds one request. Otherwise: a number that begins so; words that begin words of
    the client's name; a client's phone by either end; an address that begins so, with its city or
    without.
    """
    return rows.filter(matching(text, partial(search_places, actor, text)))


def matching(text: str, elsewhere: Callable[[], Q]) -> Q:
    """What finds requests by `text`: its number, or else `elsewhere` (see `search_places`) too."""
    latin = text.translate(_CYRILLIC)
    number = normalize_number(NUMBER_PREFIX, latin)
    if number:
        return Q(number=number)
    start = _number_start(latin)
    if latin.upper().startswith(NUMBER_PREFIX) and start:
        return Q(number__startswith=start)
    return elsewhere() | Q(number__startswith=start) if start else elsewhere()


def search_places(actor: Actor, text: str) -> Q:
    """What has a client and a building, by either, as `search` finds it."""
    owner = actor.organization_id if actor.kind in PORTFOLIO_KINDS else None
    few = few_clients(text, owner, FEW)
    found = Q(client_id__in=_clients(actor, text).values("pk") if few is None else few)
    if any(character.isalpha() for character in text):
        found |= _within("building_id", _buildings(text))
    return found


def _number_start(text: str) -> str:
    """The beginning of a number that `text` may be; "" when it is none."""
    rest = text.upper().removeprefix(NUMBER_PREFIX)
    digits = digits_of(rest)
    if not 2 <= len(digits) <= 8 or any(character.isalpha() for character in rest):
        return ""
    dash = "-" if len(digits) >= 4 else ""
    return f"{NUMBER_PREFIX}-{digits[:4]}{dash}{digits[4:]}"


def _within(column: str, found: QuerySet) -> Q:
    """`column` is among the ids of `found`."""
    few = list(found.values_list("pk", flat=True)[: FEW + 1])
    return Q(**{f"{column}__in": few if len(few) <= FEW else found.values("pk")})


def _clients(actor: Actor, text: str) -> QuerySet[Client]:
    """Own clients; for the others those of any portfolio, since only visible requests are kept."""
    if actor.kind in PORTFOLIO_KINDS:
        return portfolio(actor, text)
    return clients_found(Client.objects.all(), text, None)


def _buildings(text: str) -> QuerySet[Building]:
    key = fold(without_unit(text))
    found = Q(**prefix_range("search_key", key)) if key else Q(pk__in=[])
    words = key.split()
    beginnings = [" ".join(words[: count + 1]) for count in range(min(len(words), _CITY_WORDS))]
    known = gazetteer()
    for beginning in beginnings:
        rest = key.removeprefix(beginning).strip()
        for city in known.named(beginning):
            inside = Q(city_id=city.pk)
            found |= inside & Q(**prefix_range("search_key", rest)) if rest else inside
    return Building.objects.filter(found)
