"""Zones as GeoJSON (RFC 7946) to take away, and what such a file says of each when it comes back.

What a zone says stands in properties that begin with `coverage_`: programs keep them, and no other
file has them by chance. Outlines are stored as the RFC wants them: outer rings counter-clockwise,
holes clockwise, cut at the 180th meridian.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from core.errors import DomainError
from locations.models import CoverageZone, ServiceCategory

_PREFIX = "coverage_"
_TEXTS = ("state", "technology", "source")
_LONGEST = {"state": 15, "technology": 30, "source": 100}


@dataclass(frozen=True, slots=True)
class Said:
    """What a feature says of its own zone; the rest is given with the file."""

    category: ServiceCategory | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    is_active: bool = True


def said_in(properties: Mapping[str, Any], categories: Mapping[str, ServiceCategory]) -> Said:
    """Reads the `coverage_` properties of a feature. Raises DomainError for a value that is none.

    `categories`: those that can be stated, by code.
    """
    given = {
        name.removeprefix(_PREFIX): value
        for name, value in properties.items()
        if isinstance(name, str) and name.startswith(_PREFIX) and value is not None
    }
    terms: dict[str, Any] = {name: _text(name, given[name]) for name in _TEXTS if name in given}
    if "state" in terms:
        # The whole of it is said: what is not there is empty.
        terms = {"technology": "", "source": "", "max_speed": None, "expires_at": None} | terms
        terms["planned_from"] = None
    if "max_speed" in given:
        terms["max_speed"] = _speed(given["max_speed"])
    if "planned_from" in given:
        terms["planned_from"] = _read(parse_date, "planned_from", given["planned_from"])
    if "expires_at" in given:
        terms["expires_at"] = _read(parse_datetime, "expires_at", given["expires_at"])
    return Said(
        _category(given["category"], categories) if "category" in given else None,
        terms,
        given.get("is_active", True) is not False,
    )


def zones_as_geojson(zones: Iterable[CoverageZone]) -> Iterator[str]:
    """A FeatureCollection, piece by piece: zones have up to 20,000 points each."""
    yield '{"type": "FeatureCollection", "features": ['
    for number, zone in enumerate(zones):
        yield (",\n" if number else "\n") + json.dumps(_feature(zone), ensure_ascii=False)
    yield "\n]}\n"


def _feature(zone: CoverageZone) -> dict[str, Any]:
    said = {
        "category": zone.category.code,
        "state": zone.state,
        "technology": zone.technology or None,
        "max_speed": zone.max_speed,
        "planned_from": zone.planned_from and zone.planned_from.isoformat(),
        "source": zone.source or None,
        "stated_at": zone.stated_at.isoformat(),
        "expires_at": zone.expires_at and zone.expires_at.isoformat(),
        "is_active": zone.is_active,
    }
    properties = {f"{_PREFIX}{name}": value for name, value in said.items() if value is not None}
    return {
        "type": "Feature",
        "properties": {"name": zone.name, **properties},
        "geometry": zone.geometry,
    }


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST[name] or not value.isprintable():
        raise _unreadable(name)
    return value


def _speed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unreadable("max_speed")
    return value


def _read(parse: Any, name: str, value: Any) -> Any:
    try:
        found = parse(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or getattr(found, "tzinfo", True) is None:
        raise _unreadable(name)
    return found


def _category(code: Any, categories: Mapping[str, ServiceCategory]) -> ServiceCategory:
    found = categories.get(code) if isinstance(code, str) else None
    if found is None:
        raise _unreadable("category")
    return found


def _unreadable(name: str) -> DomainError:
    return DomainError(
        _("“%(name)s” has a value that it cannot have.") % {"name": f"{_PREFIX}{name}"},
        field="file",
    )
