"""A building's answer as a reader looks at it: the open category, what is ticked, the sums."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.ids import is_public_id
from core.parts.text import money
from locations.models import Building, CoverageState
from subscriptions.rights import earns_commission, may_file
from subscriptions.selectors.availability import Answer, CategoryAnswer, Option, answer
from subscriptions.selectors.watches import is_available

UNIT_LENGTH = 20
PLANS_AT_MOST = 20
# Side by side so many can be read.
COMPARED_AT_MOST = 4
# A request that is filed once more, and drafts that are chosen anew.
CARRIED = ("like", "bundle")
_CARRIED = re.compile(r"EC-\d{4}-\d{4}|[0-9A-Z]{12}", re.ASCII)


def _main_figure(option: Option) -> float:
    """The figure that plans of the category are told apart by: speed, channels, kW."""
    first = (
        option.category.attributes[0] if option.category and option.category.attributes else None
    )
    value = option.values.get(first.code) if first else None
    return float(value) if isinstance(value, int | float) else 0.0


# What the plans of a category can be put in the order of; without any they come best first.
_ORDERS: dict[str, Callable[[Option], Any]] = {
    "price": lambda option: option.price,
    "main": lambda option: -_main_figure(option),
    "fee": lambda option: option.connection_fee,
    "term": lambda option: option.term_months,
    # Whose pace is not known comes last.
    "pace": lambda option: (option.pace is None, option.pace.order if option.pace else (0, 0)),
}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One property of the plans compared, in the order of the plans."""

    label: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Choice:
    """What of a building's answer a reader looks at and has ticked, as the address says it.

    Only plans of the answer that can be filed count as ticked, whatever the address names.
    """

    building: Building
    actor: Actor
    unit: str
    category_code: str
    plans: tuple[str, ...]
    sort: str
    # What the choice is made for, by its name in the query: see `selectors.begun`.
    carried: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, building: Building, actor: Actor, query: QueryDict) -> "Choice":
        """Reads `unit`, `category`, `plan` (several) and `sort` of a query string."""
        return cls(
            building=building,
            actor=actor,
            unit=query.get("unit", "").replace("\0", "").strip()[:UNIT_LENGTH],
            category_code=query.get("category", ""),
            plans=tuple(dict.fromkeys(filter(is_public_id, query.getlist("plan"))))[:PLANS_AT_MOST],
            sort=query.get("sort", ""),
            carried=tuple(
                (name, value)
                for name in CARRIED
                if (value := query.get(name, "")) and _CARRIED.fullmatch(value)
            ),
        )

    @cached_property
    def answer(self) -> Answer:
        """What can be connected here: read when it is first asked for."""
        return answer(self.building, actor=self.actor)

    @cached_property
    def open(self) -> CategoryAnswer | None:
        """The category asked for; else that of the first plan ticked, else the first with plans."""
        rows = self.answer.categories
        asked = [row for row in rows if row.category.code == self.category_code]
        if not asked and self.chosen:
            asked = [row for row in rows if row.category.pk == self.chosen[0].category_id]
        filled = [row for row in rows if row.options]
        return self._sorted(next(iter([*asked, *filled, *rows]), None))

    def _sorted(self, row: CategoryAnswer | None) -> CategoryAnswer | None:
        """In the order asked for; plans that are alike stay best first."""
        order = _ORDERS.get(self.sort)
        if row is None or order is None:
            return row
        return replace(row, options=tuple(sorted(row.options, key=order)))

    @property
    def sortings(self) -> list[tuple[str, str]]:
        """What the plans of the open category can be sorted by, and how it is called."""
        opened = self.open
        if opened is None or len(opened.options) < 2:
            return []
        main = opened.category.attributes[0] if opened.category.attributes else None
        named = [
            ("", _("best first")),
            ("price", _("price a month")),
            ("main", main.name.lower()) if main and main.kind == "NUMBER" else None,
            ("fee", _("connection fee")),
            ("term", _("term")) if any(one.term_months for one in opened.options) else None,
            ("pace", _("real speed")) if any(one.pace for one in opened.options) else None,
        ]
        return [pair for pair in named if pair is not None]

    @cached_property
    def chosen(self) -> list[Option]:
        if not self.plans:
            return []
        return [option for option in self.answer.chosen(self.plans) if option.can_be_filed]

    @cached_property
    def ticked(self) -> frozenset[str]:
        return frozenset(option.plan for option in self.chosen)

    @property
    def missing(self) -> bool:
        """Whether something was asked for that cannot be filed here."""
        return not self.ticked.issuperset(self.plans)

    def without_missing(self) -> "Choice":
        return replace(self, plans=tuple(plan for plan in self.plans if plan in self.ticked))

    def at(self, unit: str) -> "Choice":
        """The same for the unit that was typed; as it is where none was."""
        return replace(self, unit=unit.strip()[:UNIT_LENGTH]) if unit.strip() else self

    @property
    def elsewhere(self) -> list[Option]:
        """What is ticked in the categories that are not open."""
        here = self.open.category.pk if self.open else None
        return [option for option in self.chosen if option.category_id != here]

    @property
    def monthly(self) -> Decimal:
        return sum((option.price for option in self.chosen), Decimal(0))

    @property
    def once(self) -> Decimal:
        return sum((option.connection_fee for option in self.chosen), Decimal(0))

    @property
    def commission(self) -> Decimal:
        return sum((option.commission or Decimal(0) for option in self.chosen), Decimal(0))

    @cached_property
    def may_choose(self) -> bool:
        """Visitors choose too: what they ticked is still there when they have signed in."""
        return may_file(self.actor) or not self.actor.is_known

    @cached_property
    def may_wait(self) -> bool:
        """Whether the open category is not there yet, so that one may ask to be told.

        A provider with plans may state it too for what no plan goes with, which the answer leaves
        out: then it is asked of the statements themselves.
        """
        opened = self.open
        if opened is None or not self.may_choose:
            return False
        states = [*(one.state for one in opened.options), *(one.state for one in opened.remarks)]
        if CoverageState.AVAILABLE in states:
            return False
        asks = self.actor.organization
        sandbox = asks is not None and asks.is_sandbox
        return not opened.options or not is_available(
            self.building, opened.category.pk, sandbox=sandbox
        )

    @cached_property
    def shows_commission(self) -> bool:
        return earns_commission(self.actor)

    @cached_property
    def compared(self) -> list[Option]:
        """The ticked plans that are put side by side."""
        return self.chosen[:COMPARED_AT_MOST]

    @cached_property
    def comparison(self) -> list[ComparedRow]:
        """The properties of the plans compared, those that differ first."""
        rows = compare(self.compared, with_commission=self.shows_commission)
        return sorted(rows, key=lambda row: not row.differs)

    def without(self, plan: str) -> str:
        """The query string of all that is ticked but one plan."""
        return replace(self, plans=tuple(one for one in self.plans if one != plan)).query

    @property
    def query(self) -> str:
        """The query string that shows this again."""
        pairs = [("unit", self.unit), ("category", self.category_code)]
        pairs += [("plan", plan) for plan in self.plans]
        pairs.append(("sort", self.sort if self.sort in _ORDERS else ""))
        pairs += self.carried
        return urlencode([pair for pair in pairs if pair[1]])


def compare(options: Sequence[Option], *, with_commission: bool) -> list[ComparedRow]:
    """Rows of properties of `options`, each with a value for each of them ("—" for none)."""
    states = dict(CoverageState.choices)
    rows = [
        (_("Price a month"), [money(option.price) for option in options]),
        (_("Connection, once"), [money(option.connection_fee) for option in options]),
        (_("Term"), [_term(option.term_months) for option in options]),
        (_("Connected in"), [option.lead_time for option in options]),
        (_("In fact"), [option.pace.words if option.pace else "" for option in options]),
        (_("Availability"), [str(states[option.state]) for option in options]),
        (_("Technology"), [option.technology for option in options]),
    ]
    names = dict.fromkeys(name for option in options for name, _value in option.attributes)
    rows += [
        (name, [dict(option.attributes).get(name, "") for option in options]) for name in names
    ]
    if with_commission:
        rows.append((_("For you"), [money(option.commission) for option in options]))
    return [
        ComparedRow(label, tuple(value or "—" for value in values))
        for label, values in rows
        if any(values)
    ]


def _term(months: int) -> str:
    if not months:
        return _("no fixed term")
    return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
