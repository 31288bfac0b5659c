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
from subscriptions.choices import AppointmentState, RequestState, Side
from subscriptions.deadline_terms import ACCOUNT_MANAGER
from subscriptions.models import (
    Appointment,
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
DEADLINE_KINDS = frozenset({"request.due_soon", "request.hold_ending", "request.escalated"})
_AWAITED = {PartyRole.OWNER: Side.AGENT, PartyRole.PROVIDER: Side.PROVIDER}


def told_of_request(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """Ids of the people of `organization`, standing on the side `role`, who are told of `event`.

    What is told of a deadline is told to the side that it is for. Empty when the request is gone.
    """
    if event.kind == "request.overdue" and not _missed_by(event, role):
        return []
    if event.kind in DEADLINE_KINDS:
        return told_of_deadline(event, role, organization)
    mentioned = event.data.get("mentioned", [])
    if event.kind == "note.mentioned":
        return [pk for pk in _members(organization, WORKING) if pk in mentioned]
    # Who is mentioned in a note is told so, and not of the note once more.
    people = _people(event.subject_id, role, organization)
    return [pk for pk in people if pk not in mentioned]


def told_of_deadline(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """The same for a warning, a hold that ends, or a missed deadline that is passed on: those of
    the side that has to act; by level its managers, then its account managers."""
    if _AWAITED.get(role) != event.data["side"]:
        return []
    if event.kind == "request.escalated":
        if event.data["level"] == str(ACCOUNT_MANAGER):
            return _account_managers(organization)
        return _members(organization, MANAGING) or _who_work_for(organization)
    if event.kind == "request.hold_ending":
        held_by = ConnectionRequest.objects.filter(pk=event.subject_id).values_list(
            "held_by_id", flat=True
        )
        if person := _one_of(organization, held_by.first()):
            return person
    return _people(event.subject_id, role, organization)


def told_of_subscription(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """The same for an event about a subscription: those who brought it about, its holder, and who
    asked for the change that it tells of."""
    origin = Subscription.objects.filter(pk=event.subject_id).values_list("origin_id", flat=True)
    people = _people(origin.first(), role, organization)
    asked_by, _assignee = _filed_and_worked_by(event.data.get("request"))
    return sorted({*people, *_one_of(organization, asked_by)})


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
    if event.data["state"] == RequestState.ON_HOLD:
        # Both have been waiting: either may end it.
        return True
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
        or _crew_of(request_id, organization)
        or _members(organization, WORKING)
        or _who_work_for(organization)
    )


def _crew_of(request_id: int | None, organization: Organization) -> list[int]:
    """Those who are to come, where a crew is: it works the request from then on."""
    ahead = Appointment.objects.filter(
        request_id=request_id, state=AppointmentState.CONFIRMED, team__isnull=False
    )
    team = ahead.order_by("-pk").values_list("team_id", flat=True).first()
    if team is None:
        return []
    crew = Membership.objects.filter(team_id=team, organization=organization)
    found = crew.filter(is_active=True, user__is_active=True, role__in=WORKING)
    return list(found.order_by("user_id").values_list("user_id", flat=True))


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
    return _account_managers(organization)


def _account_managers(organization: Organization) -> list[int]:
    managed = AccountManagement.objects.filter(organization=organization, user__is_active=True)
    return list(managed.order_by("user_id").values_list("user_id", flat=True))
