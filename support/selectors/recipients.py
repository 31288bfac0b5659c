"""Who is told of what happens to a ticket."""

from collections.abc import Callable, Collection

from django.db import models

from core.choices import PartyRole, Role, StaffScope
from core.models import Event
from core.notifications import StaffTold
from support.choices import Channel
from support.models import Observer, QueueMember, Ticket
from users.models import CustomUser, Membership, Organization

MANAGING = (Role.MANAGER, Role.OWNER)
# "" is what a scope was before there were scopes (`CustomUser.scope`).
_DESK = (StaffScope.SUPPORT, StaffScope.ADMIN, "")


def told_of_ticket(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """Ids of the customer's people: the requester and the observers among the members.

    Where all of them have left it is those who lead. Empty when the ticket is gone, and where a
    letter of the desk tells as much.
    """
    ticket = _ticket(event)
    if ticket is None or _is_said_by_letter(event, ticket):
        return []
    members = Membership.objects.filter(
        organization=organization, is_active=True, user__is_active=True
    )
    wanted = {ticket.requester_id, *_observers(ticket)} - {None}
    own = members.filter(user_id__in=wanted) if wanted else members.none()
    return _ids(own) or _ids(members.filter(role__in=MANAGING))


def _is_said_by_letter(event: Event, ticket: Ticket) -> bool:
    """Whoever has written a letter has a receipt of it; an answer that solves is told as answer."""
    if event.kind == "ticket.opened":
        return ticket.channel == Channel.MAIL
    if event.kind != "ticket.solved":
        return False
    same = Event.objects.filter(subject_type=event.subject_type, subject_id=event.subject_id)
    return same.filter(batch=event.batch, kind="ticket.answered").exists()


def staff_told_of_ticket(event: Event) -> StaffTold:
    """The staff whom an event of a ticket is for, who may still read it."""
    ticket = _ticket(event)
    if ticket is None:
        return StaffTold()
    wanted = _STAFF.get(event.kind, _workers)(event, ticket)
    readers = staff_readers(ticket).filter(pk__in=[pk for pk in wanted if pk is not None])
    is_sandbox = ticket.owner is not None and ticket.owner.is_sandbox
    return StaffTold(sorted(set(readers.values_list("pk", flat=True))), is_sandbox)


def staff_readers(ticket: Ticket) -> models.QuerySet[CustomUser]:
    """The people of the staff who can open a ticket."""
    desk = models.Q(staff_scope__in=_DESK)
    managing = models.Q(
        staff_scope=StaffScope.ACCOUNT_MANAGER, managed__organization_id=ticket.owner_id or 0
    )
    return CustomUser.objects.filter(desk | managing, is_staff=True, is_active=True).distinct()


def _ticket(event: Event) -> Ticket | None:
    return Ticket.objects.filter(pk=event.subject_id).select_related("owner").first()


def _observers(ticket: Ticket) -> list[int]:
    return list(Observer.objects.filter(ticket=ticket).values_list("user_id", flat=True))


def _ids(members: models.QuerySet[Membership]) -> list[int]:
    return list(members.order_by("user_id").values_list("user_id", flat=True))


# --- of the staff, by kind --------------------------------------------------------------------
Wanted = Collection[int | None]


def _workers(event: Event, ticket: Ticket) -> Wanted:
    """Who works it, and who asked to be told."""
    return [ticket.assignee_id, *_observers(ticket)]


def _assignee(event: Event, ticket: Ticket) -> Wanted:
    return [ticket.assignee_id]


def _on_duty(ticket: Ticket) -> list[int]:
    members = QueueMember.objects.filter(queue_id=ticket.queue_id, is_on_duty=True)
    return list(members.values_list("user_id", flat=True))


def _who_can_save_it(event: Event, ticket: Ticket) -> Wanted:
    """A deadline is near: who works it, else whoever could take it."""
    return [ticket.assignee_id] if ticket.assignee_id else _on_duty(ticket)


def _everybody_near(event: Event, ticket: Ticket) -> Wanted:
    """A missed deadline is passed on: to who works it, their colleagues and those who lead."""
    leading = CustomUser.objects.filter(is_staff=True, staff_scope=StaffScope.ADMIN)
    return [ticket.assignee_id, *_on_duty(ticket), *leading.values_list("pk", flat=True)]


_STAFF: dict[str, Callable[[Event, Ticket], Wanted]] = {
    "ticket.assigned": lambda event, ticket: [event.data.get("assignee")],
    "ticket.noted": lambda event, ticket: event.data.get("mentioned", []),
    "ticket.scored": _assignee,
    "ticket.mail_failed": _assignee,
    "ticket.due_soon": _who_can_save_it,
    "ticket.escalated": _everybody_near,
}
