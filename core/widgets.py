"""Inputs of filter bars, drawn in Python: Django's draw every option by a template of its own,
which for a hundred cities costs more than the list they filter."""

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Attributes = dict[str, Any] | None


class LeanSelect(forms.Select):
    """A select of plain options (no groups)."""

    def render(
        self, name: str, value: Any, attrs: Attributes = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key) == chosen else "", label)
                for key, label in self.choices
            ),
        )
        return format_html(
            '<select class="form-select" name="{}" id="{}">{}</select>',
            name, (attrs or {}).get("id", f"id_{name}"), options,
        )  # fmt: skip


class LeanCheckboxes(forms.CheckboxSelectMultiple):
    """Several values of one filter, each with its box."""

    def render(
        self, name: str, value: Any, attrs: Attributes = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = {str(one) for one in value or ()}
        first = (attrs or {}).get("id", f"id_{name}")
        boxes = format_html_join(
            "",
            '<label class="form-check"><input class="form-check-input" type="checkbox" name="{}"'
            ' value="{}" id="{}"{}> {}</label>',
            (
                (
                    name,
                    key,
                    f"{first}_{index}",
                    mark_safe(" checked") if str(key) in chosen else "",
                    label,
                )
                for index, (key, label) in enumerate(self.choices)
            ),
        )
        return format_html(
            '<div class="filter-boxes" role="group" aria-label="{}">{}</div>',
            self.attrs.get("aria-label", ""), boxes,
        )  # fmt: skip


class QuietHidden(forms.HiddenInput):
    """A filter set by links alone: nothing is sent while it is not active."""

    def render(
        self, name: str, value: Any, attrs: Attributes = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        if not value:
            return SafeString("")
        return format_html('<input type="hidden" name="{}" value="{}">', name, value)


class DayInput(forms.DateInput):
    """A date chosen in the browser's own calendar, whatever the language of the page."""

    input_type = "date"

    def __init__(self, attrs: Attributes = None) -> None:
        super().__init__({"class": "form-control", **(attrs or {})}, format="%Y-%m-%d")


class TimeOfDayInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: Attributes = None) -> None:
        super().__init__({"class": "form-control", **(attrs or {})}, format="%H:%M")
