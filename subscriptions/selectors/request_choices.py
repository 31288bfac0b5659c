"""What the filters of requests offer: whom an organization works with, found without a scan."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.cache import caches

from core.actor import Actor
from core.choices import OrganizationKind, Role
from locations.models import City, ServiceCategory
from subscriptions.models import ConnectionRequest
from subscriptions.models.teams import works_at_places
from users.models import Membership, Organization

# The newest requests tell with whom and where an organization works; a value that they do not
# offer (of an old link, say) is still understood, see `RequestFilter`.
WINDOW = 1_000
FRESH_SECONDS = 120
_WORKING = {Role.MEMBER, Role.MANAGER, Role.OWNER}


class Reference(NamedTuple):
    """A row that a filter may name. A tuple: it comes out of a cache by the hundred."""

    pk: int
    name: str


References = dict[str, Reference]  # by what stands in the address: a public id or a code


@dataclass(frozen=True, slots=True)
class RequestChoices:
    providers: References = field(default_factory=dict)
    cities: References = field(default_factory=dict)
    districts: References = field(default_factory=dict)
    people: References = field(default_factory=dict)
    categories: dict[str, ServiceCategory] = field(default_factory=dict)
    # Of the people those who may be given a request: public id → name.
    workers: dict[str, str] = field(default_factory=dict)


def request_choices(actor: Actor) -> RequestChoices:
    """The choices of the actor's organization (of everybody's for staff without one), kept a while.

    Five queries at most, none of them over more than `WINDOW` requests.
    """
    cache = caches["local"]
    # A team's members may see fewer places than their colleagues, and so fewer choices.
    team = (actor.team_id or 0) if works_at_places(actor) else 0
    key = f"request-choices:{actor.organization_id or 0}:{team}"
    found = cache.get(key)
    if found is None:
        found = _read(actor)
        cache.set(key, found, FRESH_SECONDS)
    return found


def _read(actor: Actor) -> RequestChoices:
    recent = list(
        ConnectionRequest.objects.visible_to(actor)
        .order_by("-id")
        .values_list("provider_id", "city_id")[:WINDOW]
    )
    # A provider deals with one: itself.
    others = set() if actor.kind == OrganizationKind.PROVIDER else {row[0] for row in recent}
    providers = Organization.objects.filter(pk__in=others)
    cities, districts = _places({city for _provider, city in recent})
    people, workers = _people(actor)
    return RequestChoices(
        providers=_named(providers.order_by("name").values_list("public_id", "pk", "name")),
        cities=cities,
        districts=districts,
        people=people,
        workers=workers,
        categories={category.code: category for category in ServiceCategory.objects.all()},
    )


def _places(ids: set[int]) -> tuple[References, References]:
    """Cities, and their districts (with the city where there are several), in one query."""
    rows = City.objects.filter(pk__in=ids).order_by("name", "districts__name")
    cities: References = {}
    found: list[tuple[str, int, str, str]] = []
    for city_id, city_pk, city, district_id, district_pk, district in rows.values_list(
        "public_id", "pk", "name", "districts__public_id", "districts__pk", "districts__name"
    ):
        cities[city_id] = Reference(city_pk, city)
        if district_pk is not None:
            found.append((district_id, district_pk, district, city))
    several = len({city for *_row, city in found}) > 1
    districts = {
        public_id: Reference(pk, f"{city}: {name}" if several else name)
        for public_id, pk, name, city in found
    }
    return cities, districts


def _named(rows: object) -> References:
    return {public_id: Reference(pk, name) for public_id, pk, name in rows}  # type: ignore[attr-defined]


def _people(actor: Actor) -> tuple[References, dict[str, str]]:
    """Members, past ones too: what they filed or worked is still looked for. And who works now."""
    if actor.organization_id is None:
        return {}, {}
    memberships = list(
        Membership.objects.filter(organization_id=actor.organization_id)
        .select_related("user")
        .order_by("-is_active", "user__full_name", "pk")
    )
    people = {
        membership.user.public_id: Reference(membership.user_id, str(membership.user))
        for membership in memberships
    }
    workers = {
        membership.user.public_id: str(membership.user)
        for membership in memberships
        if membership.is_active and membership.user.is_active and membership.role in _WORKING
    }
    return people, workers
