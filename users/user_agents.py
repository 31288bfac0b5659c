"""Browser and system out of what a browser says of itself, in the words people use."""

import re

from django.utils.translation import gettext as _

# The first that fits: most browsers name others too, to be taken for them.
_BROWSERS = [
    ("YaBrowser/", "Яндекс Браузер"),
    ("EdgA?/|EdgiOS/|Edge/", "Edge"),
    ("OPR/|Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("HeadlessChrome/|Chrome/|CriOS/", "Chrome"),
    ("Version/.*Safari/", "Safari"),
]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows NT|Win64|Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X|Macintosh", "macOS"),
    ("Linux|X11", "Linux"),
]


def device_name(user_agent: str) -> str:
    """ "Chrome, Windows"; for what says neither, words that admit it."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    return ", ".join(filter(None, [browser, system])) or _("Unknown device")


def is_handheld(user_agent: str) -> bool:
    return _first(_SYSTEMS, user_agent) in {"iPhone", "iPad", "Android"}


def _first(rows: list[tuple[str, str]], user_agent: str) -> str:
    return next((name for pattern, name in rows if re.search(pattern, user_agent)), "")
