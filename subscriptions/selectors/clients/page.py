"""What the page of one client shows."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core import clock
from core.actor import Actor
from core.parts.rows import TimelineEntry
from subscriptions.models import (
    Client,
    ClientAddress,
    ClientInvitation,
    ClientMerge,
    ClientTag,
    ConnectionRequest,
    Subscription,
)
from subscriptions.request_workflow import OPEN_STATES
from subscriptions.selectors.clients.duplicates import merges_that_can_be_undone
from subscriptions.selectors.clients.history import client_history
from subscriptions.selectors.clients.invitations import invitations_of
from subscriptions.selectors.clients.search import clients_with_phone

SHOWN = 10
_OPEN_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ClientPage:
    requests: list[ConnectionRequest]
    has_more_requests: bool
    subscriptions: list[Subscription]
    # What is in work though the client has withdrawn their consent: someone has to decide.
    undecided: list[ConnectionRequest]
    tags: list[ClientTag]
    known_tags: list[ClientTag]
    addresses: list[ClientAddress]
    duplicates: list[Client]
    merges: list[ClientMerge]
    invitations: list[ClientInvitation]
    history: list[TimelineEntry]

    @property
    def is_invited(self) -> bool:
        """Whether an invitation waits to be taken; an expired one waits for nothing."""
        now = clock.now()
        return any(row.open_key and row.expires_at > now for row in self.invitations)


def client_page(actor: Actor, client: Client) -> ClientPage:
    """All of it, in a number of queries that does not grow with the rows."""
    requests = _newest(ConnectionRequest.objects.visible_to(actor), client)
    subscriptions = _newest(Subscription.objects.visible_to(actor), client)[:SHOWN]
    addresses = client.addresses.select_related("unit__building").order_by("pk")
    return ClientPage(
        requests=requests[:SHOWN],
        has_more_requests=len(requests) > SHOWN,
        subscriptions=subscriptions,
        undecided=_undecided(actor, client),
        tags=list(client.tags.all()),
        known_tags=list(ClientTag.objects.visible_to(actor)) if actor.organization else [],
        addresses=list(addresses),
        duplicates=clients_with_phone(actor, client.phone, besides=client),
        merges=merges_that_can_be_undone(actor, client),
        invitations=invitations_of(client),
        history=client_history(actor, client, requests[:SHOWN], subscriptions),
    )


def _newest(rows: QuerySet, client: Client) -> list[Any]:
    """The client's newest rows, one more than is shown: it tells whether there are others."""
    related = rows.select_related("plan", "category", "provider", "building", "unit")
    return list(related.filter(client=client).order_by("-pk")[: SHOWN + 1])


def _undecided(actor: Actor, client: Client) -> list[ConnectionRequest]:
    if client.consent_withdrawn_at is None:
        return []
    rows = ConnectionRequest.objects.visible_to(actor).filter(client=client, state__in=OPEN_STATES)
    return list(rows.select_related("plan", "provider").order_by("-pk")[:_OPEN_SHOWN])
