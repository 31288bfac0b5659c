"""Clients with the same phone."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.pagination import PAGE_SIZE, Page
from subscriptions.models import Client, ClientMerge

# One phone on more clients than this is a switchboard's, or a mistake of an import.
_SHOWN_OF_A_GROUP = 20
_LONGEST_CURSOR = 18


@dataclass(frozen=True, slots=True)
class Group:
    """Clients of one phone, the oldest first; `count` may be more than are shown."""

    phone: object
    count: int
    clients: list[Client]


def duplicate_groups(actor: Actor, cursor: str = "") -> Page:
    """A page of groups, the one with the newest client first.

    Counted over the whole portfolio by the index of phones: a page that is opened now and then.
    """
    groups = (
        Client.objects.visible_to(actor)
        .order_by()
        .values("owner_id", "phone")
        .annotate(count=Count("id"), newest=Max("id"))
        .filter(count__gt=1)
    )
    if cursor:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= _LONGEST_CURSOR):
            raise DomainError(_("This link to a next page is broken. Open the list anew."))
        groups = groups.filter(newest__lt=int(cursor))
    found = list(groups.order_by("-newest")[: PAGE_SIZE + 1])
    rows = found[:PAGE_SIZE]
    following = str(rows[-1]["newest"]) if len(found) > PAGE_SIZE else ""
    members = _members(actor, [row["phone"] for row in rows])
    return Page(
        [
            Group(row["phone"], row["count"], members[row["owner_id"], str(row["phone"])])
            for row in rows
        ],
        following,
        not cursor,
    )


def _members(actor: Actor, phones: list[object]) -> dict[tuple[int, str], list[Client]]:
    found: dict[tuple[int, str], list[Client]] = defaultdict(list)
    rows: QuerySet[Client] = Client.objects.visible_to(actor).filter(phone__in=phones)
    for client in rows.annotate(filed=Count("requests")).order_by("pk"):
        group = found[client.owner_id, str(client.phone)]
        if len(group) < _SHOWN_OF_A_GROUP:
            group.append(client)
    return found


def merges_that_can_be_undone(actor: Actor, client: Client) -> list[ClientMerge]:
    """What was merged into the client within the day, the latest first."""
    rows = ClientMerge.objects.visible_to(actor).filter(
        kept=client, undone_at=None, finalised_at=None, undo_until__gt=clock.now()
    )
    return list(rows.select_related("duplicate", "merged_by").order_by("-pk"))
