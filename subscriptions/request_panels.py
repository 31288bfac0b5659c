"""The list of requests as people arrange it: columns, saved views, list or board."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.parts.lists import Column
from core.saved_views import Layout, ListKind, register_list
from subscriptions.filters import RequestFilter
from subscriptions.request_columns import DEFAULTS, columns_for
from subscriptions.selectors.requests import check_sort

LIST = "requests"


def _check(actor: Actor, query: QueryDict) -> None:
    RequestFilter(query, actor=actor).check()
    check_sort(query.get("sort", ""))


def _columns(actor: Actor) -> list[Column]:
    return [column.heading() for column in columns_for(actor).values()]


REQUESTS = ListKind(
    LIST,
    _("Requests"),
    {Layout.LIST: "request_list", Layout.BOARD: "request_board"},
    _check,
    _columns,
    lambda actor: DEFAULTS[actor.kind],
    fixed=frozenset({"number"}),
)
register_list(REQUESTS)
