"""The buildings of an answered list wait for a service together."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import DomainError
from core.events import emit
from core.querysets import get_visible
from locations.models import Building, ServiceCategory
from locations.selectors.coverage_many import batched
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch, WatchList
from subscriptions.services.watches.watching import (
    check_cancel,
    check_right,
    close,
    new_watch,
    places_of,
)

BATCH = 500
# Of one organization, of those that still wait.
LISTS_AT_MOST = 200


def watch_list(
    actor: Actor, source: str, category: ServiceCategory, buildings: Sequence[int]
) -> WatchList:
    """Waits for `category` at each of `buildings` (ids), for a year at most.

    `source` names the answered list: asked again while some of it waits, the same list is
    returned; asked again when nothing waits any more, it waits anew, but not where it has told
    already. Buildings that the actor may not see, or that are no places of their team, are left
    out. Raises Forbidden, DomainError where none is left.
    """
    check_right(actor)
    known = WatchList.objects.visible_to(actor).filter(source=source, category=category).first()
    if known is not None and known.watches.filter(state=WatchState.WAITING).exists():
        return known
    rows = _buildings(actor, buildings, known)
    if not rows:
        raise DomainError(_("There is no building to wait at."))
    waiting = WatchList.objects.visible_to(actor).that_wait()
    if waiting[LISTS_AT_MOST - 1 : LISTS_AT_MOST].exists():
        raise DomainError(_("You have too many lists: cancel some."))
    try:
        with transaction.atomic():
            row = known or WatchList(owner=actor.organization, category=category, source=source)
            return _begin(actor, row, rows)
    except IntegrityError:
        # Pressed twice at once: the other one has won.
        return WatchList.objects.visible_to(actor).get(source=source, category=category)


def _buildings(actor: Actor, ids: Sequence[int], known: WatchList | None) -> list[Building]:
    seen = places_of(actor, Building.objects.visible_to(actor))
    told = (
        known.watches.filter(state=WatchState.TOLD) if known else AvailabilityWatch.objects.none()
    )
    over = set(told.values_list("building_id", flat=True))
    wanted = [pk for pk in ids if pk not in over]
    return [row for batch in batched(wanted, BATCH) for row in seen.filter(pk__in=batch)]


def _begin(actor: Actor, row: WatchList, buildings: Sequence[Building]) -> WatchList:
    """Whoever asks last is told."""
    row.created_by, row.created_at = actor.user, clock.now()
    row.save()
    watches = []
    for building in buildings:
        one = new_watch(building, row.category, f"l{row.pk}:{building.pk}")
        one.owner, one.list, one.created_by = actor.organization, row, actor.user
        watches.append(one)
    AvailabilityWatch.objects.bulk_create(watches, batch_size=BATCH)
    _tell(actor, "watch_list.created", row, {"count": len(watches)})
    return row


def cancel_list(actor: Actor, row: WatchList) -> int:
    """None of the list waits any more; how many did. Raises Forbidden, NotVisible."""
    with transaction.atomic():
        locked: WatchList = get_visible(WatchList.objects.select_for_update(), actor, pk=row.pk)
        check_cancel(actor, locked)
        waiting = locked.watches.filter(state=WatchState.WAITING)
        watches = list(waiting.select_for_update().order_by("pk"))
        for one in watches:
            close(one, WatchState.CANCELLED)
        AvailabilityWatch.objects.bulk_update(
            watches, ["state", "closed_at", "open_key"], batch_size=BATCH
        )
        if watches:
            _tell(actor, "watch_list.cancelled", locked)
    return len(watches)


def _tell(actor: Actor, kind: str, row: WatchList, data: dict[str, int] | None = None) -> None:
    told = {"category": row.category.code} | (data or {})
    emit(actor, kind, row, {PartyRole.OWNER: row.owner}, told)
