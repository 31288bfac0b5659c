"""Notes how far a person has read what happened to a request."""

from core import clock
from core.actor import Actor
from core.models import Event
from core.querysets import get_visible
from subscriptions.models import ConnectionRequest, RequestSeen


def mark_seen(actor: Actor, request: ConnectionRequest, event_id: int) -> None:
    """The person has seen the request up to the event `event_id`; it never goes back.

    Said by the page once it has been shown (docs/decisions/014). An event that is yet to come
    cannot be seen: the newest there is stands for it. Raises NotVisible.
    """
    request = get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    if actor.user_id is None:
        return
    newest = Event.objects.filter(pk__lte=event_id).order_by("-pk").values_list("pk", flat=True)
    reached = newest.first() or 0
    now = clock.now()
    rows = RequestSeen.objects.filter(user_id=actor.user_id, request_id=request.pk)
    # Insert where nothing was updated: of two tabs at once the second insert is ignored.
    if not rows.filter(event_id__lte=reached).update(event_id=reached, seen_at=now):
        RequestSeen.objects.bulk_create(
            [
                RequestSeen(
                    user_id=actor.user_id, request_id=request.pk, event_id=reached, seen_at=now
                )
            ],
            ignore_conflicts=True,
        )
