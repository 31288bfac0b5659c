"""Keeps what statements said: one record for every version, written with the change itself."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict
from locations.models import BuildingCoverage, CoverageAction, CoverageRecord, CoverageZone
from locations.selectors.history import last_change
from locations.services.findings import ask_check

_BATCH = 500
_SAID = (
    "provider_id",
    "version",
    "category_id",
    "technology",
    "max_speed",
    "state",
    "planned_from",
    "source",
    "expires_at",
)

Statement = CoverageZone | BuildingCoverage


def record(
    actor: Actor, rows: Sequence[Statement], action: CoverageAction, *, outline: bool = False
) -> None:
    """Writes down what `rows` say now, with their outlines where those are new.

    Runs in the transaction of the change; what is said together is looked over by a job.
    """
    user_id, now = actor.user_id, clock.now()
    records = [
        CoverageRecord(
            **{name: getattr(row, name) for name in _SAID},
            **_about(row, outline),
            action=action,
            user_id=user_id,
            via=actor.via,
            at=now,
        )
        for row in rows
    ]
    CoverageRecord.objects.bulk_create(records, batch_size=_BATCH)
    for provider_id in sorted({row.provider_id for row in rows}):
        ask_check(provider_id)


def check_version(actor: Actor, row: Statement, version: int | None) -> None:
    """Raises Conflict with the other's change, when `row` is no longer what the actor looked at."""
    if version is None or row.version == version:
        return
    change = last_change(actor, row, since=version)
    text = _("This was changed while you were looking.")
    raise Conflict(f"{text} {change}" if change else text)


def _about(row: Statement, outline: bool) -> dict[str, Any]:
    if isinstance(row, BuildingCoverage):
        return {"building_id": row.building_id}
    return {
        "zone_id": row.pk,
        "name": row.name,
        "geometry": row.geometry if outline else None,
    }
