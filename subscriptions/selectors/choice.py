"""A building's answer as a reader looks at it: the open category, what is ticked, the sums."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
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

UNIT_LENGTH = 20
PLANS_AT_MOST = 20


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
    answer: Answer
    unit: str
    category_code: str
    plans: tuple[str, ...]
    compares: bool

    @classmethod
    def of(cls, building: Building, actor: Actor, query: QueryDict) -> "Choice":
        """Reads `unit`, `category`, `plan` (several) and `compare` of a query string."""
        return cls(
            building=building,
            actor=actor,
            answer=answer(building, actor=actor),
            unit=query.get("unit", "").strip()[:UNIT_LENGTH],
            category_code=query.get("category", ""),
            plans=tuple(dict.fromkeys(filter(is_public_id, query.getlist("plan"))))[:PLANS_AT_MOST],
            compares="compare" in query,
        )

    @cached_property
    def open(self) -> CategoryAnswer | None:
        """The category asked for; else that of the first plan ticked, else the first with plans."""
        rows = self.answer.categories
        asked = [row for row in rows if row.category.code == self.category_code]
        if not asked and self.chosen:
            asked = [row for row in rows if row.category.pk == self.chosen[0].category_id]
        filled = [row for row in rows if row.options]
        return next(iter([*asked, *filled, *rows]), None)

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
    def shows_commission(self) -> bool:
        return earns_commission(self.actor)

    @property
    def comparison(self) -> list[ComparedRow]:
        """The ticked plans side by side, if that was asked for."""
        if not self.compares:
            return []
        return compare(self.chosen, with_commission=self.shows_commission)

    @property
    def query(self) -> str:
        """The query string that shows this again."""
        pairs = [("unit", self.unit), ("category", self.category_code)]
        pairs += [("plan", plan) for plan in self.plans]
        if self.compares:
            pairs.append(("compare", "1"))
        return urlencode([pair for pair in pairs if pair[1]])


def compare(options: Sequence[Option], *, with_commission: bool) -> list[ComparedRow]:
    """Rows of properties of `options`, each with a value for each of them ("—" for none)."""
    states = dict(CoverageState.choices)
    rows = [
        (_("Price a month"), [money(option.price) for option in options]),
        (_("Connection, once"), [money(option.connection_fee) for option in options]),
        (_("Term"), [_term(option.term_months) for option in options]),
        (_("Connected in"), [option.lead_time for option in options]),
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
