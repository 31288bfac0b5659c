"""What the form of a new ticket offers: what it may be about, kinds of problem, own places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min

from core.actor import Actor, system_actor
from core.choices import OrganizationKind
from core.errors import DomainError
from locations.models import Building, Unit
from subscriptions.choices import SubscriptionState
from subscriptions.models import Subscription
from subscriptions.selectors.request_page import place_in_words
from support.choices import LinkKind
from support.linking import LINKABLE, find_linked
from support.models import TicketCategory
from support.selectors.outages import LEAST, Outage, reported

HOLDERS = frozenset({OrganizationKind.COMPANY, OrganizationKind.PERSON})
PLACES_SHOWN = 6
# A home has a handful of services; more of one place are not worth reading further.
_READ = 60
ABOUT_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class About:
    """One thing that a new ticket is about, which the actor may see."""

    kind: LinkKind
    key: str
    title: str
    icon: str
    building: Building | None
    unit: Unit | None

    @property
    def name(self) -> str:
        """As it stands in addresses and forms."""
        return about_name(self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the actor's organization holds a service; `key` is the number of one of them."""

    key: str
    building: Building
    unit: Unit

    @property
    def words(self) -> str:
        return place_in_words(self.building.address, self.unit.number)


def about_name(kind: LinkKind, key: str) -> str:
    return f"{kind.value}:{key}"


def read_about(actor: Actor, names: Sequence[str]) -> list[About]:
    """What `names` ("REQUEST:EC-4827-1936") mean, each once.

    Raises NotVisible for what the actor may not see, as for what there is not.
    """
    found: dict[str, About] = {}
    for name in names[:ABOUT_AT_MOST]:
        about = _about(actor, name)
        found.setdefault(about.name, about)
    return list(found.values())


def _about(actor: Actor, name: str) -> About:
    kind, _colon, key = name.partition(":")
    try:
        row: Any = find_linked(actor, actor.organization, kind, key)
    except DomainError as error:
        if error.status == 404:
            raise
        raise DomainError(error.message) from error
    what = LINKABLE[LinkKind(kind)]
    building, unit = what.place(row)
    return About(what.kind, what.key_of(row), what.title(row), what.icon, building, unit)


def place_from(about: Sequence[About]) -> tuple[Building | None, Unit | None]:
    """Where the first of them is that stands anywhere."""
    for one in about:
        if one.building is not None:
            return one.building, one.unit
    return None, None


def offered_categories(actor: Actor) -> list[TicketCategory]:
    """The kinds of problem that the actor's kind of organization may choose from; one query."""
    rows = TicketCategory.objects.filter(archived_at__isnull=True)
    return [row for row in rows if row.is_offered_to(actor.kind)]


def outage_category(
    offered: Sequence[TicketCategory], chosen: TicketCategory | None
) -> TicketCategory | None:
    """The category under which a breakdown is reported: the chosen one, if it is such.

    Without a choice the first that is offered; None where something else was chosen.
    """
    if chosen is not None:
        return chosen if chosen.is_outage else None
    return next((row for row in offered if row.is_outage), None)


def known_outage(buildings: Sequence[Building]) -> Outage | None:
    """What several customers have told already of one of these, the largest; one query.

    Whoever asks about a building is told how many, and since when: nothing of who they are.
    """
    known = {building.pk: building for building in buildings}
    if not known:
        return None
    rows = reported(system_actor()).filter(building__in=known).values("building")
    counted = rows.annotate(count=Count("pk"), since=Min("created_at")).filter(count__gte=LEAST)
    found = counted.order_by("-count").first()
    return Outage(known[found["building"]], found["count"], found["since"]) if found else None


def own_places(actor: Actor) -> list[Place]:
    """Where who holds services holds them, the newest first; nothing for the others; one query."""
    if actor.kind not in HOLDERS:
        return []
    rows = Subscription.objects.visible_to(actor).exclude(state=SubscriptionState.ENDED)
    newest = rows.select_related("building__city", "unit").order_by("-pk")[:_READ]
    places: dict[int, Place] = {}
    for row in newest:
        places.setdefault(row.unit_id, Place(row.number, row.building, row.unit))
    return list(places.values())[:PLACES_SHOWN]
