"""What of an organization's requests and leads is late or waits: figures for account managers."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from core.attention import Organizations, attention, of_kinds
from core.choices import OrganizationKind
from subscriptions.choices import LeadOfferState, RequestState
from subscriptions.models import ConnectionRequest, LeadOffer

_FILING = (OrganizationKind.AGENCY, OrganizationKind.BUILDER)
_HOLDING = (OrganizationKind.COMPANY, OrganizationKind.PERSON)


@attention(
    "overdue", _("Overdue"), weight=100, order=10, page="request_list", query="group=overdue"
)
def overdue(organizations: Organizations, now: datetime) -> Mapping[int, int]:
    """Requests past their deadline, on whichever side the organization stands."""
    late = ConnectionRequest.objects.filter(due_at__lt=now)
    return {
        **_by(late, "owner_id", of_kinds(organizations, *_FILING)),
        **_by(late, "provider_id", of_kinds(organizations, OrganizationKind.PROVIDER)),
        **_by(late, "holder_id", of_kinds(organizations, *_HOLDING)),
    }


@attention(
    "needs_info",
    _("Unanswered"),
    weight=20,
    order=20,
    page="request_list",
    query="state=NEEDS_INFO",
)
def needs_info(organizations: Organizations, now: datetime) -> Mapping[int, int]:
    """The provider asked, and who filed has not answered."""
    asked = ConnectionRequest.objects.filter(state=RequestState.NEEDS_INFO)
    return _by(asked, "owner_id", of_kinds(organizations, *_FILING, *_HOLDING))


@attention("leads", _("New leads"), weight=10, order=30, page="lead_list")
def leads(organizations: Organizations, now: datetime) -> Mapping[int, int]:
    """Offered, and neither taken nor passed on."""
    offered = LeadOffer.objects.filter(state=LeadOfferState.OPEN)
    return _by(offered, "agency_id", of_kinds(organizations, OrganizationKind.AGENCY))


def _by(rows: QuerySet, party: str, ids: Collection[int]) -> dict[int, int]:
    if not ids:
        return {}
    counted = rows.filter(**{f"{party}__in": ids}).order_by().values_list(party)
    return dict(counted.annotate(Count("pk")))
