"""What would become of the rows of a file: filed, doubtful, or to be corrected; and why.

Writes nothing. Addresses, clients and units are read for a batch at once; offers once for a
building, duplicates once for a unit that is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.folding import fold
from core.tables import Cells, RowError
from locations.addresses import unit_number
from locations.models import Building, Unit
from locations.models.places import UNIT_LENGTH
from subscriptions.models import Client, Plan
from subscriptions.selectors.address_list import Understood, understand
from subscriptions.selectors.availability import Option, answer
from subscriptions.services.drafting import NewClient
from subscriptions.services.filing_many.rows import FilingRow, RowReader
from subscriptions.services.requests.duplicates import duplicates_at
from subscriptions.services.requests.filing import Wanted, check_place
from subscriptions.services.requests.offers import plans_of

ADDRESS, NAME, IN_FILE = "address", "name", "file"


class Fate(StrEnum):
    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(slots=True)
class Verdict:
    """What becomes of one row. `wanted`, `client` and `consent` are set unless it is BAD.

    `known` are the doubts by what they are about: ADDRESS, NAME, IN_FILE, or a duplicate's key (see
    `Anyway`). `column` is the heading of what is wrong; `key` is the service asked for at a unit.
    """

    cells: Cells
    fate: Fate = Fate.GOOD
    column: str = ""
    reason: str = ""
    place: str = ""
    wanted: Wanted | None = None
    client: Client | NewClient | None = None
    consent: bool = False
    key: tuple[int, str, int] | None = None
    doubts: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)

    def refuse(self, column: str, reason: str) -> None:
        self.fate, self.column, self.reason = Fate.BAD, column, reason

    def doubt(self, key: str, column: str, reason: str) -> None:
        if self.fate == Fate.BAD:
            return
        self.fate = Fate.DOUBTFUL
        self.known.append(key)
        self.column = self.column or column
        self.doubts.append(reason)
        self.reason = " ".join(self.doubts)


@dataclass(slots=True)
class _Placed:
    """A row that was read, on its way to a verdict."""

    row: FilingRow
    verdict: Verdict
    building: Building | None = None
    number: str = ""
    option: Option | None = None


class Judge:
    """Judges the rows of one file, batch after batch in their order."""

    def __init__(self, actor: Actor, reader: RowReader) -> None:
        self.actor, self.reader = actor, reader
        # (building, unit, category) → the line that wants it first.
        self._lines: dict[tuple[int, str, int], int] = {}

    def judge(self, rows: Sequence[Cells]) -> list[Verdict]:
        """A verdict for each row, in their order."""
        verdicts = [Verdict(row) for row in rows]
        placed = [one for verdict in verdicts if (one := self._read(verdict)) is not None]
        self._find_buildings(placed)
        self._find_offers(placed)
        self._find_clients(placed)
        sound = [one for one in placed if one.verdict.fate != Fate.BAD and one.option is not None]
        plans = self._plans(sound)
        self._find_duplicates(sound, plans)
        for one in sound:
            if one.verdict.fate != Fate.BAD:
                self._want(one, plans)
        return verdicts

    def _read(self, verdict: Verdict) -> _Placed | None:
        try:
            return _Placed(self.reader.read(verdict.cells), verdict)
        except RowError as error:
            verdict.refuse(error.column, error.reason)
            return None

    # --- where --------------------------------------------------------------------------------
    def _find_buildings(self, placed: Sequence[_Placed]) -> None:
        ids = {one.row.fias_id for one in placed if one.row.fias_id}
        visible = Building.objects.visible_to(self.actor).standing()
        by_fias = {row.fias_id: row for row in visible.filter(fias_id__in=ids)} if ids else {}
        named = [one for one in placed if not one.row.fias_id]
        meant = understand(self.actor, [one.row.address for one in named])
        houses = {one.house.pk for one in meant if one.house is not None and one.house.pk}
        rows = visible.in_bulk(list(houses)) if houses else {}
        for one, found in zip(named, meant, strict=True):
            self._take_address(one, found, rows)
        for one in placed:
            if one.row.fias_id:
                one.building = by_fias.get(one.row.fias_id)
                if one.building is None:
                    one.verdict.refuse(
                        self.reader.heading("fias"), _("There is no building with this FIAS id.")
                    )
        for one in placed:
            self._take_unit(one)

    def _take_address(self, one: _Placed, found: Understood, rows: dict[int, Building]) -> None:
        column = self.reader.heading("address")
        if found.house is None:
            one.verdict.refuse(column, found.problem)
            return
        one.building = rows.get(found.house.pk)
        if one.building is None:
            one.verdict.refuse(column, _("Write the address of a house: a point is not enough."))
            return
        one.number = found.unit
        if found.guessed:
            one.verdict.doubt(
                ADDRESS,
                column,
                _("The address is taken for “%(address)s”.") % {"address": found.house.address},
            )

    def _take_unit(self, one: _Placed) -> None:
        building = one.building
        if building is None:
            return
        column = self.reader.heading("unit") or self.reader.heading("address")
        one.number = "" if building.is_private_house else unit_number(one.row.unit or one.number)
        one.verdict.place = f"{building.address}, {one.number}" if one.number else building.address
        if not one.number and not building.is_private_house:
            one.verdict.refuse(column, _("Give the number of the flat or office."))
        elif len(one.number) > UNIT_LENGTH:
            one.verdict.refuse(column, _("This is too long for a number."))

    # --- what ---------------------------------------------------------------------------------
    def _find_offers(self, placed: Sequence[_Placed]) -> None:
        offers: dict[int, list[Option] | DomainError] = {}
        for one in placed:
            if one.building is None or one.verdict.fate == Fate.BAD:
                continue
            if one.building.pk not in offers:
                offers[one.building.pk] = self._offers(one.building)
            here = offers[one.building.pk]
            if isinstance(here, DomainError):
                one.verdict.refuse(self.reader.heading("address"), str(here))
            else:
                self._take_plan(one, here)

    def _offers(self, building: Building) -> list[Option] | DomainError:
        try:
            check_place(self.actor, building)
        except DomainError as error:
            return error
        options = answer(building, actor=self.actor).options()
        return [option for option in options if option.can_be_filed]

    def _take_plan(self, one: _Placed, options: Iterable[Option]) -> None:
        column = self.reader.heading("plan")
        wanted, provider = fold(one.row.plan), fold(one.row.provider)
        found = [option for option in options if option.plan == one.row.plan.upper()]
        if not found:
            found = [
                option
                for option in options
                if fold(option.name) == wanted and provider in ("", fold(option.provider))
            ]
        if len(found) == 1:
            one.option = found[0]
        elif found:
            names = ", ".join(sorted({option.provider for option in found})[:3])
            one.verdict.refuse(
                column, _("Several have a plan of this name: %(names)s.") % {"names": names}
            )
        else:
            one.verdict.refuse(column, _("This plan cannot be connected at this address."))

    def _plans(self, placed: Sequence[_Placed]) -> dict[int, Plan]:
        options = {one.option.plan_id: one.option for one in placed if one.option is not None}
        return {plan.pk: plan for plan in plans_of(list(options.values()))}

    # --- for whom -----------------------------------------------------------------------------
    def _find_clients(self, placed: Sequence[_Placed]) -> None:
        if not self.reader.with_clients:
            return
        waiting = [one for one in placed if one.verdict.fate != Fate.BAD]
        phones = {one.row.client.client.phone for one in waiting if one.row.client is not None}
        known: dict[Any, list[Client]] = {}
        for row in Client.objects.visible_to(self.actor).filter(phone__in=phones).order_by("pk"):
            known.setdefault(row.phone, []).append(row)
        for one in waiting:
            self._take_client(one, known)

    def _take_client(self, one: _Placed, known: dict[Any, list[Client]]) -> None:
        if one.row.client is None:
            return
        typed, agreed = one.row.client.client, one.row.client.consent_at is not None
        column = self.reader.heading("consent") or self.reader.heading("name")
        met = known.get(typed.phone, [])
        named = [row for row in met if fold(row.name) == fold(typed.name)]
        found = next(iter([*named, *met]), None)
        one.verdict.consent = agreed
        if found is None:
            one.verdict.client = NewClient(typed.name, typed.phone.as_e164, typed.kind, typed.email)
        else:
            one.verdict.client = found
            if not named:
                one.verdict.doubt(
                    NAME,
                    self.reader.heading("name"),
                    _("The client with this phone is called “%(name)s”.") % {"name": found.name},
                )
        if found is not None and found.consent_withdrawn_at is not None:
            one.verdict.refuse(
                column, _("The client has withdrawn their consent: a file cannot give it again.")
            )
        elif not agreed and (found is None or not found.has_consent):
            one.verdict.refuse(
                column, _("Write that the client agrees: “yes”, or the day they said so.")
            )

    # --- is it there already ------------------------------------------------------------------
    def _find_duplicates(self, placed: Sequence[_Placed], plans: dict[int, Plan]) -> None:
        buildings = {one.building.pk for one in placed if one.building is not None}
        numbers = {one.number for one in placed}
        rows = Unit.objects.filter(building_id__in=buildings, number__in=numbers)
        units = {(row.building_id, row.number): row.pk for row in rows}
        for one in placed:
            if one.building is None or one.option is None or one.verdict.fate == Fate.BAD:
                continue
            plan = plans.get(one.option.plan_id)
            if plan is None:
                continue
            self._look_in_file(one, one.building, plan)
            unit = units.get((one.building.pk, one.number))
            if unit is not None:
                self._look_at_unit(one, unit, plan)

    def _look_in_file(self, one: _Placed, building: Building, plan: Plan) -> None:
        key = one.verdict.key = (building.pk, one.number, plan.category_id)
        line = self._lines.setdefault(key, one.row.cells.line)
        if line == one.row.cells.line:
            return
        column = self.reader.heading("plan")
        told = _("Line %(line)s asks for this service here already.") % {"line": line}
        if plan.category.one_per_unit:
            one.verdict.refuse(column, told)
        else:
            one.verdict.doubt(IN_FILE, column, told)

    def _look_at_unit(self, one: _Placed, unit: int, plan: Plan) -> None:
        column = self.reader.heading("plan")
        found = duplicates_at(self.actor.organization.pk, unit, [plan.category_id])
        for duplicate in found.get(plan.category_id, ()):
            if duplicate.forbids:
                one.verdict.refuse(column, str(duplicate))
                return
            one.verdict.doubt(duplicate.key, column, str(duplicate))

    def _want(self, one: _Placed, plans: dict[int, Plan]) -> None:
        option, building = one.option, one.building
        plan = plans.get(option.plan_id) if option is not None else None
        if plan is None or building is None:
            one.verdict.refuse(
                self.reader.heading("plan"), _("This plan cannot be connected at this address.")
            )
            return
        one.verdict.wanted = Wanted(
            building, one.number, [plan], None, one.row.comment, one.row.preferred_visit
        )
