"""Light, dark, or as the system says: kept in a cookie, so that the server draws it at once."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

COOKIE = "theme"
AUTO = "auto"
THEMES = {AUTO: _("As the system"), "light": _("Light"), "dark": _("Dark")}
COOKIE_AGE = 60 * 60 * 24 * 365


def theme_of(request: HttpRequest) -> str:
    """ "light", "dark", or "auto" when nothing valid was chosen."""
    chosen = request.COOKIES.get(COOKIE, AUTO)
    return chosen if chosen in THEMES else AUTO
