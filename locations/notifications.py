"""How events of buildings are told: what they are about, to whom, and in which words."""

from collections.abc import Collection, Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from core.choices import PartyRole
from core.models import Event
from core.notifications import Subject, Telling, presenter, recipients, sentence
from core.notifications.registry import owners_and_managers
from locations import coverage_notifications  # noqa: F401
from locations.models import Building
from users.models import Membership, Organization

BUILDING = Building._meta.label_lower


@presenter(BUILDING)
def present_buildings(ids: Collection[int]) -> dict[int, Subject]:
    rows = Building.objects.filter(pk__in=ids).values_list("pk", "address", "public_id")
    return {
        pk: Subject(address, reverse("address_detail", args=[public_id]))
        for pk, address, public_id in rows
    }


@recipients(BUILDING)
def told_of_building(event: Event, role: PartyRole, organization: Organization) -> Iterable[int]:
    """Whoever added the address, while a member; else those who lead the organization."""
    adders = Event.objects.filter(
        kind="building.added", subject_type=BUILDING, subject_id=event.subject_id
    )
    members = Membership.objects.filter(
        organization=organization,
        is_active=True,
        user__is_active=True,
        user_id__in=adders.values("actor_user_id"),
    )
    ids = set(members.values_list("user_id", flat=True))
    return ids or owners_and_managers(event, role, organization)


@sentence("building.verified")
def verified(telling: Telling) -> str:
    if telling.data.get("corrected"):
        return _("the address you added is verified, with a correction")
    return _("the address you added is verified")


@sentence("building.merged")
def merged(telling: Telling) -> str:
    return _("the address you added was known already: the two are one now")


@sentence("building.refused")
def refused(telling: Telling) -> str:
    return _("the address you added was refused")
