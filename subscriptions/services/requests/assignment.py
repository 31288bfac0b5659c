"""Who works a request on the provider's side."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from core.workflow import touched
from subscriptions.choices import Side
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import FINAL_STATES, sides_of
from subscriptions.services.parties import know_parties, parties_of
from users.models import CustomUser
from users.selectors.members import working_members


def may_assign(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether the actor says who works the request: the provider's MANAGERs, and staff."""
    sides = sides_of(actor, request)
    if Side.STAFF in sides:
        return True
    return Side.PROVIDER in sides and actor.has_role(Role.MANAGER)


def assign_request(
    actor: Actor, request: ConnectionRequest, user: CustomUser | None
) -> ConnectionRequest:
    """Gives an unfinished request to a working member of the provider, or (None) to nobody.

    Returns it as it is now. Raises NotVisible, Forbidden, Conflict (closed meanwhile) or
    DomainError with field `user`.
    """
    get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
        if not may_assign(actor, row):
            raise Forbidden(_("Only a manager of the provider assigns requests."))
        if row.state in FINAL_STATES:
            raise Conflict(_("The request is closed."))
        if user is not None and not _works_at(user, row.provider_id):
            raise DomainError(_("Choose someone who works at the provider."), field="user")
        assignee_id = user.pk if user else None
        if row.assignee_id == assignee_id:
            return row
        row.assignee = user
        touched(row)
        row.save(update_fields=["assignee", "version", "updated_at"])
        know_parties(row)
        emit(
            actor,
            "request.assigned",
            row,
            parties_of(row),
            {"number": row.number, "assignee": assignee_id},
        )
    return row


def _works_at(user: CustomUser, organization_id: int) -> bool:
    return working_members(organization_id).filter(user=user).exists()
