"""Text messages: through the gateway that SMS_URL names, one class in one file each.

To add one: a module here with a subclass of `Gateway`, and its scheme in `GATEWAYS`. The contract
that all pass is in `users/tests/test_sms.py`.
"""

from urllib.parse import urlsplit

from django.conf import settings

from users.sms.base import Gateway
from users.sms.console import ConsoleGateway
from users.sms.http import HTTPGateway
from users.sms.memory import MemoryGateway

GATEWAYS: dict[str, type[Gateway]] = {
    "console": ConsoleGateway,
    "memory": MemoryGateway,
    "http": HTTPGateway,
    "https": HTTPGateway,
}


def is_set_up() -> bool:
    return bool(settings.SMS_URL)


def gateway() -> Gateway:
    """The gateway of SMS_URL. Raises LookupError when none is set up."""
    if not is_set_up():
        raise LookupError("SMS_URL is not set: text messages go nowhere.")
    return GATEWAYS[urlsplit(settings.SMS_URL).scheme](settings.SMS_URL)


__all__ = ["GATEWAYS", "Gateway", "gateway", "is_set_up"]
