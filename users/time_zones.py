"""Time zones that people choose from."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# One name per offset of Russia, west to east; others may still be stored.
TIME_ZONES: list[tuple[str, Promise]] = [
    ("Europe/Kaliningrad", _("Kaliningrad, UTC+2")),
    ("Europe/Moscow", _("Moscow, UTC+3")),
    ("Europe/Samara", _("Samara, UTC+4")),
    ("Asia/Yekaterinburg", _("Yekaterinburg, UTC+5")),
    ("Asia/Omsk", _("Omsk, UTC+6")),
    ("Asia/Novosibirsk", _("Novosibirsk, UTC+7")),
    ("Asia/Irkutsk", _("Irkutsk, UTC+8")),
    ("Asia/Yakutsk", _("Yakutsk, UTC+9")),
    ("Asia/Vladivostok", _("Vladivostok, UTC+10")),
    ("Asia/Magadan", _("Magadan, UTC+11")),
    ("Asia/Kamchatka", _("Kamchatka, UTC+12")),
]


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Raises ValidationError for a name that the time zone database lacks."""
    if name not in _known():
        raise ValidationError(_("There is no such time zone."), code="invalid")


def zone(name: str, default: str) -> ZoneInfo:
    """The zone called `name`, or `default` when the name is empty."""
    return ZoneInfo(name or default)
