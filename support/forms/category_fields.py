"""Inputs of the fields that a category of tickets has of its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.widgets import DayInput
from subscriptions.choices import FieldKind
from subscriptions.services.custom_fields import LINES_LENGTH, NO, TEXT_LENGTH, YES
from support.models import CategoryField


def input_of(field: CategoryField) -> forms.Field:
    """The input of a field; what may be typed into it is decided by the service."""
    common: dict[str, Any] = {
        "label": field.label,
        "help_text": field.hint,
        "required": field.is_required,
        "error_messages": {"required": _("Fill this in.")},
    }
    if field.kind == FieldKind.CHOICE:
        choices = [("", "—"), *((one, one) for one in field.choices)]
        return forms.CharField(widget=forms.Select(choices=choices), **common)
    if field.kind == FieldKind.FLAG:
        choices = [("", "—"), (YES, _("yes")), (NO, _("no"))]
        return forms.CharField(widget=forms.Select(choices=choices), **common)
    if field.kind == FieldKind.DATE:
        return forms.CharField(widget=DayInput(), **common)
    if field.kind == FieldKind.LINES:
        return forms.CharField(
            widget=forms.Textarea({"rows": 3}), max_length=LINES_LENGTH, **common
        )
    attrs = {"inputmode": "decimal"} if field.kind == FieldKind.NUMBER else {}
    return forms.CharField(widget=forms.TextInput(attrs), max_length=TEXT_LENGTH, **common)
