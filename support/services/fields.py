"""Values of the fields that a category has: what is typed, before it is kept with a ticket."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from subscriptions.models import CustomField
from subscriptions.services.custom_fields import FIELD_PREFIX, clean_value
from support.models import CategoryField, TicketCategory

Values = dict[str, str | bool]


def fields_of(category: TicketCategory | None, *, internal: bool) -> list[CategoryField]:
    """The fields in use of a category, in their order; those of the staff alone if `internal`."""
    if category is None:
        return []
    rows = CategoryField.objects.filter(category=category, archived_at__isnull=True)
    return list(rows if internal else rows.filter(is_internal=False))


def clean_fields(
    category: TicketCategory | None, typed: Mapping[str, Any], *, internal: bool
) -> Values:
    """Public id of the field → value, of what was typed. What is not a field is refused.

    `internal`: a member of the staff fills in, of whom nothing is required. Raises DomainError with
    field "field_<public id>".
    """
    known = {field.public_id: field for field in fields_of(category, internal=internal)}
    if unknown := set(typed) - set(known):
        raise DomainError(
            _("There is no such field here."), field=f"{FIELD_PREFIX}{min(map(str, unknown))}"
        )
    values: Values = {}
    for public_id, field in known.items():
        value = _cleaned(field, typed.get(public_id))
        if value is not None:
            values[public_id] = value
        elif field.is_required and not internal:
            raise DomainError(_("Fill this in."), field=f"{FIELD_PREFIX}{public_id}")
    return values


def _cleaned(field: CategoryField, typed: Any) -> str | bool | None:
    """By the rules that providers' own fields have."""
    if isinstance(typed, bool):
        typed = "yes" if typed else "no"
    rules = CustomField(public_id=field.public_id, kind=field.kind, choices=field.choices)
    return clean_value(rules, typed)


def refilled(
    category: TicketCategory | None, kept: Mapping[str, Any], typed: Mapping[str, Any]
) -> Values:
    """The values of a ticket after the desk has filled in `typed` (public id → text).

    What is not in `typed` stays, also what an earlier category had; an empty text takes a value
    away. Raises DomainError with field "field_<public id>".
    """
    cleaned = clean_fields(category, typed, internal=True)
    stay = {key: value for key, value in kept.items() if key not in typed}
    return stay | cleaned
