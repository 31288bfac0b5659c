"""What the desk adds to the frame of the staff: sections, badges, the list that they arrange."""

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.actor import Actor
from core.badges import Badge, register_badges
from core.choices import StaffScope
from core.errors import DomainError
from core.navigation import Section, register
from core.parts.lists import Column
from core.saved_views import Layout, ListKind, register_list
from support.choices import Priority
from support.desk_choices import STATE_WORDS
from support.desk_table import COLUMNS, DEFAULTS, FIXED, ORDERS
from support.filters import TicketFilter
from support.ticket_workflow import TICKET_WORKFLOW

LIST = "desk"
READERS = frozenset({StaffScope.SUPPORT, StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER})

register(
    Section(
        "desk",
        pgettext_lazy("section", "Support desk"),
        "headset",
        "desk_list",
        order=5,
        kinds=frozenset(),
        staff=True,
        phone=True,
    )
)

register_badges(
    "ticket.desk",
    {
        name: Badge(STATE_WORDS[name], row.tone, row.icon)  # type: ignore[index]
        for name, row in TICKET_WORKFLOW.states.items()
    },
)
register_badges(
    "ticket.priority",
    {
        Priority.LOW: Badge(Priority.LOW.label, "neutral", "arrow-down"),
        Priority.NORMAL: Badge(Priority.NORMAL.label, "neutral", "minus"),
        Priority.HIGH: Badge(Priority.HIGH.label, "wait", "arrow-up"),
        Priority.URGENT: Badge(Priority.URGENT.label, "bad", "alert-triangle"),
    },
)


def check_sort(asked: str) -> None:
    """Raises DomainError for an order that the list does not have; "" is the usual one."""
    if asked and asked not in ORDERS:
        raise DomainError(_("This list cannot be ordered by “%(sort)s”.") % {"sort": asked[:40]})


def _check(actor: Actor, query: QueryDict) -> None:
    TicketFilter(query, actor=actor).check()
    check_sort(query.get("sort", ""))


def _columns(actor: Actor) -> list[Column]:
    return [column.heading() for column in COLUMNS.values()]


TICKETS = ListKind(
    LIST,
    gettext_lazy("Support desk"),
    {Layout.LIST: "desk_list"},
    _check,
    _columns,
    lambda actor: DEFAULTS,
    fixed=FIXED,
    staff=READERS,
    staff_share=frozenset({StaffScope.SUPPORT, StaffScope.ADMIN}),
)
register_list(TICKETS)
