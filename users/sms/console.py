"""For development: the message stands in the worker's output."""

import sys

from users.sms.base import Gateway


class ConsoleGateway(Gateway):
    def send(self, phone: str, text: str) -> None:
        sys.stdout.write(f"SMS → {phone}: {text}\n")
        sys.stdout.flush()
