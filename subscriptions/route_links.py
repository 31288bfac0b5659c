"""Links by which a crew finds its way: addresses of map programs, chosen by ROUTE_LINKS.

They are plain links that a person presses: no page loads anything from these hosts.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the names of `Estconnect.environment.ROUTE_PROGRAMS`.
_PROGRAMS: dict[str, tuple[str | Promise, str]] = {
    "yandex": (
        _("Yandex Maps"),
        "https://yandex.ru/maps/?rtext=~{latitude}%2C{longitude}&rtt=auto",
    ),
    "2gis": (_("2GIS"), "https://2gis.ru/routeSearch/rsType/car/to/{longitude},{latitude}"),
    "google": (
        _("Google Maps"),
        "https://www.google.com/maps/dir/?api=1&destination={latitude},{longitude}",
    ),
    # RFC 5870: whatever the phone opens such addresses with.
    "geo": (_("Navigator"), "geo:{latitude},{longitude}?q={latitude},{longitude}"),
}


@dataclass(frozen=True, slots=True)
class RouteLink:
    label: str | Promise
    url: str


def routes_to(latitude: float, longitude: float) -> list[RouteLink]:
    """The links to a point, in the order of the setting."""
    return [
        RouteLink(label, url.format(latitude=f"{latitude:.6f}", longitude=f"{longitude:.6f}"))
        for label, url in (_PROGRAMS[name] for name in settings.ROUTE_LINKS)
    ]
