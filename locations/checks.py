"""System checks of this app: settings that only it understands."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from locations.geocoding import GEOCODERS


@register
def geocoders_can_be_asked(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Said at the start, without the address: it holds a key."""
    found: list[CheckMessage] = []
    for name, url in settings.GEOCODER_URLS.items():
        try:
            if url:
                GEOCODERS[name](url)
        except (ValueError, KeyError) as error:
            variable = f"GEOCODER_{name.upper()}_URL"
            hint = "See .env_example."
            found.append(Error(f"{variable}: {error}", hint=hint, id="locations.E001"))
    return found
