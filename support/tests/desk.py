"""Who is who at the desk, for tests."""

from dataclasses import replace

from django.core.files.base import ContentFile
from django.utils import timezone

from core.actor import Actor
from core.choices import OrganizationKind, Role, StaffScope, Via
from core.models import Event
from support.models import MessageFile, NoteFile
from support.tests.factories import InternalNoteFactory, TicketFactory, TicketMessageFactory
from users.models import AccountManagement
from users.tests.factories import make_actor, make_staff


def an_agent(scope: StaffScope = StaffScope.SUPPORT) -> Actor:
    return replace(make_staff(scope), via=Via.STAFF)


def an_owner(role: Role = Role.MEMBER, organization=None) -> Actor:
    return make_actor(OrganizationKind.COMPANY, role, organization)


def a_ticket_of(actor: Actor, **fields):
    """A ticket that the actor has asked for their organization."""
    return TicketFactory(**{"owner": actor.organization, "requester": actor.user, **fields})


def strangers_to_the_desk(owner: Actor) -> dict[str, Actor]:
    """Those who see a ticket of `owner` and do not work the desk, and those who do not see it."""
    manager = an_agent(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=manager.user, organization=owner.organization, created_at=timezone.now()
    )
    acting = replace(an_agent(), organization=owner.organization, staff=None, role=Role.MEMBER)
    return {
        "who asked": owner,
        "colleague": an_owner(organization=owner.organization),
        "head": an_owner(Role.OWNER, owner.organization),
        "viewer": an_owner(Role.VIEWER, owner.organization),
        "support by leave": acting,
        "account manager": manager,
        "another's account manager": an_agent(StaffScope.ACCOUNT_MANAGER),
        "other tenant": an_owner(Role.OWNER),
        "content editor": an_agent(StaffScope.CONTENT),
        "nobody": Actor(),
    }


SEE_IT = {
    "who asked", "colleague", "head", "viewer", "support by leave", "account manager",
}  # fmt: skip


def told(kind: str) -> list[dict]:
    """The data of events of a kind, in order."""
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("data", flat=True))


def a_message(ticket, *names: str, **fields):
    message = TicketMessageFactory(ticket=ticket, **fields)
    for name in names:
        _file(MessageFile(message=message, name=name, size=3), fields)
    return message


def a_note(ticket, *names: str, **fields):
    note = InternalNoteFactory(ticket=ticket, **fields)
    for name in names:
        _file(NoteFile(note=note, name=name, size=3), fields)
    return note


def _file(row, fields):
    row.created_at = fields.get("created_at") or timezone.now()
    row.file.save(row.name, ContentFile(row.name.encode()), save=True)
