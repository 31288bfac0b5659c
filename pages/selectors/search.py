"""What one search field finds: a number leads to its page, anything else to a few of each."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from core.actor import Actor
from core.ids import normalize_number
from locations.selectors.suggestions import Suggestion, find_places
from pages.homes.requests import RequestRow, first_rows
from subscriptions.models import Client, ConnectionRequest, Subscription
from subscriptions.models.requests import NUMBER_PREFIX as REQUEST_PREFIX
from subscriptions.models.subscriptions import NUMBER_PREFIX as SUBSCRIPTION_PREFIX
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.clients import search_clients
from subscriptions.selectors.request_search import search as search_requests

SHORTEST = 2
LONGEST = 100
SHOWN = 8
# "EC" typed on a Russian keyboard: the Cyrillic letters that look the same.
_LATIN = str.maketrans({0x415: "E", 0x421: "C", 0x435: "e", 0x441: "c"})


@dataclass(frozen=True, slots=True)
class Found:
    """A few of each; a list one longer than SHOWN is never given."""

    requests: list[RequestRow] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    places: list[Suggestion] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.requests or self.clients or self.places)


def page_of_number(actor: Actor, text: str) -> str | None:
    """The address of the request or subscription with the number `text`, if the actor sees it.

    The check digit tells a number from any other digits; without a prefix both are tried.
    """
    latin = text.translate(_LATIN)
    kinds: list[tuple[str, Any, str]] = [
        (REQUEST_PREFIX, ConnectionRequest, "request_detail"),
        (SUBSCRIPTION_PREFIX, Subscription, "subscription_detail"),
    ]
    for prefix, model, page in kinds:
        number = normalize_number(prefix, latin)
        if number and model.objects.visible_to(actor).filter(number=number).exists():
            return reverse(page, args=[number])
    return None


def find(actor: Actor, text: str) -> Found:
    """Requests, clients and places that the actor may see, a few of each."""
    if len(text) < SHORTEST:
        return Found()
    rows = search_requests(ConnectionRequest.objects.visible_to(actor), actor, text)
    requests = first_rows(actor, rows.order_by("-id"), SHOWN)
    clients = search_clients(actor, text, SHOWN) if actor.kind in PORTFOLIO_KINDS else []
    found = find_places(actor, text, SHOWN)
    # A name that is somebody's is no misspelled address.
    guessed = bool(found.meant) and bool(requests or clients)
    return Found(requests=requests, clients=clients, places=[] if guessed else found.places)
