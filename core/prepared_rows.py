"""Plain rows by SQL that is worked out once: for reads that make up the price of a page.

Beside `core.prepared`, which gives model instances for one number: here several arguments of
several types, lists among them, and the tuples of a `values_list()`.

    _plans = PreparedRows(lambda city, providers: Plan.objects.filter(…).values_list(…))
    _plans.fetch(city=7, providers=[1, 2, 3])
"""

from collections import namedtuple
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

# Stand for arguments while the SQL is worked out: none of them is ever asked for in earnest.
_NUMBER = -719_283_645
_MOMENT = datetime(1907, 1, 1, 1, 1, 1, tzinfo=UTC)
_DAY = date(1907, 1, 1)
_TEXT = "an argument of a prepared query, number "
_STEP = 10_000


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    parameters: tuple[Any, ...]
    # Places among the parameters, and the argument (and its element, of a list) that belongs there.
    slots: tuple[tuple[int, str, int | None], ...]
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]


class PreparedRows:
    """`make(**arguments)` gives a `values_list()` QuerySet of columns, sums of groups last.

    Arguments are ints, texts, moments, days, or lists of ints; each must reach the SQL as it is.
    The SQL is kept per length of lists: pad them with `padded`. What the QuerySet takes from
    elsewhere (the clock, the language) is taken once: hand it in as an argument.
    """

    def __init__(self, make: Callable[..., models.QuerySet]) -> None:
        self._make = make
        self._compiled: dict[Hashable, _Compiled] = {}

    def fetch(self, using: str = DEFAULT_DB_ALIAS, **arguments: Any) -> list[tuple[Any, ...]]:
        """The rows: always one query, never from a cache; none at all where a list is empty."""
        if any(value == [] for value in arguments.values()):
            return []
        shape = tuple(
            (name, len(value) if isinstance(value, list) else type(value))
            for name, value in arguments.items()
        )
        compiled = self._compiled.get((using, shape))
        if compiled is None:
            compiled = self._compiled[using, shape] = self._compile(using, arguments)
        connection = connections[using]
        parameters = list(compiled.parameters)
        for place, name, element in compiled.slots:
            value = arguments[name] if element is None else arguments[name][element]
            parameters[place] = adapted(value, connection)
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, parameters)
            rows = cursor.fetchall()
        return _converted(rows, compiled.converters, connection)

    def _compile(self, using: str, arguments: dict[str, Any]) -> _Compiled:
        connection = connections[using]
        stand_ins = {
            name: stand_in(position, value)
            for position, (name, value) in enumerate(arguments.items(), start=1)
        }
        compiler = self._make(**stand_ins).using(using).query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        known = {
            adapted(value, connection): (name, element)
            for name, standing in stand_ins.items()
            for element, value in _elements(standing)
        }
        slots = tuple(
            (place, *known[value])
            for place, value in enumerate(parameters)
            if isinstance(value, Hashable) and value in known
        )
        if {slot[1:] for slot in slots} != set(known.values()):
            raise ValueError("A prepared query must use each of its arguments as it is.")
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return _Compiled(sql, tuple(parameters), slots, converters)


class NamedRows:
    """As PreparedRows, for the columns named: rows are named tuples, `a__b` of what is joined."""

    def __init__(self, columns: Sequence[str], make: Callable[..., models.QuerySet]) -> None:
        self._row: Any = namedtuple("Row", columns)  # type: ignore[misc]
        self._rows = PreparedRows(lambda **arguments: make(**arguments).values_list(*columns))

    def fetch(self, **arguments: Any) -> list[Any]:
        return [self._row._make(row) for row in self._rows.fetch(**arguments)]


def padded(values: list[int]) -> list[int]:
    """`values` with the last repeated up to a power of two: few lengths, and few SQL texts."""
    if not values:
        return []
    length = 1 << (len(values) - 1).bit_length()
    return values + values[-1:] * (length - len(values))


def stand_in(position: int, value: Any) -> Any:
    """Something of the value's type that no other argument stands for."""
    if isinstance(value, list):
        return [_NUMBER - position * _STEP - element for element in range(len(value))]
    if isinstance(value, datetime):
        return _MOMENT + timedelta(days=position)
    if isinstance(value, date):
        return _DAY + timedelta(days=position)
    if isinstance(value, int) and not isinstance(value, bool):
        return _NUMBER - position * _STEP
    if isinstance(value, str):
        return f"{_TEXT}{position}"
    raise TypeError(f"A prepared query takes no {type(value).__name__}.")


def _elements(standing: Any) -> list[tuple[int | None, Any]]:
    return list(enumerate(standing)) if isinstance(standing, list) else [(None, standing)]


def adapted(value: Any, connection: BaseDatabaseWrapper) -> Any:
    """`value` as the fields of this database hand it over."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _converted(
    rows: Any, converters: dict[int, tuple[list[Callable[..., Any]], Any]], connection: Any
) -> list[tuple[Any, ...]]:
    if not converters:
        return list(rows)
    found = []
    for values in rows:
        row = list(values)
        for place, (convert, expression) in converters.items():
            for converter in convert:
                row[place] = converter(row[place], expression, connection)
        found.append(tuple(row))
    return found
