"""What a statement of coverage says, checked: the same for zones and for buildings."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from locations.models import CoverageState


class TermsGiven(TypedDict, total=False):
    """Terms as services take them: the fields of `Terms` by keyword."""

    state: str
    technology: str
    max_speed: int | None
    planned_from: date | None
    expires_at: datetime | None
    source: str


# Of which a change in bulk may change any.
TERMS = ("state", "technology", "max_speed", "planned_from", "expires_at", "source")


def terms_of(statement: Any) -> dict[str, Any]:
    """What a zone or a statement says, as services take it."""
    return {name: getattr(statement, name) for name in TERMS}


@dataclass(frozen=True, slots=True)
class Terms:
    """Technology ("" for any), maximum speed in Mbit/s, state, and how long it holds.

    Raises DomainError with `field` for terms that contradict themselves.
    """

    state: str = CoverageState.AVAILABLE
    technology: str = ""
    max_speed: int | None = None
    planned_from: date | None = None
    expires_at: datetime | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if self.state not in CoverageState.values:
            raise DomainError(_("Choose a state."), field="state")
        if self.state == CoverageState.PLANNED and self.planned_from is None:
            raise DomainError(_("Say from which date it is planned."), field="planned_from")
        if self.max_speed is not None and not 0 < self.max_speed <= 1_000_000:
            raise DomainError(_("Give a speed from 1 to 1,000,000 Mbit/s."), field="max_speed")
        if self.expires_at is not None and self.expires_at <= clock.now():
            raise DomainError(_("This date has passed."), field="expires_at")

    def fields(self) -> dict[str, Any]:
        """Values of the model's fields; a date of a plan is kept for a plan alone."""
        planned = self.state == CoverageState.PLANNED
        return {
            "state": self.state,
            "technology": self.technology.strip(),
            "max_speed": self.max_speed,
            "planned_from": self.planned_from if planned else None,
            "expires_at": self.expires_at,
            "source": self.source.strip(),
        }
