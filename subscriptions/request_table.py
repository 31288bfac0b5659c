"""The tables of requests: which columns each kind of organization has, and what each row says."""

from collections.abc import Iterable
from typing import Any, TypedDict

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.badges import badge
from core.choices import OrganizationKind
from core.parts.lists import Column, Columns
from core.parts.text import deadline, moment, phone
from core.workflow import Transition
from subscriptions.request_workflow import offered_to
from subscriptions.selectors.request_choices import request_choices
from subscriptions.selectors.request_page import needs_page, place_in_words

_NUMBER = Column("number", _("Number"))
_STATE = Column("state", _("State"))
_CLIENT = Column("client", _("Client"))
_PLACE = Column("place", _("Address"))
_SERVICE = Column("service", _("Service"))
_PROVIDER = Column("provider", _("Provider"))
_OWNER = Column("owner", _("Filed by"))
_DUE = Column("due", _("Deadline"), sort="due")
_FILED = Column("created", _("Created"), sort="-created")
_ASSIGNEE = Column("assignee", _("Assignee"))
_ACTIONS = Column("actions", _("Actions"), hidden=True)

_FILED_FOR_CLIENTS = Columns(_NUMBER, _STATE, _CLIENT, _PLACE, _SERVICE, _PROVIDER, _DUE, _FILED)
_FILED_FOR_ONESELF = Columns(_NUMBER, _STATE, _PLACE, _SERVICE, _PROVIDER, _FILED)
COLUMNS: dict[OrganizationKind | None, Columns] = {
    OrganizationKind.AGENCY: _FILED_FOR_CLIENTS,
    OrganizationKind.BUILDER: _FILED_FOR_CLIENTS,
    OrganizationKind.PROVIDER: Columns(
        _DUE, _NUMBER, _PLACE, _SERVICE, _STATE, _ASSIGNEE, _ACTIONS
    ),
    OrganizationKind.COMPANY: _FILED_FOR_ONESELF,
    OrganizationKind.PERSON: _FILED_FOR_ONESELF,
    None: Columns(_NUMBER, _STATE, _OWNER, _PLACE, _SERVICE, _PROVIDER, _DUE, _FILED),
}
# In a row there is room for so many; the others are on the request's page.
ACTIONS_SHOWN = 3
_SELDOM = {"hold", "cancel"}


class RowAction(TypedDict):
    """A button that moves at once, or a link to the page that asks for what the move needs."""

    label: Any
    url: str
    at_once: bool


class Line(TypedDict):
    """One row as it is shown. A dict of finished texts: what templates are quickest with."""

    number: str
    version: int
    url: str
    state: str
    awaited: str
    client: str
    phone: str
    owner: str
    provider: str
    place: str
    service: str
    plan: str
    due: str
    created: str
    assignee: str
    actions: list[RowAction]


def lines_of(actor: Actor, rows: Iterable[Any], *, acting: bool) -> list[Line]:
    """Rows (see `selectors.requests`) for a plain loop; with `acting`, what can be done there."""
    services = {row.pk: row.name for row in request_choices(actor).categories.values()}
    # Reversed once, not once per row and button.
    base = reverse("request_list")
    return [_line(actor, row, base, services, acting) for row in rows]


def _line(actor: Actor, row: Any, base: str, services: dict[int, str], acting: bool) -> Line:
    url = f"{base}{row.number}/"
    return {
        "number": row.number,
        "version": row.version,
        "url": url,
        "state": badge("request", row.state),
        "awaited": row.awaited,
        "client": getattr(row, "client__name", None) or "",
        "phone": phone(getattr(row, "client__phone", None)),
        "owner": getattr(row, "owner__name", ""),
        "provider": getattr(row, "provider__name", ""),
        "place": place_in_words(row.building__address, row.unit__number),
        "service": services.get(row.category_id, ""),
        "plan": row.plan__name,
        "due": deadline(row.due_at),
        "created": "" if acting else moment(row.created_at),
        "assignee": (row.assignee__full_name or row.assignee__email or "") if acting else "",
        "actions": [_action(found, url) for found in _likely(actor, row)] if acting else [],
    }


def _likely(actor: Actor, row: Any) -> list[Transition]:
    return [found for found in offered_to(actor, row) if found.name not in _SELDOM][:ACTIONS_SHOWN]


def _action(transition: Transition, url: str) -> RowAction:
    return {
        "label": transition.label,
        "url": f"{url}move/{transition.name}/",
        "at_once": not needs_page(transition),
    }
