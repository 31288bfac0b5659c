"""What the desk's list shows beside its rows, read for a page at a time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta

from core import clock
from support.models import Presence, Ticket

# Who was there so lately is there now: a page that is open says so every few seconds.
PRESENT = timedelta(seconds=45)
# A page says so often at most that its reader is writing.
WRITING = timedelta(seconds=25)
# Changes that commit out of their order are still among so many of the newest.
NEWEST = 32


def tags_of(ticket_ids: Iterable[int]) -> Mapping[int, list[str]]:
    """The names of each ticket's tags, in their order."""
    rows = Ticket.tags.through.objects.filter(ticket_id__in=list(ticket_ids))
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, name in rows.order_by("tag__name").values_list("ticket_id", "tag__name"):
        found[ticket_id].append(name)
    return found


def people_at(ticket_ids: Iterable[int]) -> Mapping[int, list[tuple[int, str, bool]]]:
    """Who looks at each ticket now, and whether they write."""
    now = clock.now()
    rows = Presence.objects.filter(ticket_id__in=list(ticket_ids), seen_at__gt=now - PRESENT)
    found: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    for row in rows.select_related("user").order_by("user__full_name", "pk"):
        writes = row.writes_at is not None and row.writes_at > now - WRITING
        found[row.ticket_id].append((row.user_id, str(row.user), writes))
    return found


def desk_version() -> str:
    """What is other after any change of any ticket, or when somebody came or went.

    Two reads by index: the newest changes, and the few who are there now.
    """
    newest = Ticket.objects.order_by("-updated_at", "-id").values_list("id", "updated_at")[:NEWEST]
    now = clock.now()
    present = Presence.objects.filter(seen_at__gt=now - PRESENT).order_by("ticket_id", "user_id")
    there = [
        (ticket_id, user_id, writes_at is not None and writes_at > now - WRITING)
        for ticket_id, user_id, writes_at in present.values_list(
            "ticket_id", "user_id", "writes_at"
        )
    ]
    return repr((list(newest), there))
