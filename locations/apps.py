"""Address tree, coverage, availability."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LocationsConfig(AppConfig):
    name = "locations"
    verbose_name = _("Locations")

    def ready(self) -> None:
        from locations import checks  # noqa: F401
