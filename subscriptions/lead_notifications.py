"""How events of leads and disputes are told; imported by `notifications`."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from core.choices import PartyRole
from core.models import Event
from core.notifications import Subject, Telling, presenter, recipients, sentence
from subscriptions.models import AttributionDispute, ClientAttribution, Lead
from subscriptions.selectors.leads import place_of
from subscriptions.selectors.recipients import working_members
from users.models import Organization

LEAD, DISPUTE, ATTRIBUTION = (
    model._meta.label_lower for model in (Lead, AttributionDispute, ClientAttribution)
)


@presenter(LEAD)
def present_leads(ids: Collection[int]) -> dict[int, Subject]:
    """By the place alone: whoever is told may have let the lead go since."""
    rows = Lead.objects.filter(pk__in=ids).select_related("city")
    return {
        lead.pk: Subject(place_of(lead), reverse("lead_detail", args=[lead.public_id]))
        for lead in rows.only("public_id", "state", "address", "building", "city")
    }


@presenter(DISPUTE)
def present_disputes(ids: Collection[int]) -> dict[int, Subject]:
    rows = AttributionDispute.objects.filter(pk__in=ids, request__isnull=False).values_list(
        "pk", "request__number", "request__building__address"
    )
    return {
        pk: Subject(address, reverse("request_detail", args=[number]))
        for pk, number, address in rows
    }


@presenter(ATTRIBUTION)
def present_attributions(ids: Collection[int]) -> dict[int, Subject]:
    rows = ClientAttribution.objects.filter(pk__in=ids).values_list("pk", "unit__building__address")
    return {pk: Subject(address, reverse("client_list")) for pk, address in rows}


@recipients(LEAD)
def told_of_lead(event: Event, role: PartyRole, organization: Organization) -> list[int]:
    """Everyone at the agency who may take it: there is half an hour for it."""
    return working_members(organization)


@sentence("lead.offered")
def offered(telling: Telling) -> str:
    until = telling.moment("due_at")
    return _("New lead: take it until %(until)s") % {"until": until} if until else _("New lead")


@sentence("lead.expired")
def expired(telling: Telling) -> str:
    return _("Nobody took the lead in time: it has gone to another agency")


@sentence("lead.repeated")
def repeated(telling: Telling) -> str:
    return _("The visitor asked again and waits for a call")


@sentence("dispute.opened")
def opened(telling: Telling) -> str:
    return _("%(number)s: another agency registered the client first; staff decide") % {
        "number": telling.number
    }


@sentence("dispute.decided")
def decided(telling: Telling) -> str:
    words = (
        _("%(number)s: the dispute is decided for you")
        if telling.data.get("upheld")
        else _("%(number)s: the dispute is decided for the other agency")
    )
    return words % {"number": telling.number}


@sentence("attribution.decided")
def attribution_decided(telling: Telling) -> str:
    if telling.data.get("kept"):
        return _("Another agency claimed your client; staff left them with you")
    return _("Another agency claimed your client; staff gave them to it")
