"""Adding clients to a portfolio and changing them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.folding import fold
from core.prepared import Prepared
from core.workflow import touched
from subscriptions.client_terms import terms_of
from subscriptions.models import Client, ClientTerm
from subscriptions.phones import parse_phone
from subscriptions.rights import keeps_clients
from subscriptions.services.clients.consent import give_consent

# What a person may change; the owner and the times are not theirs to set.
EDITABLE = ("name", "phone", "kind", "email", "comment")
_LOCKED: Prepared[Client] = Prepared(
    lambda client: Client.objects.select_for_update().filter(pk=client)
)


def create_client(
    actor: Actor,
    *,
    name: str,
    phone: str,
    kind: str,
    email: str = "",
    comment: str = "",
    consent: bool = False,
) -> Client:
    """Adds a client to the portfolio of the actor's agency or builder.

    `phone` in any Russian spelling; `consent` says that the client has agreed to their data being
    passed to providers. Raises Forbidden, or DomainError with `field`.
    """
    if not keeps_clients(actor):
        raise Forbidden(_("You cannot add clients here."))
    now = clock.now()
    client = Client(
        owner=actor.organization,
        created_by=actor.user,
        consent_at=now if consent else None,
        created_at=now,
        updated_at=now,
    )
    assign(client, {"name": name, "phone": phone, "kind": kind, "email": email, "comment": comment})
    with transaction.atomic():
        client.save()
        write_terms(client)
        emit(actor, "client.created", client, {PartyRole.OWNER: client.owner})
    return client


def may_change_client(actor: Actor, client: Client) -> bool:
    """MANAGERs change any client of theirs, MEMBERs the ones they added."""
    if not keeps_clients(actor) or client.owner_id != actor.organization_id:
        return False
    if actor.role is None or actor.has_role(Role.MANAGER):
        return True
    return client.created_by_id == actor.user_id


def change_client(actor: Actor, client: Client, *, version: int, **fields: Any) -> Client:
    """Sets the given fields of EDITABLE, and `consent=True`; returns the client as it is now.

    `version` is what the actor saw. Raises Conflict when someone else has changed the client since,
    Forbidden, or DomainError with `field`. A consent given is not taken back here: its withdrawal
    is an act of its own (see `withdraw_consent`).
    """
    unknown = set(fields) - {*EDITABLE, "consent"}
    if unknown:
        raise TypeError(f"A client has no {sorted(unknown)} to change.")
    check_change(actor, client)
    with transaction.atomic():
        row = Client.objects.select_for_update().get(pk=client.pk)
        if row.version != version or row.merged_into_id is not None:
            raise Conflict(_("Someone changed this client while you were editing."))
        before = {name: getattr(row, name) for name in EDITABLE}
        assign(row, {name: value for name, value in fields.items() if name in EDITABLE})
        changed = [name for name in EDITABLE if getattr(row, name) != before[name]]
        if fields.get("consent"):
            give_consent(actor, row)
        if not changed:
            return row
        touched(row)
        row.save()
        if {"name", "phone"} & set(changed):
            write_terms(row)
        emit(actor, "client.changed", row, {PartyRole.OWNER: row.owner}, {"fields": changed})
    return row


def standing_client(client: Client) -> Client:
    """The client's row as it is now, locked until the end of the transaction.

    A duplicate that was merged away meanwhile stands for the client it was merged into.
    """
    [row] = _LOCKED.fetch(client.pk)
    while row.merged_into_id is not None:
        [row] = _LOCKED.fetch(row.merged_into_id)
    return row


def check_change(actor: Actor, client: Client) -> None:
    """Raises Forbidden unless the actor may change the client."""
    if not may_change_client(actor, client):
        raise Forbidden(_("Only a manager, or the one who added the client, can change them."))


def assign(client: Client, fields: dict[str, Any]) -> None:
    """Sets cleaned values on the client; raises DomainError with the first field that is wrong."""
    for name, value in fields.items():
        setattr(client, name, parse_phone(value) if name == "phone" else str(value).strip())
    client.name = " ".join(client.name.split())
    if not fold(client.name):
        raise DomainError(_("Write the client's name."), field="name")
    try:
        client.clean_fields(exclude={"owner", "created_by", "search_key", "public_id"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError(messages[0], field=field) from error


def write_terms(client: Client) -> None:
    """Brings the search terms in line with the name and the phone."""
    wanted = terms_of(client.name, str(client.phone))
    stored = set(client.terms.values_list("term", flat=True))
    client.terms.filter(term__in=stored - wanted).delete()
    ClientTerm.objects.bulk_create(
        ClientTerm(client=client, owner_id=client.owner_id, term=term)
        for term in sorted(wanted - stored)
    )
