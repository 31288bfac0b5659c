"""Two rows of one house become one: all that hangs on the one moves to the other.

What hangs on a building or a unit is found in the models themselves, so that nothing is forgotten.
A relation without a unique constraint is simply given the other building; one that could collide
needs a function of its own, which the app of its model registers:

    @moves("subscriptions.TeamPlace.building")
    def move_team_places(source: Building, target: Building) -> None: ...

A test walks all relations and fails for one that could collide and has no function.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import OperationalError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock, events
from core.actor import Actor, system_actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError
from locations.models import Building, BuildingCoverage, BuildingGuest, CoverageAction, Unit
from locations.services.building_counts import recount
from locations.services.history import record
from locations.services.rights import require_decider

Move = Callable[[Any, Any], None]
Lock = Callable[[int], None]

_moves: dict[str, Move] = {}
_locks: list[Lock] = []
# Moved by this module itself.
_OWN = {
    "locations.Building.merged_into",
    "locations.BuildingGuest.building",
    "locations.Unit.building",
}
# Another transaction held what this one needs, and waited for what this one held.
_ATTEMPTS = 3
# What was being written when the merge was done is looked for once more after these.
_STRAYS_AFTER = (timedelta(minutes=1), timedelta(minutes=15))
# What is known of the house: the source's where the target has none.
_KNOWN = ("postal_code", "entrances", "floors", "units_count")


def moves(relation: str) -> Callable[[Move], Move]:
    """Registers how the rows of "app.Model.field" go from one building or unit to another."""

    def register(move: Move) -> Move:
        _moves[relation] = move
        return move

    return register


def locks_first(lock: Lock) -> Lock:
    """Registers what is locked at a building (by its id) before the building itself is."""
    _locks.append(lock)
    return lock


def merge_building(actor: Actor, source: Building, target: Building) -> Building:
    """Makes `source` the same house as `target` (verified); returns `target` as it is now.

    Units of equal numbers become one; requests, subscriptions, addresses of clients, coverage and
    all else go to the target; the source's public id leads there from now on, as do those that led
    to the source. Done again, it changes nothing. Raises Forbidden, Conflict, DomainError.
    """
    if source.pk == target.pk:
        raise DomainError(_("Choose another building."), field="target")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _merge(actor, source.pk, target.pk)
        except OperationalError:
            if attempt == _ATTEMPTS or transaction.get_connection().in_atomic_block:
                raise
    raise AssertionError("unreachable")


def _merge(actor: Actor, source_id: int, target_id: int) -> Building:
    source, target = _locked(source_id, target_id)
    if source.status == Building.Status.MERGED:
        if source.merged_into_id == target.pk:
            return target
        raise Conflict(_("This building has been merged into another already."))
    require_decider(actor, source)
    if target.status != Building.Status.VERIFIED:
        raise DomainError(_("Choose a verified building to merge into."), field="target")
    _inherit(source, target)
    source.status, source.merged_into, source.verified_key = Building.Status.MERGED, target, None
    source.decided_at = clock.now()
    source.save(update_fields=["status", "merged_into", "verified_key", "fias_id", "decided_at"])
    target.save(update_fields=["fias_id", *_KNOWN])
    _move_all(source, target)
    Building.objects.filter(merged_into=source).update(merged_into=target)
    BuildingGuest.objects.filter(building=source).delete()
    recount([source.cell])
    events.emit(
        actor, "building.merged", source, {PartyRole.OWNER: source.added_by}, {"into": target.pk}
    )
    _look_again(source.pk)
    return target


def _locked(source_id: int, target_id: int) -> tuple[Building, Building]:
    """Both buildings, locked by their ids in order; before them what upper apps have there.

    In this order because a request that is being moved holds itself, and then may need its place.
    """
    for lock in _locks:
        lock(source_id)
    rows = Building.objects.select_for_update().filter(pk__in=[source_id, target_id])
    found = {row.pk: row for row in rows.order_by("pk")}
    return found[source_id], found[target_id]


def _inherit(source: Building, target: Building) -> None:
    if source.fias_id and not target.fias_id:
        fias_id, source.fias_id = source.fias_id, None
        # The constraint looks at each statement: the id is given up before it is taken.
        Building.objects.filter(pk=source.pk).update(fias_id=None)
        target.fias_id = fias_id
    for name in _KNOWN:
        if getattr(target, name) in (None, ""):
            setattr(target, name, getattr(source, name))


def gather_strays(building_id: int) -> None:
    """Moves what was written at a merged building since it was merged."""
    with transaction.atomic():
        row = Building.objects.filter(pk=building_id, status=Building.Status.MERGED).first()
        if row is None or row.merged_into_id is None:
            return
        source, target = _locked(building_id, row.merged_into_id)
        if source.merged_into_id == target.pk:
            _move_all(source, target)


def _look_again(building_id: int) -> None:
    from locations.jobs import gather_strays_of

    for wait in _STRAYS_AFTER:
        gather_strays_of.using(run_after=timezone.now() + wait).enqueue(building_id)


# --- what hangs on it -------------------------------------------------------------------------
def _move_all(source: Building, target: Building) -> None:
    _unite_units(source, target)
    for label, field in relations_to(Building):
        if label not in _OWN:
            _move(label, field, source, target)


def _unite_units(source: Building, target: Building) -> None:
    here = {unit.number: unit for unit in _units(target)}
    for unit in _units(source):
        same = here.get(unit.number)
        if same is None:
            unit.building = target
            unit.save(update_fields=["building"])
            continue
        for label, field in relations_to(Unit):
            _move(label, field, unit, same)
        _complete(same, unit)
        unit.delete()


def _units(building: Building) -> list[Unit]:
    return list(Unit.objects.select_for_update().filter(building=building).order_by("pk"))


def _complete(kept: Unit, other: Unit) -> None:
    missing = [
        name
        for name in ("entrance", "floor")
        if getattr(kept, name) is None and getattr(other, name) is not None
    ]
    for name in missing:
        setattr(kept, name, getattr(other, name))
    if missing:
        kept.save(update_fields=missing)


def _move(label: str, field: models.Field, source: Any, target: Any) -> None:
    move = _moves.get(label)
    if move is not None:
        move(source, target)
        return
    if may_collide(field):
        raise LookupError(f"Nobody has said how {label} is merged (locations.services.merging).")
    rows: Any = field.model._base_manager
    rows.filter(**{field.name: source}).update(**{field.name: target})


def relations_to(model: type[models.Model]) -> Iterator[tuple[str, models.Field]]:
    """Every stored reference to a model, as "app.Model.field" and the field, in a fixed order."""
    found = {}
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.many_to_many:
            continue
        field: Any = relation.field  # type: ignore[union-attr]
        if field.model._meta.managed and not field.model._meta.proxy:
            found[f"{field.model._meta.label}.{field.name}"] = field
    yield from sorted(found.items())


def may_collide(field: models.Field) -> bool:
    """Whether a unique constraint of the model holds the field: two rows may become alike."""
    options = field.model._meta
    constraints = [
        constraint.fields
        for constraint in options.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    together = [*constraints, *options.unique_together]
    return field.unique or any(field.name in fields for fields in together)


def has_a_mover(label: str) -> bool:
    return label in _moves or label in _OWN


def is_used(building: Building) -> bool:
    """Whether anything but empty units hangs on the building."""
    units = Unit.objects.filter(building=building).values("pk")
    return any(
        _rows(field).filter(**{field.name: building}).exists()
        for label, field in relations_to(Building)
        if label not in _OWN
    ) or any(
        _rows(field).filter(**{f"{field.name}__in": units}).exists()
        for _label, field in relations_to(Unit)
    )


def _rows(field: models.Field) -> Any:
    return field.model._base_manager


@moves("locations.BuildingCoverage.building")
def move_coverage(source: Building, target: Building) -> None:
    """Of two statements of one provider, category and technology the newer counts.

    Records of the source go to the target, too: the last of them says what stands there now.
    """
    there = {(row.provider_id, row.category_id, row.technology): row for row in _coverage(target)}
    for row in _coverage(source):
        other = there.get((row.provider_id, row.category_id, row.technology))
        if other is not None and other.stated_at >= row.stated_at:
            _withdraw(row)
            record(system_actor(), [other], CoverageAction.STATED)
            continue
        if other is not None:
            # Whoever looks at the other one has not seen this.
            row.version = max(row.version, other.version) + 1
            _withdraw(other)
        row.building = target
        row.save(update_fields=["building", "version"])
        record(system_actor(), [row], CoverageAction.STATED)
        _tell_coverage(row, row.state)


def _coverage(building: Building) -> models.QuerySet[BuildingCoverage]:
    return BuildingCoverage.objects.select_for_update().filter(building=building).order_by("pk")


def _withdraw(row: BuildingCoverage) -> None:
    record(system_actor(), [row], CoverageAction.WITHDRAWN)
    _tell_coverage(row, "WITHDRAWN")
    row.delete()


def _tell_coverage(row: BuildingCoverage, state: str) -> None:
    parties = {PartyRole.PROVIDER: row.provider}
    events.emit(system_actor(), "coverage.changed", row, parties, {"state": state})
