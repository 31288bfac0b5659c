"""Variables of prepared texts: "{{ customer.name }}".

Replaced by a list of our own and not by a template engine: what support writes is text and reaches
nothing but what stands here. What is put in is never looked through again.
"""

import re
from collections.abc import Callable, Mapping

from django.utils.translation import gettext_lazy as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import Text
from support.models import Ticket

_BRACED = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# With the comma before it, which goes too where there is nothing to put in: "Hello, !".
_WITH_COMMA = re.compile(r"(,?[ \t]*)\{\{(.*?)\}\}", re.DOTALL)

Value = Callable[[Actor, Ticket], str]


def _customer(actor: Actor, ticket: Ticket) -> str:
    person = ticket.requester.full_name if ticket.requester else ""
    return person or ticket.requester_name


def _organization(actor: Actor, ticket: Ticket) -> str:
    owner = ticket.owner
    return "" if owner is None or owner.kind == OrganizationKind.PERSON else owner.name


def _agent(actor: Actor, ticket: Ticket) -> str:
    return actor.user.full_name if actor.user else ""


VALUES: Mapping[str, Value] = {
    "ticket.number": lambda actor, ticket: ticket.number,
    "ticket.subject": lambda actor, ticket: ticket.subject,
    "ticket.category": lambda actor, ticket: ticket.category.name if ticket.category else "",
    "customer.name": _customer,
    "customer.organization": _organization,
    "agent.name": _agent,
    "building": lambda actor, ticket: ticket.building.address if ticket.building else "",
    "unit": lambda actor, ticket: ticket.unit.number if ticket.unit else "",
    "today": lambda actor, ticket: f"{clock.today():%d.%m.%Y}",
}
# What each is, for who writes a macro.
VARIABLES: Mapping[str, Text] = {
    "ticket.number": _("number of the ticket"),
    "ticket.subject": _("subject of the ticket"),
    "ticket.category": _("category of the ticket"),
    "customer.name": _("name of who asks"),
    "customer.organization": _("organization of who asks"),
    "agent.name": _("name of who answers"),
    "building": _("address of the building"),
    "unit": _("number of the flat or room"),
    "today": _("today's date"),
}


def unknown_variables(text: str) -> list[str]:
    """What stands in double braces and is no variable, each once."""
    named = (match.strip() for match in _BRACED.findall(text))
    return list(dict.fromkeys(name for name in named if name not in VALUES))


def rendered(text: str, actor: Actor, ticket: Ticket) -> str:
    """The text for this ticket, from this member of the staff; what is unknown stays as it is."""

    def put_in(match: re.Match[str]) -> str:
        value = VALUES.get(match[2].strip())
        if value is None:
            return match[0]
        found = value(actor, ticket)
        return f"{match[1]}{found}" if found else ""

    return _WITH_COMMA.sub(put_in, text)
