"""Requests, clients and subscriptions in the search over everything."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.badges import badge
from core.finding import Asked, Hit, finds, lead_by_number
from core.parts.text import phone
from core.prepared_rows import NamedRows, padded
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.models.requests import NUMBER_PREFIX as REQUEST_PREFIX
from subscriptions.models.requests import shown_state
from subscriptions.models.subscriptions import NUMBER_PREFIX as SUBSCRIPTION_PREFIX
from subscriptions.rights import PORTFOLIO_KINDS
from subscriptions.selectors.clients import search_clients
from subscriptions.selectors.request_page import place_in_words, plan_in_words
from subscriptions.selectors.request_search import matching, search_places
from subscriptions.selectors.subscriptions import numbered

lead_by_number(REQUEST_PREFIX, ConnectionRequest, "request_detail")
lead_by_number(SUBSCRIPTION_PREFIX, Subscription, "subscription_detail")

_COLUMNS = (
    "id",
    "number",
    "state",
    "plan__name",
    "client__name",
    "building__address",
    "unit__number",
)
_OF_REQUESTS = (*_COLUMNS, "kind", "apply_on")
_REQUESTS = NamedRows(_OF_REQUESTS, lambda ids: ConnectionRequest.objects.filter(pk__in=ids))
_SUBSCRIPTIONS = NamedRows(_COLUMNS, lambda ids: Subscription.objects.filter(pk__in=ids))


@finds("requests", _("Requests"), "list-check", order=10, staff=True, list_page="request_list")
def requests(asked: Asked) -> Sequence[Hit]:
    rows = ConnectionRequest.objects.visible_to(asked.actor)
    found = matching(asked.text, lambda: asked.shared(search_places))
    return _hits(_REQUESTS, rows.filter(found), asked, _request)


@finds("clients", _("Clients"), "users", order=20, kinds=PORTFOLIO_KINDS, list_page="client_list")
def clients(asked: Asked) -> Sequence[Hit]:
    return [
        Hit(
            url=reverse("client_detail", args=[client.public_id]),
            lead=client.name,
            note=phone(client.phone),
        )
        for client in search_clients(asked.actor, asked.text, asked.limit)
    ]


@finds(
    "subscriptions",
    _("Subscriptions"),
    "plug-connected",
    order=30,
    staff=True,
    list_page="subscription_list",
)
def subscriptions(asked: Asked) -> Sequence[Hit]:
    """By what its papers call it, by client and by address."""
    rows = Subscription.objects.visible_to(asked.actor)
    papers = numbered(asked.text)
    if asked.actor.kind in PORTFOLIO_KINDS:
        # Once handed over, its papers are the holder's: not to be found out by asking for them.
        papers &= Q(holder__isnull=True) | Q(holder_id=F("owner_id"))
    rows = rows.filter(papers | asked.shared(search_places))
    return _hits(_SUBSCRIPTIONS, rows, asked, _subscription)


def _hits(
    columns: NamedRows, rows: QuerySet, asked: Asked, written: Callable[[Any], Hit]
) -> list[Hit]:
    """The newest of `rows`: which they are, then what is shown of them; two queries."""
    ids = list(rows.order_by("-id").values_list("pk", flat=True)[: asked.limit])
    by_id: dict[int, Any] = {row.id: row for row in columns.fetch(ids=padded(ids))}
    return [written(by_id[pk]) for pk in ids if pk in by_id]


def _request(row: Any) -> Hit:
    what = plan_in_words(row.kind, row.plan__name)
    return _hit(row, "request_detail", what, badge("request", shown_state(row)))


def _subscription(row: Any) -> Hit:
    return _hit(row, "subscription_detail", row.plan__name, badge("subscription", row.state))


def _hit(row: Any, page: str, what: str, state: SafeString) -> Hit:
    return Hit(
        url=reverse(page, args=[row.number]),
        lead=row.number,
        text=place_in_words(row.building__address, row.unit__number),
        note=" · ".join(filter(None, (what, row.client__name))),
        badge=state,
    )
