"""Who is told of what happens to a request and of what comes out of it.

On the owner's side it is who filed, on the provider's who works it: the person who must act, and
not a whole office. Where there is no such person (gone, or not yet) it is those who can put
somebody in their place: managers on the owner's side; on the provider's everyone who may take the
request, since it stands in the queue of all of them. A holder's managers hear what becomes of its
service. Nobody hears of it as a VIEWER.
"""

from collections.abc import Iterable

from core.choices import OrganizationKind, PartyRole, Role
from core.models import Event
from subscriptions.choices import Side
from subscriptions.models import (
    AvailabilityWatch,
    Commission,
    ConnectionRequest,
    Subscription,
    WatchList,
)
from subscriptions.request_workflow import REQUEST_WORKFLOW
from users.models import AccountManagement, Membership, Organization

MANAGING = (Role.MANAGER, Role.OWNER)
WORKING = (Role.MEMBER, *MANAGING)
_AWAITED = {PartyRole.OWNER: Side.AGENT, PartyRole.PROVIDER: Side.PROVIDER}


def told_of_request(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """Ids of the people of `organization`, standing on the side `role`, who are told of `event`.

    A missed deadline is told to the side that missed it. Empty when the request is no more.
    """
    if event.kind == "request.overdue" and not _missed_by(event, role):
        return []
    mentioned = event.data.get("mentioned", [])
    if event.kind == "note.mentioned":
        return [pk for pk in _members(organization, WORKING) if pk in mentioned]
    # Who is mentioned in a note is told so, and not of the note once more.
    people = _people(event.subject_id, role, organization)
    return [pk for pk in people if pk not in mentioned]


def told_of_subscription(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """The same for an event about a subscription: those who brought it about, and its holder."""
    origin = Subscription.objects.filter(pk=event.subject_id).values_list("origin_id", flat=True)
    return _people(origin.first(), role, organization)


def told_of_commission(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """The same for an accrual: who filed hears what it earned."""
    request = Commission.objects.filter(pk=event.subject_id).values_list("request_id", flat=True)
    return _people(request.first(), role, organization)


def told_of_watch(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """Who waits: the person who asked, else those who lead; for a watch and for a list of them."""
    model = {one._meta.label_lower: one for one in (AvailabilityWatch, WatchList)}[
        event.subject_type
    ]
    asked_by = model._default_manager.filter(pk=event.subject_id).values_list(
        "created_by_id", flat=True
    )
    return _one_of(organization, asked_by.first()) or _members(organization, MANAGING)


def working_members(organization: Organization) -> list[int]:
    """Ids of everyone who works there."""
    return _members(organization, WORKING)


def _missed_by(event: Event, role: PartyRole) -> bool:
    awaited = REQUEST_WORKFLOW.states[event.data["state"]].awaits
    return _AWAITED.get(role) == awaited


def _people(request_id: int | None, role: PartyRole, organization: Organization) -> list[int]:
    if role == PartyRole.HOLDER:
        return _members(organization, MANAGING)
    filed_by, assignee = _filed_and_worked_by(request_id)
    if role == PartyRole.OWNER:
        return _one_of(organization, filed_by) or _members(organization, MANAGING)
    return (
        _one_of(organization, assignee)
        or _members(organization, WORKING)
        or _who_work_for(organization)
    )


def _filed_and_worked_by(request_id: int | None) -> tuple[int | None, int | None]:
    if request_id is None:
        return None, None
    row = ConnectionRequest.objects.filter(pk=request_id).values_list(
        "created_by_id", "assignee_id"
    )
    return row.first() or (None, None)


def _one_of(organization: Organization, user_id: int | None) -> list[int]:
    """The person alone, if they still work there."""
    return [] if user_id is None else _members(organization, WORKING, user_id)


def _members(
    organization: Organization, roles: Iterable[Role], user_id: int | None = None
) -> list[int]:
    members = Membership.objects.filter(
        organization=organization, is_active=True, user__is_active=True, role__in=list(roles)
    )
    if user_id is not None:
        members = members.filter(user_id=user_id)
    return list(members.order_by("user_id").values_list("user_id", flat=True))


def _who_work_for(organization: Organization) -> list[int]:
    """Account managers of a provider that is not on the portal yet: they work its requests."""
    if organization.kind != OrganizationKind.PROVIDER or organization.is_claimed:
        return []
    managed = AccountManagement.objects.filter(organization=organization, user__is_active=True)
    return list(managed.order_by("user_id").values_list("user_id", flat=True))
