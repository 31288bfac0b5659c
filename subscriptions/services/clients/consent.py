"""The client's leave to have their data passed to providers: given, withdrawn, given again.

Both are kept with their dates. After a withdrawal nothing new can be filed for the client (see
`services.requests.terms.check_consent`); what is in work is for a person to decide.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Forbidden
from core.events import emit
from core.workflow import touched
from subscriptions.models import Client
from subscriptions.rights import keeps_clients

_COLUMNS = ["consent_at", "consent_withdrawn_at", "version", "updated_at"]


def record_consent(actor: Actor, client: Client) -> Client:
    """Notes that the client agrees to their data being passed on; any MEMBER may.

    Once given it stays as it is; after a withdrawal it is given anew. Raises Forbidden when the
    client is not of the actor's portfolio.
    """
    _check_portfolio(actor, client)
    with transaction.atomic():
        row = Client.objects.select_for_update().get(pk=client.pk)
        give_consent(actor, row)
    return row


def give_consent(actor: Actor, row: Client) -> None:
    """The same with a row that the caller has locked."""
    if row.has_consent:
        return
    row.consent_at, row.consent_withdrawn_at = clock.now(), None
    touched(row)
    row.save(update_fields=_COLUMNS)
    emit(actor, "client.consent_given", row, {PartyRole.OWNER: row.owner})


def withdraw_consent(actor: Actor, client: Client) -> Client:
    """Notes that the client has withdrawn their consent; any MEMBER may, for it cannot wait.

    A client who never gave one has none to withdraw: nothing happens. Raises Forbidden.
    """
    _check_portfolio(actor, client)
    with transaction.atomic():
        row = Client.objects.select_for_update().get(pk=client.pk)
        if row.has_consent:
            row.consent_withdrawn_at = clock.now()
            touched(row)
            row.save(update_fields=_COLUMNS)
            emit(actor, "client.consent_withdrawn", row, {PartyRole.OWNER: row.owner})
    return row


def _check_portfolio(actor: Actor, client: Client) -> None:
    if not keeps_clients(actor) or client.owner_id != actor.organization_id:
        raise Forbidden(_("This client is not in your portfolio."))
