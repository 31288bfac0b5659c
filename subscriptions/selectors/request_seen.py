"""What happened to requests since a person looked at them last."""

from collections.abc import Collection
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.models import Event
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
    looked = RequestSeen.objects.filter(user_id=actor.user_id, request_id__in=list(request_ids))
    return set(looked.filter(_happened_since(actor)).values_list("request_id", flat=True))


def _happened_since(actor: Actor) -> Q:
    return reduce(
        or_,
        (
            Q(**{f"request__{side.lower()}_id": actor.organization_id})
            & Q(Exists(_later(actor, {side})))
            for side in _SIDES[actor.kind]  # type: ignore[index]
        ),
    )


def _later(actor: Actor, sides: Collection[PartyRole]) -> QuerySet[Event]:
    return Event.objects.filter(
        told_to(actor.organization_id or 0, sides),
        subject_type=_SUBJECT,
        subject_id=OuterRef("request_id"),
        pk__gt=OuterRef("event_id"),
    ).exclude(actor_user_id__isnull=False, actor_user_id=actor.user_id)
