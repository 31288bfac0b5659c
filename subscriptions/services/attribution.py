"""Whose client it is: the first agency to register one for a unit and a service category.

It lasts ATTRIBUTION_LASTS, and each request that the agency files there lasts it anew; it ends with
that request. Another agency's request in the meantime is filed all the same, and makes a dispute
that administrators decide (docs/leads.md says what follows from it).
"""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import OrganizationKind, PartyRole
from core.errors import Conflict, DomainError
from core.events import emit
from core.folding import fold
from subscriptions.choices import (
    AttributionSource,
    DisputeState,
    LeadState,
    RequestKind,
    RequestState,
)
from subscriptions.models import (
    AttributionDispute,
    Client,
    ClientAttribution,
    ConnectionRequest,
    Lead,
)
from subscriptions.request_workflow import FINAL_STATES, OPEN_STATES
from subscriptions.services.requests.input import clean_text
from users.models import Organization
from users.services.organizations import require_administrator

ATTRIBUTION_LASTS = timedelta(days=90)
DECISION_LENGTH = 1000


def register_client(
    actor: Actor,
    *,
    unit_id: int,
    category_id: int,
    agency: Organization,
    client: Client | None,
    source: AttributionSource,
) -> ClientAttribution | None:
    """Notes the agency as the first for the unit and category; None when another one is.

    Within the transaction of what registers the client. A registration that has run out is the
    agency's to take over; its own is lasted anew.
    """
    now = clock.now()
    terms: dict[str, Any] = {
        "client": client,
        "source": source,
        "registered_at": now,
        "lasts_until": now + ATTRIBUTION_LASTS,
    }
    place = {"unit_id": unit_id, "category_id": category_id}
    row = ClientAttribution.objects.select_for_update().filter(**place).first()
    if row is None:
        try:
            with transaction.atomic():
                row = ClientAttribution.objects.create(**place, agency=agency, **terms)
        except IntegrityError:
            # Registered at this very moment by another: look at theirs.
            row = ClientAttribution.objects.select_for_update().get(**place)
        else:
            emit(actor, "attribution.registered", row, {})
            return row
    if row.agency_id == agency.pk:
        row.lasts_until = terms["lasts_until"]
        row.client = client or row.client
        row.save(update_fields=["lasts_until", "client"])
        return row
    if row.lasts_until > now:
        return None
    row.agency = agency
    for name, value in terms.items():
        setattr(row, name, value)
    row.save()
    emit(actor, "attribution.registered", row, {})
    return row


# --- what happens to requests -----------------------------------------------------------------
def request_filed(actor: Actor, request: ConnectionRequest) -> None:
    """Registers the client of a request just filed by an agency, or opens a dispute.

    A lead of the agency for this client is done with it. Within the transaction of the filing.
    """
    if not _counts(request):
        return
    row = register_client(
        actor,
        unit_id=request.unit_id,
        category_id=request.category_id,
        agency=request.owner,
        client=request.client,
        source=AttributionSource.REQUEST,
    )
    if row is None:
        _open_dispute(request)
    _finish_leads(actor, request)


def request_ended(actor: Actor, request: ConnectionRequest) -> None:
    """Frees the address when the agency has nothing more in work there; ends its own dispute.

    A dispute over a request that was connected stays for staff to decide.
    """
    if request.state not in FINAL_STATES or not _counts(request):
        return
    others = ConnectionRequest.objects.filter(
        unit_id=request.unit_id,
        category_id=request.category_id,
        state__in=OPEN_STATES,
        owner_id=request.owner_id,
    )
    if not others.exclude(pk=request.pk).exists():
        ClientAttribution.objects.filter(
            unit_id=request.unit_id,
            category_id=request.category_id,
            agency_id=request.owner_id,
            lasts_until__gt=clock.now(),
        ).update(lasts_until=clock.now())
    if request.state != RequestState.CONNECTED:
        _withdraw_disputes(actor, request)


def _counts(request: ConnectionRequest) -> bool:
    """Whether the request registers clients: agencies' new connections, sandboxes aside."""
    return (
        request.kind == RequestKind.CONNECT
        and request.submitted_at is not None
        and request.owner.kind == OrganizationKind.AGENCY
        and not request.owner.is_sandbox
    )


def _finish_leads(actor: Actor, request: ConnectionRequest) -> None:
    if request.client_id is None:
        return
    taken = Lead.objects.select_for_update().filter(
        agency_id=request.owner_id, client_id=request.client_id
    )
    for lead in taken.filter(state=LeadState.TAKEN).order_by("pk"):
        if lead.building_id in (None, request.building_id):
            lead.bundle_id = request.bundle_id or lead.bundle_id
            lead.save(update_fields=["bundle"])
            finish_lead(actor, lead)


def finish_lead(actor: Actor, lead: Lead, note: str = "") -> None:
    """Closes a locked lead, with how it ended."""
    lead.state, lead.closed_at, lead.closing_note = LeadState.CLOSED, clock.now(), note
    lead.save(update_fields=["state", "closed_at", "closing_note"])
    emit(actor, "lead.closed", lead, {PartyRole.OWNER: lead.agency})


# --- disputes ---------------------------------------------------------------------------------
def _open_dispute(request: ConnectionRequest) -> None:
    """One dispute of an agency over an attribution; a later claim opens a decided one again."""
    attribution = ClientAttribution.objects.get(
        unit_id=request.unit_id, category_id=request.category_id
    )
    known = AttributionDispute.objects.select_for_update().filter(
        attribution=attribution, claimant_id=request.owner_id
    )
    dispute = known.first()
    if dispute is not None and dispute.state == DisputeState.OPEN:
        return
    if dispute is None:
        dispute = AttributionDispute(attribution=attribution, claimant=request.owner)
    dispute.request, dispute.state, dispute.created_at = request, DisputeState.OPEN, clock.now()
    dispute.decided_at, dispute.decided_by, dispute.decision = None, None, ""
    dispute.save()
    # By the portal: who filed is told as well, and told nothing of the other agency.
    tell_dispute(system_actor(), "dispute.opened", dispute)


def _withdraw_disputes(actor: Actor, request: ConnectionRequest) -> None:
    disputes = AttributionDispute.objects.select_for_update().filter(
        request=request, state=DisputeState.OPEN
    )
    for dispute in disputes:
        dispute.state, dispute.decided_at = DisputeState.WITHDRAWN, clock.now()
        dispute.save(update_fields=["state", "decided_at"])
        tell_dispute(actor, "dispute.withdrawn", dispute)


def decide_dispute(
    actor: Actor, dispute: AttributionDispute, *, upheld: bool, decision: str
) -> AttributionDispute:
    """Decides for the claimant (`upheld`: the attribution moves) or for the first agency.

    Both are told, neither of the other. Raises Forbidden for all but administrators, Conflict when
    it is decided already, DomainError on `decision` without a reason.
    """
    require_administrator(actor)
    words = clean_text(decision, DECISION_LENGTH, "decision")
    if not fold(words):
        raise DomainError(
            _("Give the reason: both sides are told of the outcome."), field="decision"
        )
    with transaction.atomic():
        row = AttributionDispute.objects.select_for_update().get(pk=dispute.pk)
        if row.state != DisputeState.OPEN:
            raise Conflict(_("This dispute is decided already."))
        attribution = ClientAttribution.objects.select_for_update().get(pk=row.attribution_id)
        first = attribution.agency
        row.state = DisputeState.UPHELD if upheld else DisputeState.DISMISSED
        row.decision, row.decided_at, row.decided_by = words, clock.now(), actor.user
        row.save(update_fields=["state", "decision", "decided_at", "decided_by"])
        if upheld:
            _move(attribution, row)
        tell_dispute(actor, "dispute.decided", row, {"upheld": upheld})
        emit(
            actor,
            "attribution.decided",
            attribution,
            {PartyRole.OWNER: first},
            {"kept": not upheld},
        )
    return row


def _move(attribution: ClientAttribution, dispute: AttributionDispute) -> None:
    attribution.agency_id = dispute.claimant_id
    attribution.client_id = dispute.request.client_id if dispute.request else None
    attribution.source = AttributionSource.REQUEST
    attribution.registered_at = dispute.created_at
    attribution.lasts_until = clock.now() + ATTRIBUTION_LASTS
    attribution.save()


def tell_dispute(
    actor: Actor, kind: str, dispute: AttributionDispute, data: dict | None = None
) -> None:
    """Says to the claimant what became of its dispute."""
    number = dispute.request.number if dispute.request else ""
    told = {"number": number, **(data or {})}
    emit(actor, kind, dispute, {PartyRole.OWNER: dispute.claimant}, told)
