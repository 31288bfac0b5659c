"""What list pages are made of: columns with sort links, selection, the next page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `sort` is the value of `?sort=` that orders by it, "" when it cannot be ordered by; `numeric`
    sets figures to the right; `hidden` keeps the heading for screen readers alone (actions).
    """

    name: str
    label: Text
    sort: str = ""
    numeric: bool = False
    hidden: bool = False


class Columns:
    """The columns of one table, in order; `{{ columns.number }}` is the label, for `data-label`."""

    def __init__(self, *columns: Column) -> None:
        self._columns = {column.name: column for column in columns}
        if len(self._columns) != len(columns):
            raise ValueError("Two columns share a name.")

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns.values())

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, name: str) -> Text:
        return self._columns[name].label


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as its heading is drawn."""

    column: Column
    url: str
    direction: str  # for aria-sort: ascending, descending, none


# Parameters that say where on a list one is: a changed filter or order begins anew.
PLACE = ("after", "fragment")


def headings(columns: Iterable[Column], query: QueryDict, sort: str) -> list[Heading]:
    """Headings with the address that orders by each; a second click turns the order round."""
    return [_heading(column, query, sort) for column in columns]


def _heading(column: Column, query: QueryDict, sort: str) -> Heading:
    if not column.sort:
        return Heading(column, "", "none")
    natural = column.sort
    opposite = natural.removeprefix("-") if natural.startswith("-") else f"-{natural}"
    wanted = opposite if sort == natural else natural
    direction = "none"
    if sort in {natural, opposite}:
        direction = "descending" if sort.startswith("-") else "ascending"
    return Heading(column, "?" + changed(query, sort=wanted), direction)


def changed(query: QueryDict, **values: str) -> str:
    """`query` from the beginning of the list with `values` set."""
    rest = query.copy()
    for name in PLACE:
        rest.pop(name, None)
    for name, value in values.items():
        rest[name] = value
    return rest.urlencode()


def select_box(value: object, label: str, form: str = "bulk") -> SafeString:
    """The checkbox that selects a row for the bulk form with the id `form`."""
    return format_html(
        '<label class="select-box"><input class="form-check-input" type="checkbox" name="selected"'
        ' value="{}" form="{}" aria-label="{}"></label>',
        value, form, _("Select %(what)s") % {"what": label},
    )  # fmt: skip
