"""The front door for machines and for those who build on the portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevelopersConfig(AppConfig):
    name = "developers"
    verbose_name = _("Developers")
