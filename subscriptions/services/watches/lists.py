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
from subscriptions.services.watches.watching import check_right, close, new_watch

BATCH = 500
LISTS_AT_MOST = 200


def watch_list(
    actor: Actor, source: str, category: ServiceCategory, buildings: Sequence[int]
) -> WatchList:
    """Waits for `category` at each of `buildings` (ids), for a year at most.

    `source` names the answered list: asked again, the same list is returned. Buildings that the
    actor may not see are left out. Raises Forbidden, DomainError where none is left.
    """
    check_right(actor)
    known = WatchList.objects.visible_to(actor).filter(source=source, category=category).first()
    if known is not None:
        return known
    seen = Building.objects.visible_to(actor)
    rows = [row for batch in batched(buildings, BATCH) for row in seen.filter(pk__in=batch)]
    if not rows:
        raise DomainError(_("There is no building to wait at."))
    if WatchList.objects.visible_to(actor)[LISTS_AT_MOST - 1 : LISTS_AT_MOST].exists():
        raise DomainError(_("You have too many lists: cancel some."))
    try:
        with transaction.atomic():
            return _create(actor, source, category, rows)
    except IntegrityError:
        # Pressed twice at once: the other one has won.
        return WatchList.objects.visible_to(actor).get(source=source, category=category)


def _create(
    actor: Actor, source: str, category: ServiceCategory, buildings: Sequence[Building]
) -> WatchList:
    made = WatchList.objects.create(
        owner=actor.organization,
        category=category,
        source=source,
        created_by=actor.user,
        created_at=clock.now(),
    )
    watches = []
    for building in buildings:
        row = new_watch(building, category, f"l{made.pk}:{building.pk}")
        row.owner, row.list, row.created_by = actor.organization, made, actor.user
        watches.append(row)
    AvailabilityWatch.objects.bulk_create(watches, batch_size=BATCH)
    _tell(actor, "watch_list.created", made, {"count": len(watches)})
    return made


def cancel_list(actor: Actor, row: WatchList) -> int:
    """None of the list waits any more; how many did. Raises Forbidden, NotVisible."""
    check_right(actor)
    with transaction.atomic():
        locked: WatchList = get_visible(WatchList.objects.select_for_update(), actor, pk=row.pk)
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
