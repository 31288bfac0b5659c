"""Where and by whom a holder is served: what its filters offer, from the few rows of its costs."""

from dataclasses import dataclass, field

from django.core.cache import caches

from core.actor import Actor
from locations.models import City
from subscriptions.choices import CostBy
from subscriptions.models import CostNow, Subscription
from subscriptions.models.teams import works_at_places
from subscriptions.selectors.request_choices import Reference, References
from users.models import Organization

FRESH_SECONDS = 60
# So many of a team's or a newcomer's own rows are looked at for what they name.
LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class OwnChoices:
    cities: References = field(default_factory=dict)
    providers: References = field(default_factory=dict)


def own_choices(actor: Actor) -> OwnChoices:
    """Cities and providers of what the actor sees, by public id; kept for a minute."""
    team = (actor.team_id or 0) if works_at_places(actor) else 0
    key = f"centre-choices:{actor.organization_id}:{team}"
    found: OwnChoices | None = caches["local"].get(key)
    if found is None:
        found = _read(actor)
        if found.cities:
            caches["local"].set(key, found, FRESH_SECONDS)
    return found


def _read(actor: Actor) -> OwnChoices:
    cities, providers = _ids(actor)
    named = ("public_id", "pk", "name")
    return OwnChoices(
        _references(City.objects.filter(pk__in=cities).order_by("name").values_list(*named)),
        _references(
            Organization.objects.filter(pk__in=providers).order_by("name").values_list(*named)
        ),
    )


def _ids(actor: Actor) -> tuple[set[int], set[int]]:
    """Of the whole holder as it was counted; of a team, and before the first count, of rows."""
    if not works_at_places(actor):
        kept = CostNow.objects.filter(
            owner_id=actor.organization_id, by__in=[CostBy.CITY, CostBy.PROVIDER]
        ).values_list("by", "key")
        rows = list(kept)
        if rows:
            return (
                {key for by, key in rows if by == CostBy.CITY},
                {key for by, key in rows if by == CostBy.PROVIDER},
            )
    pairs = Subscription.objects.visible_to(actor).order_by("-id")
    seen = list(pairs.values_list("city_id", "provider_id")[:LOOKED_AT])
    return {city for city, _provider in seen}, {provider for _city, provider in seen}


def _references(rows: object) -> References:
    return {public_id: Reference(pk, name) for public_id, pk, name in rows}  # type: ignore[attr-defined]
