"""What happened to requests since a person looked at them last."""

from collections.abc import Collection
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.models import Event
from core.prepared_rows import PreparedRows, padded
from core.timeline import told_to
from subscriptions.models import ConnectionRequest, RequestSeen

_SUBJECT = ConnectionRequest._meta.label_lower
# The sides on which an organization of a kind may stand, and the column that says so.
_SIDES: dict[OrganizationKind, tuple[PartyRole, ...]] = {
    OrganizationKind.AGENCY: (PartyRole.OWNER,),
    OrganizationKind.BUILDER: (PartyRole.OWNER,),
    OrganizationKind.PROVIDER: (PartyRole.PROVIDER,),
    OrganizationKind.COMPANY: (PartyRole.OWNER, PartyRole.HOLDER),
    OrganizationKind.PERSON: (PartyRole.OWNER, PartyRole.HOLDER),
}


def unseen(actor: Actor, request_ids: Collection[int]) -> set[int]:
    """Those of `request_ids` in which something happened since the person looked at them last.

    What the person did does not count, nor what their side is not told; a request that they never
    opened is not among them. One query.
    """
    if actor.user_id is None or actor.kind is None or not request_ids:
        return set()
    rows = _LOOKED[actor.kind].fetch(
        user=actor.user_id, organization=actor.organization_id, ids=padded(list(request_ids))
    )
    return {pk for (pk,) in rows}


def _looked(
    kind: OrganizationKind, user: int, organization: int, ids: list[int]
) -> QuerySet[RequestSeen, Any]:
    looked = RequestSeen.objects.filter(user_id=user, request_id__in=ids)
    happened = (
        Q(**{f"request__{side.lower()}_id": organization})
        & Q(Exists(_later(user, organization, {side})))
        for side in _SIDES[kind]
    )
    return looked.filter(reduce(or_, happened)).values_list("request_id")


def _later(user: int, organization: int, sides: Collection[PartyRole]) -> QuerySet[Event]:
    return Event.objects.filter(
        told_to(organization, sides),
        subject_type=_SUBJECT,
        subject_id=OuterRef("request_id"),
        pk__gt=OuterRef("event_id"),
    ).exclude(actor_user_id__isnull=False, actor_user_id=user)


# Every page of the list asks: by SQL that is worked out once.
_LOOKED = {kind: PreparedRows(partial(_looked, kind)) for kind in _SIDES}
