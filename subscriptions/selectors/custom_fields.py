"""Reads of providers' own fields: for a request's page, for columns of lists, for exports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.parts.lists import Column
from core.prepared import Prepared
from subscriptions.choices import INSTALLING, FieldKind, FieldSide
from subscriptions.models import ConnectionRequest, CustomField, RequestFields
from subscriptions.services.custom_fields import (
    fillable,
    number_in_words,
    sides_in_fields,
)

# More own columns than so many no list can show.
COLUMNS_AT_MOST = 40
_FIELDS = Prepared(lambda provider: CustomField.objects.filter(provider_id=provider))
_VALUES = Prepared(lambda request: RequestFields.objects.filter(request_id=request))


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of one request, as it is read."""

    code: str
    label: str
    shown: str
    needed: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class FilledIn:
    """What the fields of a request hold, as far as the actor sees them."""

    lines: list[FieldLine]
    fields: list[CustomField]  # those that the actor may fill in
    values: Mapping[str, Any]
    version: int


def filled_in(actor: Actor, request: ConnectionRequest) -> FilledIn | None:
    """The fields of the request, two queries; None when there is nothing the actor may see.

    Of archived fields only those that hold something.
    """
    sides = sides_in_fields(actor, request)
    if not sides or request.kind not in INSTALLING:
        return None
    fields = [
        field
        for field in _FIELDS.fetch(request.provider_id)
        if field.is_for(request.category_id) and field.is_seen_by(sides)
    ]
    if not fields:
        return None
    kept = next(iter(_VALUES.fetch(request.pk)), None)
    values = kept.values if kept else {}
    shown = [field for field in fields if field.archived_at is None or field.code in values]
    if not shown:
        return None
    return FilledIn(
        [_line(field, values.get(field.code)) for field in shown],
        fillable(actor, request, fields),
        {field.code: values[field.code] for field in shown if field.code in values},
        kept.version if kept else 0,
    )


def _line(field: CustomField, value: Any) -> FieldLine:
    return FieldLine(
        field.code,
        field.label,
        value_in_words(field, value),
        field.needed,
        field.seen_by == FieldSide.PROVIDER,
    )


def value_in_words(field: CustomField, value: Any) -> str:
    """A kept value as people read it; "" for none."""
    if value is None or value == "":
        return ""
    if field.kind == FieldKind.FLAG:
        return _("yes") if value else _("no")
    if field.kind == FieldKind.DATE:
        return date_format(date.fromisoformat(value), "d.m.Y")
    if field.kind == FieldKind.NUMBER:
        number = number_in_words(Decimal(value))
        return f"{number} {field.unit}" if field.unit else number
    return str(value)


# --- lists and exports ------------------------------------------------------------------------
def columns_for(actor: Actor) -> list[Column]:
    """The own fields that a list of the actor's requests may have as columns, by their codes.

    A provider has its own; who files has those that the providers on sale let them see, with the
    provider's name. One query; none for holders.
    """
    return [
        Column(field.code, _column_label(actor, field), numeric=field.kind == FieldKind.NUMBER)
        for field in _fields_of(actor)
    ]


def values_of(actor: Actor, request_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """By request and code, in words: what the actor may see of it. Two queries.

    Requests that are not the actor's to see, or hold nothing, are left out.
    """
    fields = {field.code: field for field in _fields_of(actor)}
    if not fields or not request_ids:
        return {}
    theirs = ConnectionRequest.objects.visible_to(actor).filter(pk__in=list(request_ids))
    found: dict[int, dict[str, str]] = {}
    for row in RequestFields.objects.filter(request__in=theirs):
        words = {
            code: value_in_words(fields[code], value)
            for code, value in row.values.items()
            if code in fields
        }
        if words:
            found[row.request_id] = words
    return found


def _fields_of(actor: Actor) -> Sequence[CustomField]:
    rows = CustomField.objects.filter(archived_at__isnull=True)
    if actor.kind == OrganizationKind.PROVIDER:
        return list(rows.filter(provider_id=actor.organization_id)[:COLUMNS_AT_MOST])
    if actor.kind in (OrganizationKind.AGENCY, OrganizationKind.BUILDER):
        seen = rows.filter(
            seen_by=FieldSide.BOTH,
            provider__is_active=True,
            provider__is_sandbox=actor.organization.is_sandbox,
        )
        named = seen.select_related("provider").order_by("provider__name", "position", "pk")
        return list(named[:COLUMNS_AT_MOST])
    return []


def _column_label(actor: Actor, field: CustomField) -> str:
    if actor.kind == OrganizationKind.PROVIDER:
        return field.caption
    return f"{field.provider.name}: {field.caption}"
