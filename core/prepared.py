"""Queries whose SQL is worked out once: for the reads that every request makes.

Django turns a QuerySet into SQL anew each time. For a join of four tables that takes several times
as long as the query itself; here it is done at the first use in a process.

    _memberships = Prepared(lambda user_id: Membership.objects.filter(user_id=user_id))
    _memberships.fetch(42)
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import get_related_populators

from core.actor import Actor
from core.choices import OrganizationKind
from core.prepared_rows import adapted, stand_in
from core.querysets import HasVisible, get_visible, refuse_invisible

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    parameters: tuple[Any, ...]
    # Places among the parameters, and the argument that belongs there.
    slots: tuple[tuple[int, int], ...]
    # Column → what its database and its field make of a value.
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]
    model: type[models.Model]
    names: list[str]
    columns: slice
    populators: list[Any]
    annotations: dict[str, int]


class Prepared(Generic[M]):
    """`make(*arguments)` gives the QuerySet for ids, texts or moments; `select_related` may follow.

    The QuerySet must filter by the arguments themselves, and must not be sliced by them or
    prefetched: rows come as model instances with their related ones and annotations. What else it
    takes (the clock, the language) it takes once.
    """

    def __init__(self, make: Callable[..., "models.QuerySet[M]"]) -> None:
        self._make = make
        self._plans: dict[Hashable, _Plan] = {}

    def fetch(self, *arguments: Any, using: str = DEFAULT_DB_ALIAS) -> list[M]:
        """The rows for `arguments`: always one query, never from a cache."""
        shape = (using, *map(type, arguments))
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans[shape] = self._plan(using, arguments)
        parameters = list(plan.parameters)
        for place, position in plan.slots:
            parameters[place] = adapted(arguments[position], connections[using])
        with connections[using].cursor() as cursor:
            cursor.execute(plan.sql, parameters)
            rows = cursor.fetchall()
        return list(_instances(plan, rows, using))

    def _plan(self, using: str, arguments: tuple[Any, ...]) -> _Plan:
        stand_ins = [stand_in(position, value) for position, value in enumerate(arguments)]
        compiler = self._make(*stand_ins).using(using).query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        known = {
            adapted(value, connections[using]): position for position, value in enumerate(stand_ins)
        }
        slots = tuple(
            (place, known[value])
            for place, value in enumerate(parameters)
            if isinstance(value, Hashable) and value in known
        )
        if {position for _place, position in slots} != set(known.values()):
            raise ValueError("A prepared query must filter by each argument.")
        info, select = compiler.klass_info, compiler.select
        own = info["select_fields"]
        columns = slice(own[0], own[-1] + 1)
        return _Plan(
            sql,
            tuple(parameters),
            slots,
            compiler.get_converters([column[0] for column in select]),
            info["model"],
            [column[0].target.attname for column in select[columns]],
            columns,
            get_related_populators(info, select, using),  # type: ignore[call-arg]
            compiler.annotation_col_map,
        )


@dataclass(frozen=True, slots=True)
class _Standing:
    """All that `visible_to` asks of an organization."""

    pk: int
    kind: OrganizationKind


def standing(kind: OrganizationKind, organization: int) -> Actor:
    """Somebody of an organization, for working out SQL that `visible_to` scopes by its id."""
    return Actor(organization=_Standing(organization, kind))


class PreparedVisible(Generic[M]):
    """`get_visible` by SQL that is worked out once for every kind of organization.

    `make(value)` gives the QuerySet that finds one row by a unique value, before it is scoped. With
    `by_user` it is `make(value, user_id)`, for what the row has for a person alone (0: nobody).
    """

    def __init__(self, make: Callable[..., HasVisible], *, by_user: bool = False) -> None:
        self._make = make
        self._by_user = by_user
        self._by_kind: dict[OrganizationKind, Prepared[M]] = {}

    def get(self, actor: Actor, value: int | str) -> M:
        """The row the actor may see, or `NotVisible`."""
        kind = actor.kind
        given = (value, actor.user_id or 0) if self._by_user else (value,)
        if kind is None or kind == OrganizationKind.COMPANY:
            # Staff see by other rules, members of companies by the places of their teams.
            return get_visible(self._make(*given), actor)
        prepared = self._by_kind.get(kind)
        if prepared is None:
            prepared = self._by_kind[kind] = Prepared(partial(self._scoped, kind))
        found = prepared.fetch(*given, actor.organization_id)
        return found[0] if found else refuse_invisible()

    def _scoped(self, kind: OrganizationKind, *given: Any) -> Any:
        *own, organization = given
        return self._make(*own).visible_to(standing(kind, organization))


def _instances(plan: _Plan, rows: Any, using: str) -> Iterator[Any]:
    connection = connections[using]
    for values in rows:
        row = list(values)
        for position, (convert, expression) in plan.converters.items():
            for converter in convert:
                row[position] = converter(row[position], expression, connection)
        instance = plan.model.from_db(using, plan.names, row[plan.columns])
        for populator in plan.populators:
            populator.populate(row, instance)
        for name, position in plan.annotations.items():
            setattr(instance, name, row[position])
        yield instance
