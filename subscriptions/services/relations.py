"""Requests named beside one another by hand."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError, Forbidden
from core.events import emit
from core.ids import normalize_number
from core.querysets import get_visible
from subscriptions.choices import RelationKind
from subscriptions.models import ConnectionRequest, RequestRelation
from subscriptions.models.requests import NUMBER_PREFIX
from subscriptions.services.requests.notes import may_contribute, own_party

RELATIONS_AT_MOST = 30


def link_request(
    actor: Actor, request: ConnectionRequest, number: str, kind: str
) -> RequestRelation:
    """Names another request beside this one, for the actor's organization alone.

    `number` is in any spelling that people use. Linked again, the word of it changes. Raises
    NotVisible, Forbidden, or DomainError with field `number` or `kind`.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    own = own_party(actor, request)
    if not own or not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    if kind not in RelationKind.values:
        raise DomainError(_("Choose what it is to this one."), field="kind")
    other = _other(actor, request, number)
    if request.relations.filter(organization=actor.organization).count() >= RELATIONS_AT_MOST:
        raise DomainError(_("There are enough links here already."), field="number")
    with transaction.atomic():
        relation = _claim(actor, request, other, kind)
        emit(
            actor,
            "request.linked",
            request,
            own,
            {"number": request.number, "other": other.pk, "relation": kind},
        )
    return relation


def _other(actor: Actor, request: ConnectionRequest, number: str) -> ConnectionRequest:
    spelled = normalize_number(NUMBER_PREFIX, number)
    other: ConnectionRequest | None = (
        ConnectionRequest.objects.visible_to(actor).filter(number=spelled).first()
        if spelled
        else None
    )
    if other is None:
        raise DomainError(
            _("There is no request with this number, or it is not yours to see."), field="number"
        )
    if other.pk == request.pk:
        raise DomainError(_("This is the request itself: name another."), field="number")
    return other


def _claim(
    actor: Actor, request: ConnectionRequest, other: ConnectionRequest, kind: str
) -> RequestRelation:
    try:
        with transaction.atomic():
            return RequestRelation.objects.create(
                source=request,
                target=other,
                kind=kind,
                organization=actor.organization,
                created_by=actor.user,
                created_at=clock.now(),
            )
    except IntegrityError:
        rows = RequestRelation.objects.filter(
            source=request, target=other, organization=actor.organization
        )
        rows.update(kind=kind)
        return rows.get()


def unlink_request(actor: Actor, request: ConnectionRequest, relation_id: int) -> None:
    """Takes back a link of the actor's organization, from whichever of the two requests."""
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    own = own_party(actor, request)
    if not own or not may_contribute(actor, request):
        raise Forbidden(_("You can read this request, but not add to it."))
    with transaction.atomic():
        rows = RequestRelation.objects.select_for_update().filter(organization=actor.organization)
        relation = rows.filter(pk=relation_id).first()
        if relation is None or request.pk not in (relation.source_id, relation.target_id):
            return
        other = relation.target_id if relation.source_id == request.pk else relation.source_id
        told = {"number": request.number, "other": other, "relation": relation.kind}
        relation.delete()
        emit(actor, "request.unlinked", request, own, told)
