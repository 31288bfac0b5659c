"""Who is told of a ticket beside its requester and its assignee."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import Role, StaffScope
from core.errors import DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible, refuse_invisible
from support.models import Observer, Ticket
from support.services.desk_rows import may_work
from support.services.parties import parties_of
from support.ticket_workflow import sides_of
from users.models import CustomUser, Membership

OBSERVERS_AT_MOST = 30


def add_observer(actor: Actor, ticket: Ticket, user: CustomUser) -> Observer:
    """Lets someone be told of a ticket: of the staff, or of the owner's people; once.

    The desk adds anybody who can open the ticket, customers who may write to it their colleagues,
    everybody themselves. Raises NotVisible, Forbidden, or DomainError with field `user`.
    """
    with transaction.atomic():
        row = _locked(actor, ticket, user)
        known = Observer.objects.filter(ticket=row, user=user).first()
        if known is not None:
            return known
        if not _may_add(actor, row, user):
            raise DomainError(_("Choose someone who can open this ticket."), field="user")
        if Observer.objects.filter(ticket=row).count() >= OBSERVERS_AT_MOST:
            raise DomainError(_("Enough people are told of this ticket already."), field="user")
        made = Observer.objects.create(ticket=row, user=user, created_at=clock.now())
        _tell(actor, row, added=user)
    return made


def remove_observer(actor: Actor, ticket: Ticket, user: CustomUser) -> None:
    """Lets someone be told no more; nothing happens where they were not. Raises NotVisible,
    Forbidden.
    """
    with transaction.atomic():
        row = _locked(actor, ticket, user)
        gone, _rows = Observer.objects.filter(ticket=row, user=user).delete()
        if gone:
            _tell(actor, row, removed=user)


def can_open(ticket: Ticket, user: CustomUser) -> bool:
    """Whether a person sees the ticket: as staff, or as one of the owner's people."""
    if not user.is_active:
        return False
    return _opens_as_staff(ticket, user) or _opens_as_member(ticket, user)


def _opens_as_staff(ticket: Ticket, user: CustomUser) -> bool:
    if user.scope is None or user.scope == StaffScope.CONTENT:
        return False
    return _sees(Actor(user=user, staff=user.scope), ticket)


def _opens_as_member(ticket: Ticket, user: CustomUser) -> bool:
    memberships = Membership.objects.filter(
        user=user, organization=ticket.owner_id, is_active=True, organization__is_active=True
    )
    member = memberships.select_related("organization").first()
    if member is None:
        return False
    role = Role(member.role)
    return _sees(Actor(user, member.organization, role, team_id=member.team_id), ticket)


def _sees(actor: Actor, ticket: Ticket) -> bool:
    return bool(Ticket.objects.visible_to(actor).filter(pk=ticket.pk).exists())


def _may_add(actor: Actor, ticket: Ticket, user: CustomUser) -> bool:
    """Customers know of no staff: of them they add nobody."""
    if actor.organization is not None:
        return user.is_active and _opens_as_member(ticket, user)
    return can_open(ticket, user)


def _locked(actor: Actor, ticket: Ticket, user: CustomUser) -> Ticket:
    get_visible(Ticket.objects, actor, pk=ticket.pk)
    row = Ticket.objects.select_for_update().filter(pk=ticket.pk).first()
    if row is None:
        refuse_invisible()
    if not (may_work(actor) or sides_of(actor, row) or user.pk == actor.user_id):
        raise Forbidden(_("Only who may write to this ticket says who is told of it."))
    return row


def _tell(
    actor: Actor,
    ticket: Ticket,
    *,
    added: CustomUser | None = None,
    removed: CustomUser | None = None,
) -> None:
    told = {
        "number": ticket.number,
        "added": [added.pk] if added else [],
        "removed": [removed.pk] if removed else [],
    }
    emit(actor, "ticket.observed", ticket, parties_of(ticket), told)
