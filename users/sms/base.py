"""What every gateway promises."""

from abc import ABC, abstractmethod


class Gateway(ABC):
    """One way to send a text message. Knows its own protocol and nothing else; keeps no state."""

    def __init__(self, url: str) -> None:
        self.url = url

    @abstractmethod
    def send(self, phone: str, text: str) -> None:
        """Sends `text` to `phone` (+79123456789); returns when the gateway has taken it.

        Ends within half a minute. Raises PermanentFailure when trying again cannot help and
        TemporaryFailure when it may; their text names no phone, no secret and no text.
        """
