"""Attributes of plans: what a category asks of them, and what their values may be."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from subscriptions.models import CategoryAttribute

TEXT_LENGTH = 60
MAX_NUMBER = Decimal(10) ** 9
# The input of an attribute in forms, and what an error names as its field.
FIELD_PREFIX = "attribute_"


def clean_attributes(
    attributes: list[CategoryAttribute], given: Mapping[str, Any]
) -> dict[str, int | float | str | bool]:
    """The values of `given` as they are stored, by code; what is not given is left out.

    Raises DomainError with `field` "attribute_<code>" for a value that cannot be, a required one
    that is missing, or one the category does not have.
    """
    unknown = set(given) - {attribute.code for attribute in attributes}
    if unknown:
        raise DomainError(
            _("Plans of this category have no “%(name)s”.") % {"name": min(unknown)},
            field=FIELD_PREFIX + min(unknown),
        )
    cleaned: dict[str, int | float | str | bool] = {}
    for attribute in attributes:
        value = given.get(attribute.code)
        if attribute.kind == CategoryAttribute.Kind.FLAG:
            cleaned[attribute.code] = bool(value)
        elif value not in (None, ""):
            cleaned[attribute.code] = _clean_value(attribute, value)
        elif attribute.is_required:
            raise _refused(attribute, _("Fill in “%(name)s”.") % {"name": attribute.name})
    return cleaned


def _clean_value(attribute: CategoryAttribute, value: Any) -> int | float | str:
    if attribute.kind == CategoryAttribute.Kind.TEXT:
        text = " ".join(str(value).split())
        if len(text) > TEXT_LENGTH:
            raise _refused(
                attribute,
                _("Use at most %(length)s characters.") % {"length": TEXT_LENGTH},
            )
        return text
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation as error:
        raise _refused(attribute, _("Write a number.")) from error
    # The order matters: NaN compares with nothing.
    if not number.is_finite() or not 0 <= number <= MAX_NUMBER:
        raise _refused(attribute, _("Write a number that is not negative."))
    return int(number) if number == number.to_integral_value() else float(number)


def _refused(attribute: CategoryAttribute, message: str) -> DomainError:
    return DomainError(message, field=FIELD_PREFIX + attribute.code)
