"""What an agency does with a lead: takes it, passes it on, closes it."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.folding import fold
from core.querysets import get_visible
from locations.models import Unit
from locations.services import unit_of
from subscriptions.choices import AttributionSource, ClientKind, LeadOfferState, LeadState
from subscriptions.models import Client, ConnectionRequest, Lead, LeadOffer, RequestBundle
from subscriptions.rights import keeps_clients
from subscriptions.selectors.clients import clients_with_phone
from subscriptions.services.attribution import finish_lead, register_client
from subscriptions.services.clients import create_client, record_consent
from subscriptions.services.leads.routing import offer_next
from subscriptions.services.requests import create_bundle
from subscriptions.services.requests.input import clean_text

REASON_LENGTH = 300


def may_work_leads(actor: Actor) -> bool:
    """MEMBERs of an agency and above, and administrators who act for one."""
    return actor.kind == OrganizationKind.AGENCY and keeps_clients(actor)


def take_lead(actor: Actor, lead: Lead) -> Lead:
    """Takes an offered lead: the visitor becomes a client, their plans drafts of a bundle.

    A client of the portfolio with the same phone is taken for the visitor (see `use_new_client`).
    Where the plans can no longer be connected, or no flat is known, there is no bundle: the agent
    chooses anew. The agency registers the client for the address. Returns the lead as it is now.
    Raises Forbidden, NotVisible, Conflict (someone was faster, or it has gone on).
    """
    with transaction.atomic():
        row = _own(actor, lead)
        if row.state != LeadState.OFFERED:
            raise Conflict(_("A colleague has taken this lead already."))
        offer = _open_offer(row)
        _decide(actor, offer, LeadOfferState.TAKEN)
        row.client = _client_for(actor, row)
        row.bundle = _drafts_for(actor, row)
        row.state, row.taken_at = LeadState.TAKEN, clock.now()
        row.save(update_fields=["client", "bundle", "state", "taken_at"])
        emit(actor, "lead.taken", row, {PartyRole.OWNER: row.agency})
        unit = _unit_of(actor, row)
        if unit is not None:
            for category_id in row.categories.values_list("pk", flat=True):
                register_client(
                    actor,
                    unit_id=unit.pk,
                    category_id=category_id,
                    agency=actor.organization,
                    client=row.client,
                    source=AttributionSource.LEAD,
                )
    return row


def pass_lead(actor: Actor, lead: Lead, reason: str) -> None:
    """Passes an offered lead on to the next agency; from then on it is not seen here.

    Raises Forbidden, NotVisible, Conflict (taken meanwhile), or DomainError on `reason`.
    """
    words = clean_text(reason, REASON_LENGTH, "reason")
    if not fold(words):
        raise DomainError(_("Say why: it helps to route the next ones better."), field="reason")
    with transaction.atomic():
        row = _own(actor, lead)
        if row.state != LeadState.OFFERED:
            raise Conflict(_("A colleague has taken this lead already."))
        _decide(actor, _open_offer(row), LeadOfferState.PASSED, words)
        emit(actor, "lead.passed", row, {PartyRole.OWNER: row.agency})
        row.state = LeadState.NEW
        offer_next(row)


def close_lead(actor: Actor, lead: Lead, note: str) -> Lead:
    """Ends the work on a taken lead, with how it ended.

    Raises Forbidden, NotVisible, Conflict (closed already), or DomainError on `note`.
    """
    words = clean_text(note, REASON_LENGTH, "note")
    if not fold(words):
        raise DomainError(_("Say in a few words how it ended."), field="note")
    with transaction.atomic():
        row = _own(actor, lead)
        if row.state != LeadState.TAKEN:
            raise Conflict(_("This lead is closed already."))
        finish_lead(actor, row, words)
    return row


def use_new_client(actor: Actor, lead: Lead) -> Lead:
    """Makes a client of their own of a visitor who was taken for one of the portfolio.

    Drafts of the lead go with them. Raises Forbidden, NotVisible, or Conflict once something of it
    is filed.
    """
    with transaction.atomic():
        row = _own(actor, lead)
        drafts = ConnectionRequest.objects.filter(bundle_id=row.bundle_id, bundle__isnull=False)
        if row.state != LeadState.TAKEN or drafts.filter(submitted_at__isnull=False).exists():
            raise Conflict(_("A request is filed for this client already."))
        row.client = _new_client(actor, row)
        row.save(update_fields=["client"])
        drafts.update(client=row.client, version=F("version") + 1)
    return row


def _own(actor: Actor, lead: Lead) -> Lead:
    """The lead, locked, while it is the actor's agency's."""
    get_visible(Lead.objects, actor, pk=lead.pk)
    if not may_work_leads(actor):
        raise Forbidden(_("Your role allows only reading."))
    row = Lead.objects.select_for_update().get(pk=lead.pk)
    if row.agency_id != actor.organization_id:
        raise Conflict(_("The deadline has passed: the lead has gone to another agency."))
    return row


def _open_offer(row: Lead) -> LeadOffer:
    return row.offers.get(agency_id=row.agency_id, state=LeadOfferState.OPEN)


def _decide(actor: Actor, offer: LeadOffer, state: LeadOfferState, reason: str = "") -> None:
    offer.state, offer.reason = state, reason
    offer.decided_at, offer.decided_by = clock.now(), actor.user
    offer.save(update_fields=["state", "reason", "decided_at", "decided_by"])


def _client_for(actor: Actor, lead: Lead) -> Client:
    """The client of the portfolio with this phone, best of the same name; else a new one."""
    known = clients_with_phone(actor, lead.phone)
    named = [client for client in known if fold(client.name) == fold(lead.name)]
    found = next(iter([*named, *known]), None)
    if found is None:
        return _new_client(actor, lead)
    return record_consent(actor, found)


def _new_client(actor: Actor, lead: Lead) -> Client:
    return create_client(
        actor,
        name=lead.name,
        phone=str(lead.phone),
        kind=ClientKind.PERSON,
        email=lead.email,
        consent=True,
    )


def _drafts_for(actor: Actor, lead: Lead) -> RequestBundle | None:
    plans = list(lead.plans.select_related("category", "provider"))
    if lead.building is None or not plans:
        return None
    try:
        with transaction.atomic():
            return create_bundle(
                actor,
                building=lead.building,
                unit_number=lead.unit_number,
                plans=plans,
                client=lead.client,
                comment=lead.comment,
                form_token=lead.form_token,
            )
    except DomainError:
        # Off sale since, in work already, or no flat named: the agent sees it on the way.
        return None


def _unit_of(actor: Actor, lead: Lead) -> Unit | None:
    if lead.building is None or not (lead.unit_number or lead.building.is_private_house):
        return None
    try:
        return unit_of(actor, lead.building, lead.unit_number)
    except DomainError:
        return None
