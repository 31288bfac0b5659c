"""Addresses of a client, beside those of their requests."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError
from core.events import emit
from locations.models import Building
from locations.services import unit_of
from subscriptions.models import Client, ClientAddress
from subscriptions.services.clients.portfolio import check_change, standing_client

ADDRESSES_AT_MOST = 50
_LABEL_LENGTH = 60


def add_address(
    actor: Actor, client: Client, *, building: Building, unit_number: str, label: str = ""
) -> ClientAddress:
    """Notes an address of the client; the one that is there already when it is known.

    Raises Forbidden, NotVisible for a building that the actor does not see, or DomainError with
    `field` ("unit_number", "label").
    """
    check_change(actor, client)
    label = " ".join(label.split())
    if len(label) > _LABEL_LENGTH or not label.isprintable():
        raise DomainError(
            _("Make it shorter: at most %(limit)s characters.") % {"limit": _LABEL_LENGTH},
            field="label",
        )
    with transaction.atomic():
        row = standing_client(client)
        unit = unit_of(actor, building, unit_number)
        known = row.addresses.filter(unit=unit).first()
        if known is not None:
            return known
        if row.addresses.count() >= ADDRESSES_AT_MOST:
            raise DomainError(_("This client has too many addresses."), field="unit_number")
        try:
            with transaction.atomic():
                address = ClientAddress.objects.create(
                    client=row, unit=unit, label=label, created_at=clock.now()
                )
        except IntegrityError:
            return ClientAddress.objects.get(client=row, unit=unit)
        _tell(actor, row)
    return address


def remove_address(actor: Actor, client: Client, pk: int) -> None:
    """Forgets the address with the id `pk`; one that is gone is no matter. Raises Forbidden."""
    check_change(actor, client)
    with transaction.atomic():
        row = standing_client(client)
        removed, _rows = ClientAddress.objects.filter(client=row, pk=pk).delete()
        if removed:
            _tell(actor, row)


def _tell(actor: Actor, client: Client) -> None:
    parties = {PartyRole.OWNER: client.owner}
    emit(actor, "client.changed", client, parties, {"fields": ["addresses"]})
