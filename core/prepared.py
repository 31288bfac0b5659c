"""Queries whose SQL is worked out once: for the reads that every request makes.

Django turns a QuerySet into SQL anew each time. For a join of four tables that takes several times
as long as the query itself; here it is done at the first use in a process.

    _memberships = Prepared(lambda user_id: Membership.objects.filter(user_id=user_id))
    _memberships.fetch(42)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)

# Stands for the argument while the SQL is worked out: no id is negative.
_ARGUMENT = -719_283_645


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    parameters: tuple[Any, ...]
    # Column → what its database and its field make of a value.
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]
    model: type[models.Model]
    names: list[str]
    columns: slice
    populators: list[Any]


class Prepared(Generic[M]):
    """`make(number)` gives the QuerySet for one number, such as an id; `select_related` may follow.

    The QuerySet must filter by the number itself, and must not be annotated, sliced by it, deferred
    or prefetched: rows come as plain model instances with their related ones.
    """

    def __init__(self, make: Callable[[int], "models.QuerySet[M]"]) -> None:
        self._make = make
        self._plans: dict[str, _Plan] = {}

    def fetch(self, number: int, using: str = DEFAULT_DB_ALIAS) -> list[M]:
        """The rows for `number`: always one query, never from a cache."""
        plan = self._plans.get(using)
        if plan is None:
            plan = self._plans[using] = self._plan(using)
        parameters = [number if value == _ARGUMENT else value for value in plan.parameters]
        with connections[using].cursor() as cursor:
            cursor.execute(plan.sql, parameters)
            rows = cursor.fetchall()
        return list(_instances(plan, rows, using))

    def _plan(self, using: str) -> _Plan:
        compiler = self._make(_ARGUMENT).using(using).query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        if _ARGUMENT not in parameters:
            raise ValueError("A prepared query must filter by its argument.")
        info, select = compiler.klass_info, compiler.select
        own = info["select_fields"]
        columns = slice(own[0], own[-1] + 1)
        return _Plan(
            sql,
            tuple(parameters),
            compiler.get_converters([column[0] for column in select]),
            info["model"],
            [column[0].target.attname for column in select[columns]],
            columns,
            get_related_populators(info, select, using),  # type: ignore[call-arg]
        )


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
        yield instance
