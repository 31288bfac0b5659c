"""What time does to watches."""

from datetime import timedelta

from django.db import transaction
from django.db.models import prefetch_related_objects

from core import clock
from core.actor import system_actor
from core.events import emit_many
from core.jobs import enqueue_many
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch
from subscriptions.services.watches.matching import drafts
from subscriptions.services.watches.visitors import CONFIRMED_WITHIN
from subscriptions.services.watches.watching import CLOSED_FIELDS, close

BATCH = 500
# A visitor's address is kept so long after the last letter: for whoever asks about it.
VISITORS_KEPT = timedelta(days=30)


def expire_watches() -> int:
    """Ends what has waited its year, with a word to whoever waited; how many."""
    ended = 0
    while count := _expire_some():
        ended += count
    return ended


@transaction.atomic
def _expire_some() -> int:
    from subscriptions.jobs import send_watch_letter

    rows = AvailabilityWatch.objects.select_for_update().filter(
        state=WatchState.WAITING, expires_at__lte=clock.now()
    )
    watches = list(rows.order_by("list_id", "pk")[:BATCH])
    prefetch_related_objects(watches, "owner", "category", "list")
    for one in watches:
        close(one, WatchState.EXPIRED)
    AvailabilityWatch.objects.bulk_update(watches, CLOSED_FIELDS)
    emit_many(system_actor(), list(drafts("expired", watches)))
    enqueue_many(send_watch_letter, [(one.pk, "expired") for one in watches if one.email])
    return len(watches)


def forget_visitors() -> int:
    """Deletes what visitors never confirmed, and what is over and done with; how many."""
    now = clock.now()
    visitors = AvailabilityWatch.objects.filter(owner__isnull=True)
    # While the link of the last letter leads somewhere, so does the row.
    unconfirmed = visitors.filter(state=WatchState.UNCONFIRMED, sent_at__lt=now - CONFIRMED_WITHIN)
    over = visitors.filter(
        state__in=[WatchState.TOLD, WatchState.CANCELLED, WatchState.EXPIRED],
        closed_at__lt=now - VISITORS_KEPT,
    )
    return unconfirmed.delete()[0] + over.delete()[0]
