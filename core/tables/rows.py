"""What tables from strangers are made of: rows, what is wrong with them, what came of an import."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext as _

from core.errors import DomainError

BATCH = 500
ERROR_COLUMNS = ("error_line", "error_column", "error_reason")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line; `column` is "" when it is the line itself."""

    line: int
    column: str
    reason: str


class RowError(Exception):
    """Raised while a row is read; becomes a Fault with the number of its line."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was read: `cells` by column; `problem`: why it could not be split properly."""

    line: int
    cells: dict[str, str]
    problem: str = ""

    def check(self) -> None:
        """Raises RowError when the line could not be split."""
        if self.problem:
            raise RowError("", self.problem)

    def text(self, column: str, most: int, *, required: bool = False) -> str:
        value = " ".join(self.cells.get(column, "").split())
        if required and not value:
            raise RowError(column, _("This is missing."))
        if len(value) > most:
            raise RowError(column, _("This is longer than %(most)s characters.") % {"most": most})
        if not value.isprintable():
            raise RowError(column, _("This has characters that cannot be shown."))
        return value

    def number(self, column: str, least: float, most: float) -> float:
        value = self.text(column, 40, required=True).replace(",", ".")
        try:
            number = float(value)
        except ValueError as error:
            raise RowError(column, _("“%(value)s” is not a number.") % {"value": value}) from error
        # Written so that NaN is refused too.
        if not least <= number <= most:
            range_ = {"least": f"{least:g}", "most": f"{most:g}"}
            raise RowError(column, _("This is not between %(least)s and %(most)s.") % range_)
        return number

    def count(self, column: str, most: int) -> int | None:
        value = self.text(column, 20)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal()) or int(value) > most:
            raise RowError(column, _("This is not a whole number up to %(most)s.") % {"most": most})
        return int(value)


class Progress(Protocol):
    """Told how many lines have been read so far."""

    def __call__(self, lines: int) -> None: ...


def silent(lines: int) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    # The first of the faults; all of them are in the file of refused rows where one was asked for.
    faults: list[Fault] = field(default_factory=list)

    _SHOWN = 100

    def refuse(self, fault: Fault) -> None:
        self.refused += 1
        if len(self.faults) < self._SHOWN:
            self.faults.append(fault)


def check_header(
    header: list[str], required: Collection[str], optional: Collection[str], strict: bool
) -> None:
    """Raises DomainError unless all of `required` are there, once, and (`strict`) nothing else."""
    known = {*required, *optional, *ERROR_COLUMNS}
    problems = {
        _("The file lacks the columns: %(names)s."): sorted(set(required) - set(header)),
        _("The file repeats columns: %(names)s."): sorted(
            {name for name in header if header.count(name) > 1}
        ),
        _("The file has unknown columns: %(names)s."): sorted(set(header) - known)
        if strict
        else [],
    }
    for problem, names in problems.items():
        if names:
            shown = ", ".join(name[:40] for name in names[:10])
            raise DomainError(problem % {"names": shown}, field="file")
