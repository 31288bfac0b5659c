"""What every channel promises."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from core.errors import Text


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told, in the reader's language. `key` is the same whenever it is sent again."""

    key: str
    title: str
    # What it is about, and for which organization of the reader.
    subject: str
    organization: str
    # Absolute, made from SITE_URL.
    url: str


class Channel(ABC):
    """One way to reach people. Knows its own protocol and nothing else; keeps no state."""

    name: ClassVar[str]
    label: ClassVar[Text]
    # Not used for kinds of which the app writes a letter itself (`EventKind.mailed`).
    is_letter: ClassVar[bool] = False

    @abstractmethod
    def reachable(self, user_ids: Collection[int]) -> set[int]:
        """Those of `user_ids` that this channel can reach now, in one query or none."""

    @abstractmethod
    def send(self, message: Message, user: Any) -> None:
        """Sends one message; returns when the receiver's side has taken it.

        Ends within a minute. Raises PermanentFailure when trying again cannot help and
        TemporaryFailure when it may; their text names no person and no address.
        """
