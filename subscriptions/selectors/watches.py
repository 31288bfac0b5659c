"""What an organization waits for."""

from dataclasses import dataclass

from django.db.models import Count

from core.actor import Actor
from core.pagination import Page, paginate
from core.querysets import get_visible
from locations.models import Building, CoverageState, ServiceCategory
from locations.selectors.coverage import statements_at
from subscriptions.choices import WatchState
from subscriptions.models import AvailabilityWatch, WatchList
from subscriptions.selectors.catalogue import categories
from users.models import Organization

# Of the lists that are over.
LISTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list of buildings that wait together, and how many stand how."""

    row: WatchList
    waiting: int
    told: int
    total: int


def watch_page(actor: Actor, cursor: str = "", within: str = "") -> Page:
    """Watches one by one, newest first; with `within` (a public id) those of that list."""
    rows = AvailabilityWatch.objects.visible_to(actor)
    if within:
        rows = rows.filter(list=get_visible(WatchList.objects, actor, public_id=within))
    else:
        rows = rows.filter(list__isnull=True)
    rows = rows.select_related("building", "category", "client", "provider")
    return paginate(rows, ("-id",), cursor)


def watch_lists(actor: Actor) -> list[ListLine]:
    """All lists that wait, and the newest of those that are over; three queries."""
    lists = WatchList.objects.visible_to(actor).select_related("category").order_by("-pk")
    shown = [*lists.that_wait(), *lists.that_are_over()[:LISTS_SHOWN]]
    counts: dict[int, dict[str, int]] = {}
    seen = AvailabilityWatch.objects.visible_to(actor)
    grouped = seen.filter(list__in=[row.pk for row in shown])
    for list_id, state, count in (
        grouped.order_by().values_list("list_id", "state").annotate(count=Count("pk"))
    ):
        counts.setdefault(list_id, {})[state] = count
    # A list none of whose buildings is a place of the actor's team is nothing to them.
    return [_line(row, counts[row.pk]) for row in shown if row.pk in counts]


def _line(row: WatchList, counts: dict[str, int]) -> ListLine:
    waiting, told = counts.get(WatchState.WAITING, 0), counts.get(WatchState.TOLD, 0)
    return ListLine(row, waiting, told, sum(counts.values()))


def active_category(code: str) -> ServiceCategory | None:
    # Whatever an address bar holds is compared here: not every database takes it in a query.
    known = next((row.pk for row in categories() if row.code == code), None)
    return ServiceCategory.objects.filter(pk=known, is_active=True).first() if known else None


def is_available(building: Building, category_id: int, *, sandbox: bool = False) -> bool:
    """Whether a provider (of the sandbox, or a real one) states that it can be connected there:
    then it is not waited for. At most 4 queries."""
    providers = {
        said.provider_id
        for said in statements_at(building)
        if said.category_id == category_id and said.state == CoverageState.AVAILABLE
    }
    found = Organization.objects.filter(pk__in=providers, is_sandbox=sandbox)
    return bool(providers) and found.exists()
