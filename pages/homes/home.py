"""What a home consists of, whatever the kind of organization."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import Text
from core.registry import Column, Panel, Tile


@dataclass(frozen=True, slots=True)
class Welcome:
    """What an organization sees that has nothing yet: why, and the way to the first job.

    Where the address field stands above, it is that way.
    """

    title: Text
    text: Text
    action: Text = ""
    url: str = ""
    icon: str = "plug-connected"


@dataclass(frozen=True, slots=True)
class Home:
    """`asks_address`: the address field is the first thing on the page."""

    asks_address: bool = False
    welcome: Welcome | None = None
    tiles: Sequence[Tile] = ()
    panels: Sequence[Panel] = field(default_factory=list)

    @property
    def wide(self) -> list[Panel]:
        return self._in(Column.WIDE)

    @property
    def main(self) -> list[Panel]:
        return self._in(Column.MAIN)

    @property
    def side(self) -> list[Panel]:
        return self._in(Column.ASIDE)

    def _in(self, column: Column) -> list[Panel]:
        return [panel for panel in self.panels if panel.column == column]
