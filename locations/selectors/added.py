"""Addresses that people added, as those see them whom they concern."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.actor import Actor
from core.choices import OrganizationKind, StaffScope
from core.querysets import get_visible
from locations.addresses import fold, split_house
from locations.models import Building, BuildingGuest, City, Street
from locations.selectors.gazetteer import gazetteer

_CITY_WORDS = 4


class AddedBuildings:
    """`Building` rows that waited or wait for a decision: a scope for `get_visible`.

    Staff see all, an organization those it added, a provider also those of its requests.
    """

    @staticmethod
    def visible_to(actor: Actor, status: str = "") -> QuerySet:
        """With `status` those of that status alone."""
        rows = Building.objects.select_related("city", "street", "added_by", "merged_into")
        if status:
            rows = rows.filter(status=status)
        if actor.system or actor.staff not in (None, StaffScope.CONTENT):
            waits = Q(status=Building.Status.PENDING)
            return rows.filter(waits | Q(added_by__isnull=False))
        if actor.organization_id is None:
            return rows.none()
        own = Q(added_by_id=actor.organization_id)
        # Only what waits has guests; asked for elsewhere, they cost a walk over all of its status.
        if actor.kind == OrganizationKind.PROVIDER and status in ("", Building.Status.PENDING):
            shown = BuildingGuest.objects.filter(organization_id=actor.organization_id)
            own |= Q(pk__in=shown.values("building_id"))
        return rows.filter(own)


def added_building(actor: Actor, public_id: str) -> Building:
    """One of them, or NotVisible."""
    return get_visible(AddedBuildings, actor, public_id=public_id)


def added_buildings(actor: Actor, status: str = "") -> QuerySet:
    """Those of a status, unordered; without one all that concern an organization."""
    return AddedBuildings.visible_to(actor, status)


@dataclass(frozen=True, slots=True)
class TypedParts:
    """A typed address taken apart, for the fields of a form; what is not understood is street."""

    city: str = ""
    street: str = ""
    number: str = ""


def typed_parts(text: str) -> TypedParts:
    """«казань чистопольская 12 корп 2» → city, street, house; nothing of it need exist but the
    city."""
    words = text.replace(",", " ").split()[:30]
    for count in range(min(len(words), _CITY_WORDS), 0, -1):
        key = fold(" ".join(words[:count]))
        # The type of a street leaves no trace in a key: it is not the city's.
        adds = key != fold(" ".join(words[: count - 1]))
        named = gazetteer().named(key) if adds else []
        if named:
            street, number = split_house(" ".join(words[count:]))
            title = named[0].title if len(named) == 1 else " ".join(words[:count])
            return TypedParts(title, street, number)
    street, number = split_house(" ".join(words))
    return TypedParts("", street, number)


def streets_of(city: City, key: str) -> list[Street]:
    """The streets of that folded name in a city, of whatever type. By the key of `street_once`."""
    return list(Street.objects.filter(city=city, search_key=key).order_by("pk")[:5])
