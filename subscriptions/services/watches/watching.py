"""An organization waits for a service at a building: for itself, or for a client."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole, Role
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from locations.models import Building, ServiceCategory
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch, Client, WatchList
from subscriptions.models.teams import at_places
from subscriptions.rights import may_file
from subscriptions.selectors.watches import is_available

LASTS = timedelta(days=365)
# Of one organization, lists aside: nobody follows more one by one.
OPEN_AT_MOST = 5000


def watch(
    actor: Actor, building: Building, category: ServiceCategory, client: Client | None = None
) -> AvailabilityWatch:
    """Waits until `category` can be connected in `building`, for a year at most.

    Asked again while it waits, the same watch is returned. Raises Forbidden, NotVisible (building
    or client), Conflict where it can be connected already, DomainError at a building that is no
    place of the actor's team.
    """
    check_right(actor)
    get_visible(Building.objects, actor, pk=building.pk)
    if not places_of(actor, Building.objects.filter(pk=building.pk)).exists():
        raise DomainError(_("This address is not among the places of your team."))
    if client is not None:
        get_visible(Client.objects, actor, pk=client.pk)
    owner = actor.organization
    if is_available(building, category.pk, sandbox=owner.is_sandbox):
        raise Conflict(_("A provider states that this can be connected here already."))
    key = key_of(owner.pk, client.pk if client else None, building.pk, category.pk)
    known = AvailabilityWatch.objects.filter(open_key=key).first()
    if known is not None:
        return known
    _check_number(actor)
    row = new_watch(building, category, key)
    row.owner, row.client, row.created_by = owner, client, actor.user
    return _insert(actor, row)


def check_right(actor: Actor) -> None:
    """Raises Forbidden unless the actor may wait for something on behalf of its organization."""
    if not may_file(actor):
        raise Forbidden(_("Your role allows only reading."))


def places_of(actor: Actor, buildings: QuerySet[Building]) -> QuerySet[Building]:
    """Those of `buildings` where what the actor waits for is seen by the actor."""
    return at_places(buildings, actor, building="pk", city="city_id")


def may_cancel(actor: Actor, row: AvailabilityWatch | WatchList) -> bool:
    """MANAGERs cancel whatever their organization waits for, MEMBERs what they asked for."""
    if not may_file(actor) or row.owner_id != actor.organization_id:
        return False
    if actor.role is None or actor.has_role(Role.MANAGER):
        return True
    return row.created_by_id == actor.user_id


def check_cancel(actor: Actor, row: AvailabilityWatch | WatchList) -> None:
    """Raises Forbidden unless the actor may cancel `row`, which it sees."""
    check_right(actor)
    if not may_cancel(actor, row):
        raise Forbidden(_("Only a manager, or the one who asked for it, can cancel it."))


def new_watch(building: Building, category: ServiceCategory, key: str) -> AvailabilityWatch:
    """An unsaved watch of a year, by whoever `key` says."""
    now = clock.now()
    return AvailabilityWatch(
        building=building,
        category=category,
        latitude=building.latitude,
        longitude=building.longitude,
        open_key=key,
        created_at=now,
        expires_at=now + LASTS,
    )


def _check_number(actor: Actor) -> None:
    own = AvailabilityWatch.objects.visible_to(actor).filter(
        state=WatchState.WAITING, list__isnull=True
    )
    if own[OPEN_AT_MOST - 1 : OPEN_AT_MOST].exists():
        raise DomainError(_("You wait for too many: cancel some, or bring them as a list."))


def _insert(actor: Actor, row: AvailabilityWatch) -> AvailabilityWatch:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            tell(actor, "watch.created", row)
    except IntegrityError:
        # Pressed twice at once: the other one has won.
        known = AvailabilityWatch.objects.filter(open_key=row.open_key).first()
        if known is None:
            raise
        return known
    return row


def cancel_watch(actor: Actor, row: AvailabilityWatch) -> AvailabilityWatch:
    """Waits no more; one that is over already is left as it is. Raises Forbidden, NotVisible."""
    with transaction.atomic():
        rows = AvailabilityWatch.objects.select_for_update()
        locked: AvailabilityWatch = get_visible(rows.visible_to(actor), actor, pk=row.pk)
        check_cancel(actor, locked)
        if locked.state == WatchState.WAITING:
            close(locked, WatchState.CANCELLED)
            locked.save(update_fields=CLOSED_FIELDS)
            tell(actor, "watch.cancelled", locked)
    return locked


def key_of(owner: int | None, client: int | None, building: int, category: int) -> str:
    """The key of an organization's own open watch, or of one for a client; of ids."""
    return f"{owner}:{client or ''}:{building}:{category}"


def key_at(row: AvailabilityWatch, building: Building) -> str:
    """The key of an open watch, were it of that building.

    Keys end in building and category; in the building alone where a list waits for one category.
    """
    parts = str(row.open_key).split(":")
    parts[1 if len(parts) == 2 else -2] = str(building.pk)
    return ":".join(parts)


CLOSED_FIELDS = ("state", "closed_at", "open_key", "provider")


def close(row: AvailabilityWatch, state: WatchState, provider_id: int | None = None) -> None:
    """Ends a locked watch; saves nothing. From now on the same can be waited for anew."""
    row.state, row.closed_at, row.open_key = state, clock.now(), None
    row.provider_id = provider_id


def tell(actor: Actor, kind: str, row: AvailabilityWatch) -> None:
    """Writes an event of a watch for its organization; a visitor's has nobody's timeline."""
    emit(actor, kind, row, {PartyRole.OWNER: row.owner}, {"category": row.category.code})
