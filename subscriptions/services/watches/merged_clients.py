"""What is awaited for a client follows it when two clients become one, and comes back."""

from collections.abc import Mapping, Sequence

from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch
from subscriptions.services.watches.watching import CLOSED_FIELDS, close, key_of

# By the names they have in `ClientMerge.moved`.
MOVED, CLOSED = "watches", "closed_watches"


def follow_client(source: int, target: int) -> dict[str, list[int]]:
    """All that is awaited for client `source` (an id) is for `target`; what both await, once.

    Returns the ids of what moved, and of what was closed: for `come_back`. In a transaction.
    """
    rows = AvailabilityWatch.objects.select_for_update().filter(client=source)
    watches = list(rows.order_by("pk"))
    closed = _hand_over(watches, target)
    return {MOVED: [one.pk for one in watches], CLOSED: closed}


def come_back(kept: int, duplicate: int, moved: Mapping[str, Sequence[int]]) -> None:
    """What `follow_client` moved is the duplicate's again, and waits again where it was closed."""
    rows = AvailabilityWatch.objects.select_for_update().filter(
        client=kept, pk__in=moved.get(MOVED, ())
    )
    watches = list(rows.order_by("pk"))
    for one in watches:
        if one.pk in moved[CLOSED] and one.state == WatchState.CANCELLED:
            one.state, one.closed_at = WatchState.WAITING, None
    _hand_over(watches, duplicate)


def _hand_over(watches: Sequence[AvailabilityWatch], client: int) -> list[int]:
    """Makes locked watches the client's; returns the ids of those that it awaits already."""
    keys = {
        one.pk: key_of(one.owner_id, client, one.building_id, one.category_id)
        for one in watches
        if one.state == WatchState.WAITING
    }
    there = AvailabilityWatch.objects.filter(open_key__in=list(keys.values()))
    taken = set(there.values_list("open_key", flat=True))
    closed = []
    for one in watches:
        one.client_id = client
        if one.pk not in keys:
            continue
        if keys[one.pk] in taken:
            close(one, WatchState.CANCELLED)
            closed.append(one.pk)
        else:
            one.open_key = keys[one.pk]
    AvailabilityWatch.objects.bulk_update(watches, ["client", *CLOSED_FIELDS], batch_size=500)
    return closed
