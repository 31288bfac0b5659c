"""For tests: messages are kept in a list of the process."""

from dataclasses import dataclass

from users.sms.base import Gateway


@dataclass(frozen=True, slots=True)
class Sent:
    phone: str
    text: str


outbox: list[Sent] = []


class MemoryGateway(Gateway):
    def send(self, phone: str, text: str) -> None:
        outbox.append(Sent(phone, text))
