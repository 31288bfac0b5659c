"""Fields of a provider's own: what managers set up, what may be filled in, and when it must be.

What is typed becomes a value in `clean_value` alone: pages, imports and the API all come here.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from core.querysets import get_visible
from core.workflow import touched
from locations.models import ServiceCategory
from subscriptions.choices import INSTALLING, FieldKind, FieldNeeded, FieldSide
from subscriptions.models import ConnectionRequest, CustomField, RequestFields
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.rights import keeps_plans
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.input import clean_text
from subscriptions.services.requests.notes import may_contribute, own_party

Value = str | bool
Values = dict[str, Value]
# The input of a field in forms, and what an error names as its field.
FIELD_PREFIX = "field_"
TEXT_LENGTH, LINES_LENGTH = 300, 2000
FIELDS_AT_MOST = 60
CHOICES_AT_MOST, CHOICE_LENGTH = 50, 80
EDITABLE = (
    "label", "hint", "unit", "least", "most", "choices", "needed", "seen_by", "filled_by",
    "position",
)  # fmt: skip
YES, NO = "yes", "no"
# As many digits as anyone measures, and no more than a column of the export holds.
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


# --- what is typed ----------------------------------------------------------------------------
def clean_value(field: CustomField, typed: Any) -> Value | None:
    """The value to keep of what was typed; None for nothing. Raises DomainError with `field`.

    Numbers with a comma or a point, days as 2026-11-27 or 27.11.2026, yes and no as "yes", "no".
    """
    text = clean_text(typed, LINES_LENGTH, FIELD_PREFIX + field.code)
    if not text:
        return None
    return _CLEANERS[FieldKind(field.kind)](field, text)


def _text(field: CustomField, text: str) -> str:
    line = " ".join(text.split())
    if len(line) > TEXT_LENGTH:
        raise _refused(
            field, _("Make it shorter: at most %(limit)s characters.") % {"limit": TEXT_LENGTH}
        )
    return line


def _number(field: CustomField, text: str) -> str:
    compact = "".join(text.split()).replace(",", ".").replace("−", "-")
    if not _NUMBER.fullmatch(compact):
        raise _refused(field, _("Write a number."))
    number = Decimal(compact)
    if field.least is not None and number < field.least:
        raise _refused(field, _("At least %(limit)s.") % {"limit": number_in_words(field.least)})
    if field.most is not None and number > field.most:
        raise _refused(field, _("At most %(limit)s.") % {"limit": number_in_words(field.most)})
    return format(number, "f")


def _date(field: CustomField, text: str) -> str:
    spelled = _DAY_FIRST.fullmatch(text)
    try:
        day = (
            date(int(spelled[3]), int(spelled[2]), int(spelled[1])) if spelled else parse_date(text)
        )
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2200:
        raise _refused(field, _("Write a day, like 27.11.2026."))
    return day.isoformat()


def _choice(field: CustomField, text: str) -> str:
    if text not in field.choices:
        raise _refused(field, _("Choose one of the list."))
    return text


def _flag(field: CustomField, text: str) -> bool:
    if text.lower() not in (YES, NO, "true", "false"):
        raise _refused(field, _("Choose yes or no."))
    return text.lower() in (YES, "true")


_CLEANERS: dict[FieldKind, Any] = {
    FieldKind.TEXT: _text,
    FieldKind.LINES: lambda field, text: text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.FLAG: _flag,
}


def number_in_words(number: Decimal) -> str:
    """Without zeros at the end, and with the comma that is written here: "2,5"."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def clean_values(
    fields: Sequence[CustomField], typed: Mapping[str, Any]
) -> tuple[dict[str, Value | None], dict[str, str]]:
    """By code: what to keep of those that were typed, and what is wrong with the others."""
    values: dict[str, Value | None] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        if field.code in typed:
            try:
                values[field.code] = clean_value(field, typed[field.code])
            except DomainError as error:
                wrong[field.code] = str(error.message)
    return values, wrong


def _refused(field: CustomField, message: str) -> DomainError:
    return DomainError(message, field=FIELD_PREFIX + field.code)


# --- on a request -----------------------------------------------------------------------------
def sides_in_fields(actor: Actor, request: ConnectionRequest) -> frozenset[FieldSide]:
    """As whom the actor reads and fills in; empty for a holder that did not file."""
    if actor.organization_id is None:
        everyone = actor.system or actor.is_admin
        return frozenset({FieldSide.AGENT, FieldSide.PROVIDER}) if everyone else frozenset()
    sides = {FieldSide.AGENT: request.owner_id, FieldSide.PROVIDER: request.provider_id}
    return frozenset(side for side, party in sides.items() if party == actor.organization_id)


def fields_for(request: ConnectionRequest) -> list[CustomField]:
    """The fields of the request's provider for its category, in their order; also archived ones."""
    if request.kind not in INSTALLING:
        return []
    rows = CustomField.objects.filter(provider_id=request.provider_id)
    return [field for field in rows if field.is_for(request.category_id)]


def fillable(
    actor: Actor, request: ConnectionRequest, fields: Sequence[CustomField]
) -> list[CustomField]:
    """Those that the actor may fill in now."""
    if request.state in FINAL_STATES or not may_contribute(actor, request):
        return []
    sides = sides_in_fields(actor, request)
    return [
        field
        for field in fields
        if field.archived_at is None and field.is_seen_by(sides) and field.is_filled_by(sides)
    ]


def fill_in(
    actor: Actor,
    request: ConnectionRequest,
    typed: Mapping[str, Any],
    *,
    version: int | None = None,
) -> Values:
    """Keeps what was typed (code of the field → text) and returns all values of the request.

    What is not in `typed` stays; an empty text takes a value away. `version` is what the actor saw
    (0: nothing was filled in yet). MEMBERs of both sides fill in what is theirs, while the request
    is open. Raises NotVisible, Forbidden, Conflict, or DomainError with `field` "field_<code>".
    """
    get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
        fields = fillable(actor, row, fields_for(row))
        _refuse_others(typed, fields)
        kept = RequestFields.objects.filter(request=row).first()
        if version is not None and version != (kept.version if kept else 0):
            raise Conflict(_("Someone filled this in while you were looking."))
        values: Values = dict(kept.values) if kept else {}
        changed = _put(values, fields, typed)
        if changed:
            _save_values(row, kept, values)
            _tell_filled(actor, row, [field for field in fields if field.code in changed])
    return values


def _refuse_others(typed: Mapping[str, Any], fields: Sequence[CustomField]) -> None:
    if set(typed) - {field.code for field in fields}:
        raise Forbidden(_("You cannot fill this in, or not any more."))


def _put(values: Values, fields: Sequence[CustomField], typed: Mapping[str, Any]) -> set[str]:
    """Changes `values`; the codes of what is other than before."""
    changed = set()
    for field in fields:
        if field.code not in typed:
            continue
        value = clean_value(field, typed[field.code])
        if value == values.get(field.code):
            continue
        changed.add(field.code)
        if value is None:
            del values[field.code]
        else:
            values[field.code] = value
    return changed


def _save_values(row: ConnectionRequest, kept: RequestFields | None, values: Values) -> None:
    now = clock.now()
    if kept is None:
        RequestFields.objects.create(request=row, values=values, updated_at=now)
        return
    kept.values = values
    kept.version += 1
    kept.updated_at = now
    kept.save()


def _tell_filled(actor: Actor, row: ConnectionRequest, fields: Sequence[CustomField]) -> None:
    """The other side is told of what it sees, and does not hear of the rest."""
    groups = {
        "request.fields_changed": [one for one in fields if one.seen_by == FieldSide.BOTH],
        "request.own_fields_changed": [one for one in fields if one.seen_by != FieldSide.BOTH],
    }
    for kind, told in groups.items():
        if not told:
            continue
        own = kind == "request.own_fields_changed"
        parties = own_party(actor, row) if own else parties_of(row)
        if own and not parties:
            # Staff of no organization filled in what is the provider's alone.
            parties = {PartyRole.PROVIDER: row.provider}
        emit(
            actor,
            kind,
            row,
            parties,
            {"number": row.number, "fields": [field.code for field in told]},
        )


# --- setting up -------------------------------------------------------------------------------
def keeps_fields(actor: Actor) -> bool:
    """Whether the actor sets up what its requests ask for: MANAGERs of a working provider."""
    return keeps_plans(actor)


def create_field(
    actor: Actor, *, kind: str, category: ServiceCategory | None = None, **fields: Any
) -> CustomField:
    """Adds a field to the requests of the actor's provider; `fields` are of EDITABLE.

    `choices` are given as texts. Without `position` it comes last. Raises Forbidden, or DomainError
    with `field`.
    """
    if not keeps_fields(actor):
        raise Forbidden(_("Only a manager of a verified provider sets up fields."))
    if kind not in FieldKind.values:
        raise DomainError(_("Choose what is filled in."), field="kind")
    now = clock.now()
    theirs = CustomField.objects.filter(provider=actor.organization)
    if theirs.filter(archived_at__isnull=True).count() >= FIELDS_AT_MOST:
        raise DomainError(_("There are enough fields already: archive one first."), field="label")
    last = theirs.order_by("-position").values_list("position", flat=True).first()
    field = CustomField(
        provider=actor.organization,
        category=category,
        kind=kind,
        position=0 if last is None else last + 1,
        created_at=now,
        updated_at=now,
    )
    _assign(field, fields)
    with transaction.atomic():
        field.save(force_insert=True)
        emit(actor, "custom_field.created", field, {PartyRole.PROVIDER: field.provider})
    return field


def change_field(actor: Actor, field: CustomField, *, version: int, **fields: Any) -> CustomField:
    """Sets the given fields of EDITABLE; what it is, and for which service, stays as it was made.

    Raises NotVisible, Forbidden, Conflict, or DomainError with `field`.
    """
    with transaction.atomic():
        row = _own_row(actor, field)
        if row.version != version:
            raise Conflict(_("Someone changed this field while you were editing."))
        before = {name: getattr(row, name) for name in EDITABLE}
        _assign(row, fields)
        changed = [name for name, value in before.items() if getattr(row, name) != value]
        if changed:
            touched(row)
            row.save()
            parties = {PartyRole.PROVIDER: row.provider}
            emit(actor, "custom_field.changed", row, parties, {"fields": changed})
    return row


def archive_field(actor: Actor, field: CustomField, *, archived: bool) -> CustomField:
    """Takes a field out of use, or back into it; what was filled in stays on its requests."""
    with transaction.atomic():
        row = _own_row(actor, field)
        if (row.archived_at is not None) == archived:
            return row
        row.archived_at = clock.now() if archived else None
        touched(row)
        row.save()
        kind = "custom_field.archived" if archived else "custom_field.restored"
        emit(actor, kind, row, {PartyRole.PROVIDER: row.provider})
    return row


def _own_row(actor: Actor, field: CustomField) -> CustomField:
    get_visible(CustomField.objects, actor, pk=field.pk)
    if not keeps_fields(actor):
        raise Forbidden(_("Only a manager of a verified provider sets up fields."))
    return CustomField.objects.select_for_update().get(pk=field.pk)


def _assign(field: CustomField, given: Mapping[str, Any]) -> None:
    unknown = set(given) - set(EDITABLE)
    if unknown:
        raise TypeError(f"A field has no {sorted(unknown)} to set.")
    for name, value in given.items():
        setattr(field, name, value)
    for name in ("label", "hint", "unit"):
        limit = CustomField._meta.get_field(name).max_length or 0  # type: ignore[union-attr]
        setattr(field, name, " ".join(clean_text(getattr(field, name), limit, name).split()))
    if not field.label:
        raise DomainError(_("Say what the field is called."), field="label")
    field.choices = _clean_choices(field.kind, field.choices)
    _check_numbers(field)
    _check_sides(field)


def _clean_choices(kind: str, choices: Collection[str]) -> list[str]:
    if kind != FieldKind.CHOICE:
        return []
    lines = [" ".join(clean_text(one, CHOICE_LENGTH, "choices").split()) for one in choices]
    cleaned = list(dict.fromkeys(line for line in lines if line))
    if len(cleaned) < 2:
        raise DomainError(_("Write at least two to choose from, one in a line."), field="choices")
    if len(cleaned) > CHOICES_AT_MOST:
        raise DomainError(
            _("At most %(limit)s to choose from.") % {"limit": CHOICES_AT_MOST}, field="choices"
        )
    return cleaned


def _check_numbers(field: CustomField) -> None:
    if field.kind != FieldKind.NUMBER:
        field.unit, field.least, field.most = "", None, None
    elif field.least is not None and field.most is not None and field.most < field.least:
        raise DomainError(_("The most cannot be below the least."), field="most")


def _check_sides(field: CustomField) -> None:
    """Who fills in sees; what is needed to file must be whose file it is to fill in."""
    if field.seen_by not in (FieldSide.BOTH, FieldSide.PROVIDER):
        raise DomainError(_("Choose who sees it."), field="seen_by")
    if field.filled_by not in FieldSide.values:
        raise DomainError(_("Choose who fills it in."), field="filled_by")
    if field.needed not in FieldNeeded.values:
        raise DomainError(_("Choose when it is required."), field="needed")
    if field.seen_by == FieldSide.PROVIDER and field.filled_by != FieldSide.PROVIDER:
        raise DomainError(_("Who fills it in must see it."), field="filled_by")
    if field.needed == FieldNeeded.SUBMIT and field.filled_by == FieldSide.PROVIDER:
        raise DomainError(
            _("Who files cannot fill this in: it cannot be required to file."), field="needed"
        )
