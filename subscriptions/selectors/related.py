"""Requests that have to do with one: named by hand, filed together, of the same unit or client."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import PartyRole
from core.timeline import sides_on
from subscriptions.choices import RelationKind
from subscriptions.models import ConnectionRequest, RequestRelation

ROWS_AT_MOST = 15


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """One other request; `relation` is set with the word of a link that was made by hand."""

    request: ConnectionRequest
    word: str = ""
    relation: int | None = None


@dataclass(frozen=True, slots=True)
class RelatedGroup:
    title: str
    rows: list[RelatedRow]


def related_to(actor: Actor, request: ConnectionRequest) -> list[RelatedGroup]:
    """The groups that hold something, each request once; only what the actor may see.

    Four queries, each by an index of its own: one with OR would read a whole tenant.
    """
    known = {request.pk}
    groups = [
        (_("Linked by hand"), _linked(actor, request, known)),
        (_("Filed together"), _plain(_together(actor, request), known)),
        (_("At the same unit"), _plain(_others(actor).filter(unit_id=request.unit_id), known)),
    ]
    if request.client_id is not None:
        same = _others(actor).filter(client_id=request.client_id)
        groups.append((_("Of the same client"), _plain(same, known)))
    return [RelatedGroup(title, rows) for title, rows in groups if rows]


def _others(actor: Actor) -> QuerySet[ConnectionRequest]:
    return (
        ConnectionRequest.objects.visible_to(actor)
        .select_related("category", "plan", "provider", "building", "unit")
        .order_by("-pk")
    )


def _together(actor: Actor, request: ConnectionRequest) -> QuerySet[ConnectionRequest]:
    """A provider is not told what else was filed with its request."""
    if request.bundle_id is None or PartyRole.OWNER not in sides_on(actor, request):
        return ConnectionRequest.objects.none()
    return _others(actor).filter(bundle_id=request.bundle_id)


def _plain(rows: QuerySet[ConnectionRequest], known: set[int]) -> list[RelatedRow]:
    found = [row for row in rows[: ROWS_AT_MOST + len(known)] if row.pk not in known]
    known.update(row.pk for row in found)
    return [RelatedRow(row) for row in found[:ROWS_AT_MOST]]


def _linked(actor: Actor, request: ConnectionRequest, known: set[int]) -> list[RelatedRow]:
    """Links that the actor's organization made, from either end."""
    if actor.organization_id is None:
        return []
    links = list(
        RequestRelation.objects.filter(
            Q(source=request) | Q(target=request), organization_id=actor.organization_id
        ).order_by("pk")
    )
    ends = {link.target_id if link.source_id == request.pk else link.source_id for link in links}
    seen: dict[int, Any] = _others(actor).in_bulk(list(ends)) if ends else {}
    rows = []
    for link in links:
        from_here = link.source_id == request.pk
        other = seen.get(link.target_id if from_here else link.source_id)
        if other is not None:
            known.add(other.pk)
            rows.append(RelatedRow(other, _word(link.kind, from_here), link.pk))
    return rows


def _word(kind: str, from_here: bool) -> str:
    if from_here or kind == RelationKind.RELATED:
        return str(RelationKind(kind).label)
    if kind == RelationKind.BLOCKS:
        return _("Is held up by")
    return _("Was replaced by")
