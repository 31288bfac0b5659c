"""Clients found by what is typed: words of the name, the phone, its end."""

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from core import clock
from core.actor import Actor
from core.errors import DomainError
from subscriptions.client_terms import terms_asked
from subscriptions.models import Client, ClientTerm
from subscriptions.phones import parse_phone

SEARCH_LIMIT = 8
# A client has few terms that begin alike: the name's words, the phone from both ends.
_TERMS_EACH = 3
_A_MOMENT = timedelta(seconds=30)


def portfolio(actor: Actor, text: str = "") -> QuerySet[Client]:
    """The actor's clients; with `text`, those found by it (see `clients_found`), unordered."""
    return clients_found(Client.objects.visible_to(actor), text, actor.organization_id)


def clients_found(clients: QuerySet[Client], text: str, owner_id: int | None) -> QuerySet[Client]:
    """Those of `clients` that `text` finds; with `owner_id`, in that portfolio alone.

    Found: every word of `text` begins a word of the name; or, for a text of digits, the phone
    begins with it in any Russian spelling or ends with it (four digits or more).
    """
    groups = terms_asked(text)
    if text.strip() and not groups:
        return clients.none()
    return clients.filter(pk__in=_terms(groups, owner_id)) if groups else clients


def few_clients(text: str, owner_id: int | None, most: int) -> list[int] | None:
    """Ids of the clients that `text` finds, of one portfolio or of all; None for more than `most`.

    Read from the terms alone: asked for rows of clients that are among them, PostgreSQL would
    rather walk the whole table of clients.
    """
    groups = terms_asked(text)
    if not groups:
        return None if not text.strip() else []
    limit = most * _TERMS_EACH
    ids = list(_terms(groups, owner_id)[: limit + 1])
    found = list(dict.fromkeys(pk for (pk,) in ids))
    return None if len(ids) > limit or len(found) > most else found


def _terms(groups: Sequence[Sequence[str]], owner_id: int | None) -> Any:
    """Ids of clients with a term for each of `groups`, one for each term that fits."""
    found: Any = None
    for group in groups:
        begins = reduce(or_, (Q(term__startswith=term) for term in group))
        terms = ClientTerm.objects.filter(begins)
        if owner_id is not None:
            # The index begins with the owner: one portfolio is searched, not all of them.
            terms = terms.filter(owner_id=owner_id)
        if found is not None:
            # One within the other: rows of clients are read for what all the words find.
            terms = terms.filter(client_id__in=found)
        found = terms.values_list("client_id")
    return found


def just_added(actor: Actor, name: str, phone: str) -> Client | None:
    """The client that the actor has added a moment ago by the same words: a form sent twice."""
    rows = Client.objects.visible_to(actor).filter(
        created_by_id=actor.user_id,
        name=" ".join(name.split()),
        phone=phone,
        created_at__gt=clock.now() - _A_MOMENT,
    )
    return rows.order_by("-pk").first()


def search_clients(actor: Actor, text: str, limit: int = SEARCH_LIMIT) -> list[Client]:
    """The newest clients that `text` finds; with an empty text the newest of all."""
    return list(portfolio(actor, text).order_by("-pk")[:limit])


def clients_with_phone(
    actor: Actor, phone: object, *, besides: Client | None = None, limit: int = SEARCH_LIMIT
) -> list[Client]:
    """The actor's clients with this phone in any spelling, the oldest first; none for no phone.

    For a hint beside a field and for whoever looks before adding: to have one is no error.
    """
    try:
        known = parse_phone(str(phone))
    except DomainError:
        return []
    rows = Client.objects.visible_to(actor).filter(phone=known)
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    return list(rows.order_by("pk")[:limit])
