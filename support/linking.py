"""What a ticket can be about: the registry of kinds, and reads in both directions.

A further kind is one entry of `LINKABLE` and one choice of `LinkKind`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import Role
from core.errors import DomainError
from core.ids import is_public_id, normalize_number
from core.querysets import refuse_invisible
from locations.models import Building, Unit
from subscriptions.models import Client, ConnectionRequest, Subscription
from support.choices import LinkKind
from support.models import Ticket, TicketLink


@dataclass(frozen=True, slots=True)
class Linkable:
    """One kind of thing: how it is named from outside, and where its page is.

    `title` has no name of a person but that of a client. `place` is the building and the unit of
    it, None where it stands nowhere.
    """

    kind: LinkKind
    model: type[models.Model]
    icon: str
    page: str
    title: Callable[[Any], str]
    place: Callable[[Any], tuple[Building | None, Unit | None]]
    related: tuple[str, ...] = ()
    # The prefix of its numbers; "" where it is known by a public id.
    prefix: str = ""

    @property
    def key_field(self) -> str:
        return "number" if self.prefix else "public_id"

    def key_of(self, row: Any) -> str:
        return str(getattr(row, self.key_field))

    def visible_to(self, actor: Actor) -> Any:
        manager: Any = self.model._default_manager
        return manager.visible_to(actor)

    def cleaned(self, key: str) -> str | None:
        """The key as it is stored; None for what cannot be one."""
        if self.prefix:
            return normalize_number(self.prefix, key)
        return key if is_public_id(key) else None


def _service(row: Any) -> str:
    return f"{row.number} · {row.plan.name} · {row.building.address}"


def _at(row: Any) -> tuple[Building | None, Unit | None]:
    return row.building, row.unit


LINKABLE = {
    LinkKind.REQUEST: Linkable(
        LinkKind.REQUEST,
        ConnectionRequest,
        "list-check",
        "request_detail",
        _service,
        _at,
        ("plan", "building", "unit"),
        "EC",
    ),
    LinkKind.SUBSCRIPTION: Linkable(
        LinkKind.SUBSCRIPTION,
        Subscription,
        "plug-connected",
        "subscription_detail",
        _service,
        _at,
        ("plan", "building", "unit"),
        "ES",
    ),
    LinkKind.CLIENT: Linkable(
        LinkKind.CLIENT,
        Client,
        "user",
        "client_detail",
        lambda row: row.name,
        lambda row: (None, None),
    ),
    LinkKind.BUILDING: Linkable(
        LinkKind.BUILDING,
        Building,
        "building",
        "address_detail",
        lambda row: row.address,
        lambda row: (row, None),
    ),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link as one reader sees it; `url` is "" where the page itself is not theirs to open."""

    kind: LinkKind
    object_id: int
    key: str
    title: str
    url: str
    icon: str


def linkable(kind: str) -> Linkable:
    """Raises DomainError for a kind that there is not."""
    if kind not in LinkKind.values:
        raise DomainError(_("There is no such kind of link."), field="kind")
    return LINKABLE[LinkKind(kind)]


def side_of(owner: Any) -> Actor:
    """The owner of a ticket as whoever sees the most of it: what may be linked to the ticket."""
    return Actor(organization=owner, role=Role.OWNER)


def find_linked(actor: Actor, owner: Any, kind: str, key: str) -> Any:
    """The row that `key` names, which the ticket's owner may see, and the actor knows of.

    Staff link what is the owner's; of a stranger's ticket they link what they see themselves.
    Raises NotVisible, DomainError.
    """
    what = linkable(kind)
    cleaned = what.cleaned(key)
    reader = actor if actor.organization is not None or owner is None else side_of(owner)
    rows = what.visible_to(reader).select_related(*what.related)
    found = rows.filter(**{what.key_field: cleaned}).first() if cleaned else None
    return found or refuse_invisible()


def links_of(actor: Actor, tickets: Collection[Ticket]) -> dict[int, list[Link]]:
    """Ticket's id → its links, in the order they were made; one query, and two for each kind.

    A customer is shown what they may open. Staff see what the tickets link to, and open what is
    theirs to open.
    """
    rows = list(TicketLink.objects.filter(ticket__in=[row.pk for row in tickets]).order_by("pk"))
    found: dict[tuple[str, int], Link] = {}
    for kind, what in LINKABLE.items():
        ids = {row.object_id for row in rows if row.kind == kind}
        if ids:
            found |= {(kind.value, link.object_id): link for link in _links(actor, what, ids)}
    made: dict[int, list[Link]] = {}
    for row in rows:
        link = found.get((row.kind, row.object_id))
        if link is not None:
            made.setdefault(row.ticket_id, []).append(link)
    return made


def _links(actor: Actor, what: Linkable, ids: Collection[int]) -> list[Link]:
    visible = what.visible_to(actor).filter(pk__in=ids)
    if not actor.is_staff or actor.organization is not None:
        return [_link(what, row, True) for row in visible.select_related(*what.related)]
    open_to = set(visible.values_list("pk", flat=True))
    rows = what.model._default_manager.filter(pk__in=ids).select_related(*what.related)
    return [_link(what, row, row.pk in open_to) for row in rows]


def _link(what: Linkable, row: Any, is_open: bool) -> Link:
    key = what.key_of(row)
    url = reverse(what.page, args=[key]) if is_open else ""
    return Link(what.kind, row.pk, key, what.title(row), url, what.icon)


def tickets_about(actor: Actor, kind: LinkKind, object_id: int) -> models.QuerySet[Ticket]:
    """The tickets about one thing that the actor may see, newest first."""
    linked = TicketLink.objects.filter(kind=kind, object_id=object_id)
    found = Ticket.objects.visible_to(actor).filter(pk__in=linked.values("ticket_id"))
    return found.order_by("-pk")


def place_of(rows: Sequence[tuple[str, Any]]) -> tuple[Building | None, Unit | None]:
    """Where the first of some linked things (kind, row) is that stands anywhere."""
    for kind, row in rows:
        building, unit = LINKABLE[LinkKind(kind)].place(row)
        if building is not None:
            return building, unit
    return None, None
