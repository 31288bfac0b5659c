"""Categories and their attributes: small tables that every answer needs, read once a minute."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.cache import caches
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core.parts.text import grouped
from locations.models import ServiceCategory
from subscriptions.models import CategoryAttribute
from users.models import Organization

CACHE_KEY = "subscriptions.catalogue"
NAMES_KEY = "subscriptions.providers"
CACHE_SECONDS = 60


class Attribute(NamedTuple):
    """A property of plans of a category, as its row in `CategoryAttribute`.

    A tuple, as `Category` is: every answer takes them out of a cache, and tuples come quickest.
    """

    code: str
    kind: str
    name_ru: str
    name_en: str
    unit_ru: str
    unit_en: str
    is_required: bool

    @property
    def name(self) -> str:
        return self.name_en if translation.get_language() == "en" else self.name_ru

    @property
    def unit(self) -> str:
        return self.unit_en if translation.get_language() == "en" else self.unit_ru

    def written(self, value: Any) -> str:
        """`value` as a reader sees it, with its unit: "300 Mbit/s", "yes"."""
        if self.kind == CategoryAttribute.Kind.FLAG:
            return _("yes") if value else _("no")
        if self.kind == CategoryAttribute.Kind.NUMBER:
            value = grouped(value) if isinstance(value, int) else number_format(value)
        return f"{value}\N{NO-BREAK SPACE}{self.unit}" if self.unit else str(value)


class Category(NamedTuple):
    """A service category with its attributes, in their order."""

    pk: int
    code: str
    name_ru: str
    name_en: str
    icon: str
    attributes: tuple[Attribute, ...]

    @property
    def name(self) -> str:
        return self.name_en if translation.get_language() == "en" else self.name_ru

    def written(self, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """(name, value with unit) of each attribute that `values` holds, in order."""
        return tuple(
            (attribute.name, attribute.written(values[attribute.code]))
            for attribute in self.attributes
            if values.get(attribute.code) not in (None, "")
        )

    def main(self, values: Mapping[str, Any]) -> str:
        """The value of the first attribute, "" where a plan does not have it."""
        first = self.attributes[0] if self.attributes else None
        value = values.get(first.code) if first else None
        return first.written(value) if first and value not in (None, "") else ""

    def details(self, values: Mapping[str, Any]) -> str:
        """The attributes after the first in a line: "router included · channels: 180"."""
        return " · ".join(
            attribute.name
            if values[attribute.code] is True
            else f"{attribute.name}: {attribute.written(values[attribute.code])}"
            for attribute in self.attributes[1:]
            if values.get(attribute.code) not in (None, "", False)
        )


def categories() -> tuple[Category, ...]:
    """Active categories in the order of the catalogue; at most a minute old."""
    found: tuple[Category, ...] = caches["local"].get_or_set(CACHE_KEY, _read, CACHE_SECONDS)  # type: ignore[assignment]
    return found


def category_coded(code: str) -> Category | None:
    """The active category with this code."""
    return next((category for category in categories() if category.code == code), None)


def provider_names(*, sandbox: bool = False) -> dict[int, str]:
    """Names of working providers by id, of the real world or of the sandbox; a minute old."""
    found: dict[int, str] = caches["local"].get_or_set(  # type: ignore[assignment]
        f"{NAMES_KEY}.{sandbox}",
        lambda: dict(
            Organization.objects.working_providers()
            .filter(is_sandbox=sandbox)
            .values_list("pk", "name")
        ),
        CACHE_SECONDS,
    )
    return found


def _read() -> tuple[Category, ...]:
    attributes: dict[int, list[Attribute]] = {}
    for row in CategoryAttribute.objects.order_by("position", "pk"):
        attributes.setdefault(row.category_id, []).append(
            Attribute(
                row.code,
                row.kind,
                row.name_ru,
                row.name_en,
                row.unit_ru,
                row.unit_en,
                row.is_required,
            )
        )
    return tuple(
        Category(
            row.pk,
            row.code,
            row.name_ru,
            row.name_en,
            row.icon,
            tuple(attributes.get(row.pk, ())),
        )
        for row in ServiceCategory.objects.filter(is_active=True).order_by("position", "code")
    )
