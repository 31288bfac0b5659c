"""Where the map opens for somebody who has not said where."""

from core.actor import Actor
from subscriptions.models import ConnectionRequest


def city_to_begin_in(actor: Actor) -> int | None:
    """The city of the newest request that the organization sees, if there is one."""
    if actor.organization is None:
        return None
    rows = ConnectionRequest.objects.visible_to(actor).order_by("-id")
    return rows.values_list("city_id", flat=True).first()
