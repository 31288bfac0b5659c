"""What `pages` puts into the frame and on the homes of all."""

from django.utils.translation import gettext_lazy as _

from core.navigation import Section, register
from pages.homes import events  # noqa: F401 - contributes its panel

register(Section("home", _("Home"), "home", "home", order=0, staff=True, phone=True))
