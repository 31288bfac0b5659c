"""What can be connected in a building: coverage joined with the plans on offer.

The page that agents open most (PERFORMANCE.md): at most four queries, plain rows, and every text
that several plans share is written once.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.prepared_rows import PreparedRows, padded
from locations.models import Building, CoverageState
from locations.selectors.coverage import Statement, statements_at
from subscriptions.models import Plan
from subscriptions.models.catalogue import commission_amount, lead_time
from subscriptions.rights import earns_commission, hears_of_refusals
from subscriptions.selectors.catalogue import Category, categories, provider_names
from subscriptions.selectors.pace import Pace, Paces, paces_in

# Plans faster than what the line gives are not offered on it.
SPEED = "speed"
_ORDER = {state: place for place, state in enumerate(CoverageState.values)}
# Planned is a promise for later: there is nothing to connect yet.
_FILEABLE = frozenset({CoverageState.AVAILABLE.value, CoverageState.SURVEY.value})


@dataclass(frozen=True, slots=True)
class Option:
    """A plan that a provider's statement of coverage makes possible here."""

    plan_id: int
    plan: str  # public id
    name: str
    category_id: int
    provider_id: int
    provider: str
    state: str  # of CoverageState
    planned_from: date | None
    technology: str
    max_speed: int | None  # Mbit/s
    price: Decimal  # roubles a month
    connection_fee: Decimal  # roubles, once
    term_months: int  # 0: no fixed term
    days_min: int
    days_max: int
    category: Category | None  # None for a category that is no longer active
    values: dict[str, Any]  # of attributes, by code
    explanation: str
    commission: Decimal | None  # None for everyone but agencies
    pace: Pace | None = None  # how long its provider usually takes; None: not known

    # Written when they are asked for: of most options only the number is shown.
    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Name, and value with its unit, of each attribute."""
        return self.category.written(self.values) if self.category else ()

    @property
    def main(self) -> str:
        """The value of the category's first attribute: what plans are told apart by."""
        return self.category.main(self.values) if self.category else ""

    @property
    def details(self) -> str:
        """The other attributes, in a line."""
        return self.category.details(self.values) if self.category else ""

    @property
    def can_be_filed(self) -> bool:
        return self.state in _FILEABLE

    @property
    def is_available(self) -> bool:
        return self.state == CoverageState.AVAILABLE

    @property
    def kopecks(self) -> int:
        """The price in kopecks: what scripts add up."""
        return int(self.price * 100)

    @property
    def fee_kopecks(self) -> int:
        return int(self.connection_fee * 100)

    @property
    def lead_time(self) -> str:
        return lead_time(self.days_min, self.days_max)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a provider states here of a category without having a plan to choose."""

    provider: str
    state: str
    planned_from: date | None
    explanation: str


@dataclass(frozen=True, slots=True)
class CategoryAnswer:
    """One category: what can be chosen, best first, and what else was stated."""

    category: Category
    options: tuple[Option, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """All categories in their order, those with nothing too."""

    categories: tuple[CategoryAnswer, ...]

    def options(self) -> Iterator[Option]:
        for category in self.categories:
            yield from category.options

    def chosen(self, plans: Collection[str]) -> list[Option]:
        """The options whose plan's public id is in `plans`, in the answer's order."""
        return [option for option in self.options() if option.plan in plans]


def answer(building: Building, *, actor: Actor) -> Answer:
    """What can be connected in `building`, with what the actor may know of it.

    The building is one the actor may see. Commissions are in it for agencies alone.
    """
    return answer_of(statements_at(building), building.city_id, actor=actor)


def answer_of(said: Iterable[Statement], city_id: int, *, actor: Actor) -> Answer:
    """What comes of the statements that count at a place of that city (0: of none we know)."""
    statements = by_provider(said)
    writer = Writer.of(actor)
    writer.paces = paces_in(city_id)
    return composed(statements, _plans(city_id, actor, statements), actor=actor, writer=writer)


def by_provider(said: Iterable[Statement]) -> dict[tuple[int, int], list[Statement]]:
    """Statements by provider and category."""
    statements: dict[tuple[int, int], list[Statement]] = {}
    for statement in said:
        statements.setdefault((statement.provider_id, statement.category_id), []).append(statement)
    return statements


def composed(
    statements: dict[tuple[int, int], list[Statement]],
    plans: Iterable["_PlanRow"],
    *,
    actor: Actor,
    writer: "Writer | None" = None,
) -> Answer:
    """Statements of a place joined with plans on sale in its city.

    For many places hand in one writer: what they have in common is read and written once.
    """
    options: dict[int, list[Option]] = {}
    writer = writer or Writer.of(actor)
    for row in plans:
        found = _statement_for(row, statements.get((row.provider_id, row.category_id), []))
        if found is not None:
            options.setdefault(row.category_id, []).append(writer.option(row, found))
    with_plans = {(one.provider_id, category) for category in options for one in options[category]}
    best = [
        min(statements[key], key=lambda one: _ORDER[one.state])
        for key in statements.keys() - with_plans
    ]
    remarks = _remarks(best, actor, writer)
    return Answer(
        tuple(
            CategoryAnswer(
                category,
                tuple(sorted(options.get(category.pk, ()), key=_best_first)),
                tuple(remarks.get(category.pk, ())),
            )
            for category in writer.catalogue
        )
    )


class _PlanRow(NamedTuple):
    """What of a plan an option is made of."""

    pk: int
    public_id: str
    name: str
    provider_id: int
    provider: str
    category_id: int
    technology: str
    attributes: dict[str, Any]
    price: Decimal
    connection_fee: Decimal
    term_months: int
    days_min: int
    days_max: int
    commission_rule: str
    commission_value: Decimal


_COLUMNS = [{"provider": "provider__name"}.get(name, name) for name in _PlanRow._fields]


def _offered_in(
    day: date, city: int, providers: list[int], categories: list[int], *, sandbox: bool
) -> QuerySet:
    sold_there = Plan.cities.through.objects.filter(plan_id=OuterRef("pk"), city_id=city)
    return (
        Plan.objects.offered(day)
        .filter(
            Q(everywhere=True) | Exists(sold_there),
            provider_id__in=providers,
            category_id__in=categories,
            provider__is_sandbox=sandbox,
        )
        .order_by()
        .values_list(*_COLUMNS)
    )


_REAL = PreparedRows(partial(_offered_in, sandbox=False))
_SIMULATED = PreparedRows(partial(_offered_in, sandbox=True))


def _plans(city_id: int, actor: Actor, keys: Collection[tuple[int, int]]) -> Iterator[_PlanRow]:
    """Plans on offer in a city of the providers and categories in `keys`."""
    prepared = _SIMULATED if _is_sandbox(actor) else _REAL
    rows = prepared.fetch(
        day=clock.today(),
        city=city_id,
        providers=padded(sorted({provider for provider, _category in keys})),
        categories=padded(sorted({category for _provider, category in keys})),
    )
    return map(_PlanRow._make, rows)


def plans_of(
    city_id: int, actor: Actor, keys: Collection[tuple[int, int]]
) -> dict[tuple[int, int], list[_PlanRow]]:
    """As `composed` takes them, by provider and category: for many places of one city."""
    found: dict[tuple[int, int], list[_PlanRow]] = {}
    for row in _plans(city_id, actor, keys):
        found.setdefault((row.provider_id, row.category_id), []).append(row)
    return found


def _is_sandbox(actor: Actor) -> bool:
    """Sandboxes are offered simulated providers, and nobody else is."""
    return actor.organization is not None and actor.organization.is_sandbox


def promise_of(plan: Plan, building: Building) -> Statement | None:
    """The statement by which an answer offers the plan in the building; None where none does."""
    said = (plan.provider_id, plan.category_id)
    of_plan = [one for one in statements_at(building) if (one.provider_id, one.category_id) == said]
    return _statement_for(plan, of_plan)


def _statement_for(plan: "_PlanRow | Plan", statements: list[Statement]) -> Statement | None:
    """The statement that lets the plan be connected: of its technology if there is one, the best.

    A plan or a statement without a technology goes with any.
    """
    wanted = plan.technology.casefold()
    speed = plan.attributes.get(SPEED) or 0
    fitting = [
        statement
        for statement in statements
        if statement.state != CoverageState.NOT_AVAILABLE
        and (not wanted or statement.technology.casefold() in {wanted, ""})
        and (not statement.max_speed or speed <= statement.max_speed)
    ]
    # A named technology says more than none: it is asked first.
    return min(
        fitting,
        key=lambda one: (bool(wanted) and not one.technology, _ORDER[one.state]),
        default=None,
    )


def _best_first(option: Option) -> tuple[Any, ...]:
    return (_ORDER[option.state], option.price, option.provider, option.name)


def _remarks(
    statements: list[Statement], actor: Actor, writer: "Writer"
) -> dict[int, list[Remark]]:
    """Remarks on `statements` by category, best first."""
    if not statements:
        return {}
    names = provider_names(sandbox=_is_sandbox(actor))
    found: dict[int, list[Remark]] = {}
    for one in statements:
        if one.provider_id in names:
            found.setdefault(one.category_id, []).append(
                Remark(names[one.provider_id], one.state, one.planned_from, writer.explained(one))
            )
    for remarks in found.values():
        remarks.sort(key=lambda one: (_ORDER[one.state], one.provider))
    return found


class Writer:
    """Turns rows into options; what several of them share is written once."""

    def __init__(
        self, catalogue: tuple[Category, ...], *, with_commission: bool, with_refusals: bool
    ) -> None:
        self.catalogue = catalogue
        self.with_commission = with_commission
        self.with_refusals = with_refusals
        self.categories = {category.pk: category for category in catalogue}
        self.explanations: dict[Statement, str] = {}
        self.paces: Paces = {}

    @classmethod
    def of(cls, actor: Actor) -> "Writer":
        return cls(
            categories(),
            with_commission=earns_commission(actor),
            with_refusals=hears_of_refusals(actor),
        )

    def option(self, row: _PlanRow, statement: Statement) -> Option:
        return Option(
            plan_id=row.pk,
            plan=row.public_id,
            name=row.name,
            category_id=row.category_id,
            provider_id=row.provider_id,
            provider=row.provider,
            state=statement.state,
            planned_from=statement.planned_from,
            technology=row.technology or statement.technology,
            max_speed=statement.max_speed,
            price=row.price,
            connection_fee=row.connection_fee,
            term_months=row.term_months,
            days_min=row.days_min,
            days_max=row.days_max,
            category=self.categories.get(row.category_id),
            values=row.attributes,
            explanation=self.explained(statement),
            commission=self._commission(row),
            pace=self.paces.get((row.provider_id, row.category_id)),
        )

    def _commission(self, row: _PlanRow) -> Decimal | None:
        if not self.with_commission:
            return None
        return commission_amount(
            row.commission_rule,
            row.commission_value,
            price=row.price,
            fee=row.connection_fee,
        )

    def explained(self, statement: Statement) -> str:
        written = self.explanations.get(statement)
        if written is None:
            written = self.explanations[statement] = self._explain(statement)
        return written

    def _explain(self, statement: Statement) -> str:
        text = explain(statement)
        if self.with_refusals and statement.contradicted_at is not None:
            since = _day(statement.contradicted_at)
            text += "; " + _("refused here lately, not confirmed since %(day)s") % {"day": since}
        return text


def explain(statement: Statement) -> str:
    """Why the answer is what it is: “zone “Centre”, stated 03.10.2026, valid until 01.01.2027”."""
    facts = {
        "zone": statement.zone_name,
        "stated": _day(statement.stated_at),
        "until": _day(statement.expires_at),
    }
    if statement.origin == "zone" and statement.expires_at:
        return _("zone “%(zone)s”, stated %(stated)s, valid until %(until)s") % facts
    if statement.origin == "zone":
        return _("zone “%(zone)s”, stated %(stated)s") % facts
    if statement.expires_at:
        return _("this building, stated %(stated)s, valid until %(until)s") % facts
    if statement.state == CoverageState.AVAILABLE:
        return _("building connected, stated %(stated)s") % facts
    return _("this building, stated %(stated)s") % facts


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT") if moment else ""
