"""What happens to an account: kept in a record that its owner reads, and told by a letter."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import translation

from core import clock
from users import jobs
from users.addresses import UNKNOWN, client_address
from users.choices import SecurityKind
from users.models import CustomUser, SecurityRecord
from users.user_agents import device_name


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was done: the network address, and the device in words."""

    address: str | None = None
    device: str = ""

    @classmethod
    def of(cls, request: HttpRequest, user: CustomUser) -> "Origin":
        """In the words of the account's owner, who will read them."""
        with translation.override(user.language):
            device = device_name(request.headers.get("user-agent", ""))
        address = client_address(request)
        return cls(None if address == UNKNOWN else address, device)


NOWHERE = Origin()


def note(
    user: CustomUser, kind: SecurityKind, origin: Origin = NOWHERE, email: str = ""
) -> SecurityRecord:
    """Records what happened, and has a job write to the person.

    `email` is another address than the account's: the old one, when it has just been replaced.
    """
    record = SecurityRecord.objects.create(
        user=user,
        kind=kind,
        at=clock.now(),
        address=origin.address,
        device=origin.device[:200],
    )
    jobs.send_security_mail.enqueue(record.pk, email)
    return record
