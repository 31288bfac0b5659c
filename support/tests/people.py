"""Who is who around one ticket, for tests of what is said in it."""

from dataclasses import replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.actor import ANONYMOUS, Actor
from core.choices import OrganizationKind, Role, StaffScope, Via
from core.models import Event
from support.models import Ticket
from support.services.opening import NewTicket, open_ticket
from support.tests.factories import QueueFactory
from users.models import AccountManagement
from users.tests.factories import make_actor, make_staff


def desk_worker(scope: StaffScope = StaffScope.SUPPORT) -> Actor:
    return make_staff(scope).through(Via.STAFF)


def account_manager(*organizations: Any) -> Actor:
    actor = desk_worker(StaffScope.ACCOUNT_MANAGER)
    for organization in organizations:
        AccountManagement.objects.create(
            user=actor.user, organization=organization, created_at=timezone.now()
        )
    return actor


def customer(
    role: Role = Role.MEMBER, organization: Any = None, kind=OrganizationKind.COMPANY
) -> Actor:
    return make_actor(kind, role, organization)


def opened(
    actor: Actor, subject: str = "No internet", body: str = "Since morning", **more
) -> Ticket:
    """A ticket of a customer, opened by the service; there is a queue for it."""
    if not QueueFactory._meta.model.objects.exists():
        QueueFactory(is_default=True)
    return open_ticket(actor, NewTicket(subject, body, **more))


def around(owner: Actor) -> dict[str, Actor]:
    """Everybody of the access tests, by what they are to a ticket of `owner`."""
    organization = owner.organization
    return {
        "member": owner,
        "colleague": customer(organization=organization),
        "viewer": customer(Role.VIEWER, organization),
        "guest by leave": Actor(desk_worker().user, organization, Role.MEMBER, Via.STAFF),
        "other tenant": customer(Role.OWNER),
        "support": desk_worker(),
        "administrator": desk_worker(StaffScope.ADMIN),
        "account manager": account_manager(organization),
        "account manager of another": account_manager(customer().organization),
        "content editor": desk_worker(StaffScope.CONTENT),
        "anonymous": ANONYMOUS,
    }


def acting(actor: Actor, organization: Any) -> Actor:
    return replace(actor, organization=organization)


def text_file(name: str = "log.txt", content: bytes = b"plain words") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def kinds_of(ticket: Ticket, since: int = 0) -> list[str]:
    """The kinds of the ticket's events, in order."""
    rows = Event.objects.filter(subject_type="support.ticket", subject_id=ticket.pk, pk__gt=since)
    return list(rows.order_by("pk").values_list("kind", flat=True))


def last_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
