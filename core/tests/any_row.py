"""A row of any model, with rows of its own behind every foreign key: for tests over all models."""

import itertools
import uuid
from datetime import date, time
from typing import Any

from django.db import models
from django.utils import timezone

_number = itertools.count(1)


def any_row(model: type[models.Model], **given: Any) -> Any:
    """A saved row whose required fields are made up; `given` are values that a rule demands."""
    row = model(**given)
    for field in model._meta.concrete_fields:
        if field.name not in given and not _is_filled(field):
            setattr(row, field.name, _value(field))
    row.save(force_insert=True)
    return row


def _is_filled(field: Any) -> bool:
    if field.primary_key:
        return not field.remote_field
    return field.has_default() or field.null or (field.blank and not field.remote_field)


def _value(field: Any) -> Any:
    number = next(_number)
    if field.remote_field:
        return any_row(field.related_model)
    if field.choices:
        return next(value for value, _label in field.flatchoices if value)
    for kind, make in _MADE.items():
        if isinstance(field, kind):
            return make(field, number)
    raise NotImplementedError(f"{field}: say what it holds.")


def _text(field: Any, number: int) -> str:
    text = f"{number}"
    return text if field.max_length and field.max_length < 8 else f"text {text}"


_MADE: dict[type, Any] = {
    models.EmailField: lambda field, number: f"row{number}@example.com",
    models.SlugField: lambda field, number: f"row-{number}",
    models.FileField: lambda field, number: f"file{number}.txt",
    models.CharField: _text,
    models.TextField: _text,
    models.BooleanField: lambda field, number: False,
    models.DateTimeField: lambda field, number: timezone.now(),
    models.DateField: lambda field, number: date(2026, 1, 1 + number % 28),
    models.TimeField: lambda field, number: time(9),
    models.UUIDField: lambda field, number: uuid.uuid4(),
    models.JSONField: lambda field, number: {},
    models.IntegerField: lambda field, number: number,
    models.DecimalField: lambda field, number: 1,
    models.FloatField: lambda field, number: 1.0,
    models.GenericIPAddressField: lambda field, number: "192.0.2.1",
}
