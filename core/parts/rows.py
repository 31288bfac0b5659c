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
    """One thing that happened. `who` did it; `text` is shown with its line breaks kept.

    Tones are those of badges, and "internal": kept within the reader's organization.
    """

    icon: str
    title: Text
    moment: datetime
    text: str = ""
    who: str = ""
    url: str = ""
    tone: str = "neutral"
    # Since the reader looked last.
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a definition list; one without value is left out."""

    label: Text
    value: object
    url: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file to take. `note` says what it is; `thumbnail` and `preview` are addresses of pictures.

    `remove_url` takes a POST where the reader may remove it.
    """

    name: str
    url: str
    size: int
    moment: datetime | None = None
    who: str = ""
    note: Text = ""
    icon: str = "file"
    thumbnail: str = ""
    preview: str = ""
    remove_url: str = ""
