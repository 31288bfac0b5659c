"""The same done with several statements: each by itself, one refusal stops none of the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, Forbidden, Text
from locations.models import BuildingCoverage, CoverageZone
from locations.services.rights import may_state
from locations.services.statements import revise_statement, withdraw_building_coverage
from locations.services.zones import restore_zone, retire_zone, revise_zone
from locations.terms import TERMS

AT_MOST = 200
CONFIRM, RETIRE, RESTORE, WITHDRAW, CHANGE = "confirm", "retire", "restore", "withdraw", "change"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one statement; `refusal` is empty when it was done."""

    name: str
    refusal: Text = ""


def change_zones(
    actor: Actor, public_ids: Sequence[str], do: str, changes: Mapping[str, Any] | None = None
) -> list[Outcome]:
    """Confirms, retires, restores or changes (`changes`: some of TERMS) zones by public id.

    Raises Forbidden, and DomainError where nothing, or too much, is asked for.
    """
    given = _checked(actor, public_ids, do, changes, (CONFIRM, RETIRE, RESTORE, CHANGE))
    rows = CoverageZone.objects.visible_to(actor).select_related("provider")
    found = {row.public_id: row for row in rows.defer("geometry").filter(public_id__in=public_ids)}
    acts: dict[str, Callable[[CoverageZone], object]] = {
        CONFIRM: lambda zone: revise_zone(actor, zone, {}),
        CHANGE: lambda zone: revise_zone(actor, zone, given),
        RETIRE: lambda zone: retire_zone(actor, zone),
        RESTORE: lambda zone: restore_zone(actor, zone),
    }
    return _each(public_ids, found, acts[do])


def change_statements(
    actor: Actor, ids: Sequence[str], do: str, changes: Mapping[str, Any] | None = None
) -> list[Outcome]:
    """Confirms, withdraws or changes statements about buildings; otherwise as `change_zones`."""
    given = _checked(actor, ids, do, changes, (CONFIRM, WITHDRAW, CHANGE))
    rows = BuildingCoverage.objects.visible_to(actor).select_related("provider", "building")
    numbers = [int(pk) for pk in ids if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    found = {str(row.pk): row for row in rows.filter(pk__in=numbers)}
    acts: dict[str, Callable[[BuildingCoverage], object]] = {
        CONFIRM: lambda row: revise_statement(actor, row, {}),
        CHANGE: lambda row: revise_statement(actor, row, given),
        WITHDRAW: lambda row: withdraw_building_coverage(actor, row),
    }
    return _each(ids, found, acts[do], lambda row: row.building.address)


def _checked(
    actor: Actor,
    keys: Sequence[str],
    do: str,
    changes: Mapping[str, Any] | None,
    known: Sequence[str],
) -> dict[str, Any]:
    if not may_state(actor):
        raise Forbidden(_("Only managers of the provider change its coverage."))
    if do not in known:
        raise DomainError(_("This cannot be done with several statements at once."), field="do")
    if not keys:
        raise DomainError(_("Select at least one statement."), field="selected")
    if len(keys) > AT_MOST:
        raise DomainError(_("Select fewer statements at once."), field="selected")
    given = {name: value for name, value in (changes or {}).items() if name in TERMS}
    if do == CHANGE and not given:
        raise DomainError(_("Say what to change."), field="do")
    return given


def _each(
    keys: Sequence[str],
    found: Mapping[str, Any],
    act: Callable[[Any], object],
    name_of: Callable[[Any], str] = str,
) -> list[Outcome]:
    return [_one(found.get(key), act, name_of) for key in dict.fromkeys(keys)]


def _one(row: Any, act: Callable[[Any], object], name_of: Callable[[Any], str]) -> Outcome:
    if row is None:
        # What was sent is not repeated back in a sentence of its own making.
        return Outcome("", _("There is no such statement."))
    name = name_of(row)
    try:
        act(row)
    except DomainError as refused:
        return Outcome(name, refused.message)
    return Outcome(name)
