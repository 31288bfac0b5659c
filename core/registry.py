"""What upper apps add to pages of the floors below them: panels and tiles.

A page names its place and draws whatever apps have put there, in order, without knowing them:

    @contributes("home.panels", order=40, kinds={OrganizationKind.AGENCY})
    def open_tickets(actor: Actor, subject: None) -> Panel | None: ...

    panels = gather("home.panels", actor)

An app registers in its `panels.py`, which `core` imports at start.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import Text

# Every place of the site; a contribution to any other is a spelling mistake.
# "home.urgent": panels above all others, also on the home of who has done nothing yet.
PLACES = frozenset(
    {
        "home.urgent",
        "home.tiles",
        "home.panels",
        "request.panels",
        "subscription.panels",
        "client.panels",
        "building.panels",  # of a building's availability
        "team.panels",
        "coverage.panels",  # of a zone, or of a statement about a building
    }
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of a home: what `{% stat %}` is given (docs/parts.md)."""

    label: Text
    value: str
    url: str = ""
    now: Decimal | int | None = None
    before: Decimal | int | None = None
    spark: Sequence[Decimal | int] = ()
    note: Text = ""
    tone: str = ""


class Column(Enum):
    """Where a panel stands: over the whole width, before the two columns, or in one of them."""

    WIDE = "wide"
    MAIN = "main"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Panel:
    """A block of a page: the template that draws it and what that template needs.

    `url` leads to the whole of what the panel shows a part of.
    """

    name: str
    title: Text
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    column: Column = Column.MAIN


# Given the actor and the page's subject (None on a home), makes a Panel or a Tile, or None when
# there is nothing to show.
Build = Callable[[Actor, Any], Any]


@dataclass(frozen=True, slots=True)
class _Contribution:
    place: str
    order: int
    # None: whatever the organization's kind; staff without an organization have none of these.
    kinds: frozenset[OrganizationKind] | None
    staff: bool
    build: Build

    def is_for(self, actor: Actor) -> bool:
        if actor.kind is None:
            return self.staff and actor.is_staff
        return self.kinds is None or actor.kind in self.kinds


_contributions: dict[str, _Contribution] = {}


def contributes(
    place: str,
    *,
    order: int,
    kinds: Collection[OrganizationKind] | None = None,
    staff: bool = False,
) -> Callable[[Build], Build]:
    """Registers a function for a place. `staff`: also for staff acting for no organization.

    Raises LookupError for a place that no page has.
    """
    if place not in PLACES:
        raise LookupError(f"No page has the place {place!r}.")

    def register(build: Build) -> Build:
        name = f"{build.__module__}.{build.__qualname__}"
        limited = None if kinds is None else frozenset(kinds)
        _contributions[name] = _Contribution(place, order, limited, staff, build)
        return build

    return register


def gather(place: str, actor: Actor, subject: Any = None) -> list[Any]:
    """What apps show this actor at a place, in order; each contribution makes its own queries."""
    fitting = [row for row in _contributions.values() if row.place == place and row.is_for(actor)]
    made = (row.build(actor, subject) for row in sorted(fitting, key=lambda row: row.order))
    return [shown for shown in made if shown is not None]
