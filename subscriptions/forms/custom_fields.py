"""Forms of providers' own fields: what is filled in on a request, and what managers set up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.widgets import DayInput
from subscriptions.choices import FieldKind, FieldNeeded, FieldSide
from subscriptions.models import CustomField
from subscriptions.selectors.catalogue import Category
from subscriptions.services.custom_fields import (
    EDITABLE,
    FIELD_PREFIX,
    LINES_LENGTH,
    NO,
    TEXT_LENGTH,
    YES,
    clean_values,
    number_in_words,
)


class FieldsForm(forms.Form):
    """What `fields` hold on one request; what may be typed is decided by the service alone.

    `typed` gives the texts for `fill_in`. `prefix` keeps the forms of several requests apart. With
    `needing`, a transition, what it must find filled in is asked for.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self,
        fields: Sequence[CustomField],
        data: Any = None,
        *,
        values: Mapping[str, Any] | None = None,
        version: int = 0,
        prefix: str | None = None,
        needing: str = "",
    ) -> None:
        super().__init__(data, prefix=prefix, initial={"version": version})
        self.own = list(fields)
        self._needing = needing
        for field in self.own:
            name = FIELD_PREFIX + field.code
            self.fields[name] = _input_of(field)
            self.initial[name] = _initial(field, (values or {}).get(field.code))

    @property
    def typed(self) -> dict[str, str]:
        return {
            field.code: self.cleaned_data.get(FIELD_PREFIX + field.code) or ""
            for field in self.own
            if self.add_prefix(FIELD_PREFIX + field.code) in self.data
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = {field.code: cleaned.get(FIELD_PREFIX + field.code, "") for field in self.own}
        values, wrong = clean_values(self.own, typed)
        for code, message in wrong.items():
            self.add_error(FIELD_PREFIX + code, message)
        for field in self.own:
            needed = self._needing and field.needed == self._needing
            if needed and field.code not in wrong and values[field.code] is None:
                self.add_error(FIELD_PREFIX + field.code, _("Fill this in."))
        return cleaned

    def first_error(self) -> str:
        """What is wrong, with the name of its field, for a page that has several of these forms."""
        name, messages = next(iter(self.errors.items()))
        label = self.fields[name].label if name in self.fields else ""
        return f"{label}: {messages[0]}" if label else str(messages[0])

    @property
    def inputs(self) -> list[forms.BoundField]:
        return [self[FIELD_PREFIX + field.code] for field in self.own]


def _initial(field: CustomField, value: Any) -> Any:
    if field.kind == FieldKind.FLAG and value is not None:
        return YES if value else NO
    if field.kind == FieldKind.NUMBER and value:
        return str(value).replace(".", ",")
    return value


def _input_of(field: CustomField) -> forms.Field:
    """Nothing is required here: what a move needs is asked for when it is made."""
    common: dict[str, Any] = {
        "label": field.caption,
        "required": False,
        "help_text": _hint(field),
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


def _hint(field: CustomField) -> str:
    needed = FieldNeeded(field.needed)
    parts = [field.hint]
    if field.least is not None or field.most is not None:
        low = number_in_words(field.least) if field.least is not None else "…"
        high = number_in_words(field.most) if field.most is not None else "…"
        parts.append(f"{low} – {high}")
    if needed != FieldNeeded.NEVER:
        parts.append(str(_("Required: %(when)s")) % {"when": str(needed.label).lower()})
    return ". ".join(part.rstrip(".") for part in parts if part)


# --- setting up -------------------------------------------------------------------------------
class CustomFieldForm(forms.ModelForm):
    """A provider's field; every rule is the service's, here is only what can be typed."""

    choices_text = forms.CharField(
        label=_("List to choose from"),
        required=False,
        help_text=_("One in a line."),
        widget=forms.Textarea({"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = CustomField
        fields = (
            "category", "kind", "label", "hint", "unit", "least", "most", "needed", "seen_by",
            "filled_by", "position",
        )  # fmt: skip
        localized_fields = ("least", "most")
        help_texts = {
            "category": _("Empty: in all of them."),
            "hint": _("Shown under the field."),
            "unit": _("Of a number: m, kW, pcs."),
            "position": _("The smaller, the higher it stands."),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        categories: Sequence[Category],
        field: CustomField | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        if field is not None:
            initial = {"version": field.version, "choices_text": "\n".join(field.choices)}
        super().__init__(data, instance=field, initial=initial)
        self.fields["seen_by"].choices = [  # type: ignore[attr-defined]
            (side.value, side.label) for side in (FieldSide.BOTH, FieldSide.PROVIDER)
        ]
        self.fields["needed"].required = False
        if field is not None:
            # Requests hold values of this kind: another kind is another field.
            del self.fields["category"], self.fields["kind"]
            return
        del self.fields["version"], self.fields["position"]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("All services")),
            *((row.pk, row.name) for row in categories),
        ]

    def _post_clean(self) -> None:
        """Leaves the instance as the page was opened on: the service validates and sets."""

    def arguments(self) -> dict[str, Any]:
        """For `create_field` and `change_field`, from a valid form."""
        cleaned = dict(self.cleaned_data)
        lines = cleaned.pop("choices_text", "")
        given = {name: cleaned[name] for name in EDITABLE if name in cleaned}
        given["choices"] = lines.splitlines()
        for name in ("version", "category", "kind"):
            if name in cleaned:
                given[name] = cleaned[name]
        return given
