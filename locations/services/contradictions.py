"""Marks statements that outcomes contradict: who counts the outcomes stands above this app."""

from datetime import datetime

from django.db import transaction

from core import clock, events
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Forbidden
from locations.models import BuildingCoverage, CoverageState, CoverageZone


def contradict(
    actor: Actor, statement: CoverageZone | BuildingCoverage, *, refusals: int, since: datetime
) -> bool:
    """Marks a statement that was refused `refusals` times since it was stated (`since`).

    Whether it is marked now: not one that says something else by now, offers nothing, or is marked
    already. Only the portal itself does this; its provider is told.
    """
    if not actor.system:
        raise Forbidden("Outcomes are counted by the portal.")
    with transaction.atomic():
        row = (
            type(statement)
            .objects.select_for_update()
            .select_related("provider")
            .filter(
                pk=statement.pk,
                stated_at=since,
                state=CoverageState.AVAILABLE,
                contradicted_at=None,
            )
            .first()
        )
        if row is None:
            return False
        row.contradicted_at = clock.now()
        row.save(update_fields=["contradicted_at"])
        parties = {PartyRole.PROVIDER: row.provider}
        events.emit(actor, "coverage.contradicted", row, parties, {"refusals": refusals})
    return True
