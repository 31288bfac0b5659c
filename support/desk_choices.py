"""What the desk's filters and menus offer: queues, categories, tags, people; kept for a moment."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.cache import caches
from django.utils.translation import gettext_lazy as _

from support.choices import TicketState
from support.models import Queue, Tag, TicketCategory
from support.selectors.people import desk_people

# Customers read “Waiting for your answer”; who answers them reads whom they wait for.
STATE_WORDS = {
    state: state.label if state != TicketState.PENDING else _("Waiting for the customer")
    for state in TicketState
}
FRESH_SECONDS = 60
# A desk with more tags than that chooses by typing them into the search of tags.
TAGS_OFFERED = 100


class Reference(NamedTuple):
    """A row that a filter may name. A tuple: it comes out of a cache by the hundred."""

    pk: int
    name: str


References = dict[str, Reference]


@dataclass(frozen=True, slots=True)
class DeskChoices:
    """By what stands in an address: a public id; of a tag its name."""

    queues: References = field(default_factory=dict)
    categories: References = field(default_factory=dict)
    # Those of them that can still be chosen for a ticket.
    open_categories: References = field(default_factory=dict)
    people: References = field(default_factory=dict)
    tags: References = field(default_factory=dict)

    def queue_names(self) -> dict[int, str]:
        return {row.pk: row.name for row in self.queues.values()}

    def category_names(self) -> dict[int, str]:
        return {row.pk: row.name for row in self.categories.values()}


def desk_choices() -> DeskChoices:
    """Four queries, once a minute in a process: all who work the desk have the same."""
    cache = caches["local"]
    found: DeskChoices | None = cache.get("desk-choices")
    if found is None:
        found = _read()
        cache.set("desk-choices", found, FRESH_SECONDS)
    return found


def _read() -> DeskChoices:
    categories = list(TicketCategory.objects.all())
    people = desk_people().order_by("full_name", "pk")
    return DeskChoices(
        queues={row.public_id: Reference(row.pk, row.name) for row in Queue.objects.all()},
        categories={row.public_id: Reference(row.pk, row.name) for row in categories},
        open_categories={
            row.public_id: Reference(row.pk, row.name)
            for row in categories
            if row.archived_at is None
        },
        people={row.public_id: Reference(row.pk, str(row)) for row in people},
        tags={row.name: Reference(row.pk, row.name) for row in Tag.objects.all()[:TAGS_OFFERED]},
    )
