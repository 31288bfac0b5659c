"""Where and by whom a holder is served: what its filters offer, from the few rows of its costs."""

from dataclasses import dataclass, field

from django.core.cache import caches
from django.db.models import CharField, Value

from core.actor import Actor
from locations.models import City, ServiceCategory
from subscriptions.centre_rights import holds_services
from subscriptions.choices import CostBy
from subscriptions.models import CostCentre, CostNow, Subscription, SubscriptionTag
from subscriptions.models.teams import works_at_places
from subscriptions.selectors.request_choices import Reference, References, request_choices
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


def service_names(actor: Actor) -> dict[int, tuple[str, str]]:
    """Code and name of every category by id, of those that are no longer offered too."""
    if not holds_services(actor):
        # What their other filters have read already.
        known = request_choices(actor).categories
        return {row.pk: (code, row.name) for code, row in known.items()}
    rows: tuple[ServiceCategory, ...] = caches["local"].get_or_set(  # type: ignore[assignment]
        "centre-services", lambda: tuple(ServiceCategory.objects.all()), FRESH_SECONDS
    )
    return {row.pk: (row.code, row.name) for row in rows}


def _read(actor: Actor) -> OwnChoices:
    """In two queries: ids, and the names of both together."""
    cities, providers = _ids(actor)
    named = ("what", "public_id", "pk", "name")
    what = CharField()
    rows = (
        City.objects.filter(pk__in=cities)
        .order_by()
        .annotate(what=Value("city", output_field=what))
        .values_list(*named)
        .union(
            Organization.objects.filter(pk__in=providers)
            .order_by()
            .annotate(what=Value("provider", output_field=what))
            .values_list(*named),
            all=True,
        )
    )
    found: dict[str, References] = {"city": {}, "provider": {}}
    for kind, public_id, pk, name in sorted(rows, key=lambda row: row[3]):
        found[kind][public_id] = Reference(pk, name)
    return OwnChoices(found["city"], found["provider"])


def own_words(actor: Actor) -> tuple[References, References]:
    """Tags, and cost centres, of the actor's organization by id, in one query; always fresh."""
    if actor.organization is None:
        return {}, {}
    words = []
    for model, what in ((SubscriptionTag, "tag"), (CostCentre, "centre")):
        rows = model.objects.filter(owner_id=actor.organization.pk).order_by()
        named = rows.annotate(what=Value(what, output_field=CharField()))
        words.append(named.values_list("what", "pk", "name", "search_key"))
    found: dict[str, References] = {"tag": {}, "centre": {}}
    for what, pk, name, _key in sorted(words[0].union(words[1], all=True), key=lambda row: row[3]):
        found[what][str(pk)] = Reference(pk, name)
    return found["tag"], found["centre"]


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
