"""A row of a file of requests: which column is what, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.folding import fold
from core.tables import Cells, RowError
from subscriptions.services.address_list import Heads, heads_of
from subscriptions.services.clients.import_rows import ImportedClient, recognised
from subscriptions.services.clients.import_rows import read_row as read_client
from subscriptions.services.requests.filing import checked_words

ROWS_AT_MOST = 10_000
_LONGEST = 300
# What beside address and client a file names, and under which headings (folded) it is recognised.
_HEADINGS = {
    "fias": ("fias", "fias id", "фиас", "код фиас", "id фиас", "фиас id", "гар"),
    "provider": ("provider", "провайдер", "оператор", "поставщик"),
    "plan": ("plan", "plan id", "тариф", "тарифный план", "код тарифа", "id тарифа"),
    "visit": ("visit", "time of visit", "визит", "время визита", "удобное время"),
}
# Of a client's columns those that a file of requests has too.
_CLIENT = ("name", "phone", "kind", "email", "consent")
EXAMPLE_HEADER = (
    gettext_lazy("Address"),
    gettext_lazy("Flat"),
    gettext_lazy("Client"),
    gettext_lazy("Phone"),
    gettext_lazy("E-mail"),
    gettext_lazy("Provider"),
    gettext_lazy("Plan"),
    gettext_lazy("Visit"),
    gettext_lazy("Comment"),
    gettext_lazy("Consent"),
)


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A row that can be read; whether it can be filed is judged beside what is there.

    `client` is None where one files for oneself.
    """

    cells: Cells
    address: str
    fias_id: str
    unit: str
    provider: str
    plan: str
    client: ImportedClient | None
    comment: str
    preferred_visit: str


class RowReader:
    """Reads the rows under one header. Raises DomainError on `file` where a column is missing."""

    def __init__(self, header: Sequence[str], *, with_clients: bool) -> None:
        self.header = list(header)
        self.with_clients = with_clients
        folded = [fold(name) for name in header]
        self._places: dict[str, int | None] = {
            name: next((place for place, one in enumerate(folded) if one in words), None)
            for name, words in _HEADINGS.items()
        }
        mapping = recognised(header)
        self._comment = mapping.index("comment") if "comment" in mapping else None
        self._client = [field if field in _CLIENT else "" for field in mapping]
        self._heads = self._address_heads()
        self._check()

    def _address_heads(self) -> Heads | None:
        try:
            return heads_of(self.header)
        except DomainError:
            if self._places["fias"] is None:
                raise
            return None

    def _check(self) -> None:
        missing = [_("Plan")] if self._places["plan"] is None else []
        if self.with_clients:
            named = {"name": _("Client"), "phone": _("Phone")}
            missing += [label for name, label in named.items() if name not in self._client]
        if missing:
            raise DomainError(
                _("The file lacks the columns: %(names)s.") % {"names": ", ".join(missing)},
                field="file",
            )

    def heading(self, name: str) -> str:
        """The heading of the column that says `name`; "" where the file has none."""
        if name == "address":
            heads = self._heads
            place = None if heads is None else heads.address
            if heads is not None and place is None:
                place = heads.parts[0]
        elif name == "unit":
            place = self._heads.unit if self._heads else None
        elif name in _CLIENT:
            place = self._client.index(name) if name in self._client else None
        elif name == "comment":
            place = self._comment
        else:
            place = self._places[name]
        return "" if place is None else self.header[place]

    def read(self, row: Cells) -> FilingRow:
        """Raises RowError with the heading of the column that is wrong."""
        if row.problem:
            raise RowError("", row.problem)
        cells = (row.cells + [""] * len(self.header))[: len(self.header)]
        for place, cell in enumerate(cells):
            if not all(letter.isprintable() or letter.isspace() for letter in cell):
                raise RowError(self.header[place], _("This has characters that cannot be shown."))
        client = None
        if self.with_clients:
            client = read_client(Cells(row.line, cells), self._client, self.header)
        try:
            words = "" if self._comment is None else cells[self._comment]
            comment, visit = checked_words(words, self._of(cells, "visit"))
        except DomainError as error:
            name = "visit" if error.field == "preferred_visit" else "comment"
            raise RowError(self.heading(name), str(error)) from error
        plan = self._of(cells, "plan")
        if not plan:
            raise RowError(self.heading("plan"), _("Write the plan: its name, or its id."))
        return FilingRow(
            cells=Cells(row.line, cells),
            address=self._heads.read(cells) if self._heads else "",
            fias_id=self._fias(cells),
            unit=self._heads.read_unit(cells) if self._heads else "",
            provider=self._of(cells, "provider"),
            plan=plan,
            client=client,
            comment=comment,
            preferred_visit=visit,
        )

    def _fias(self, cells: Sequence[str]) -> str:
        text = self._of(cells, "fias")
        if not text:
            return ""
        try:
            return str(UUID(text))
        except ValueError as error:
            raise RowError(self.heading("fias"), _("This is not a FIAS id.")) from error

    def _of(self, cells: Sequence[str], name: str) -> str:
        place = self._places[name]
        return "" if place is None else " ".join(cells[place].split())[:_LONGEST]


def example_rows() -> list[list[Any]]:
    return [
        [
            "Казань, ул Чистопольская, д 12",
            "47",
            "Иванова Анна Петровна",
            "8 912 345-67-89",
            "anna@example.com",
            "",
            "Старт 300",
            "после 18:00",
            "код домофона 47К1234",
            "да",
        ],
        [
            "Казань, Баумана 5",
            "7",
            "ООО «Вектор»",
            "+7 843 200-10-20",
            "",
            "Уфанет",
            "Бизнес 100",
            "",
            "",
            "22.11.2026",
        ],
    ]
