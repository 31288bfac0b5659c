"""Ways to tell a person something outside of the portal: one class in one file each.

To add one: a module here with a subclass of `Channel`, its class in `CHANNELS`. The contract that
all pass is `core/tests/test_channels.py`.
"""

from core.errors import Text
from core.notifications.channels.base import Channel, Message
from core.notifications.channels.mail import MailChannel

CHANNELS: tuple[type[Channel], ...] = (MailChannel,)


def channels() -> list[Channel]:
    return [channel() for channel in CHANNELS]


def channel_named(name: str) -> Channel:
    """Raises LookupError for a channel that this version does not have."""
    for channel in CHANNELS:
        if channel.name == name:
            return channel()
    raise LookupError(f"There is no channel {name!r}.")


def channel_label(name: str) -> Text:
    """What a channel is called; its name when this version does not have it."""
    return next((channel.label for channel in CHANNELS if channel.name == name), name)


__all__ = ["Channel", "Message", "channel_label", "channel_named", "channels"]
