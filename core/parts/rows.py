"""What pages hand to the stepper, the timeline, file lists and definition lists."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

Text = str | Promise

STEP_STATES = frozenset({"done", "current", "todo", "stopped"})


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the way; `state` is done, current, todo, or stopped (the way ended here)."""

    label: Text
    state: str
    note: Text = ""

    def __post_init__(self) -> None:
        if self.state not in STEP_STATES:
            raise ValueError(f"{self.state!r} is not a state of a step.")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened. `who` did it; `text` is shown with its line breaks kept."""

    icon: str
    title: Text
    moment: datetime
    text: str = ""
    who: str = ""
    url: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a definition list; one without value is left out."""

    label: Text
    value: object
    url: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    name: str
    url: str
    size: int
    moment: datetime | None = None
    who: str = ""
