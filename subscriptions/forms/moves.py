"""The forms of a request's page: moves (drawn from the table), notes, files, assignment."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.widgets import DayInput, TimeOfDayInput
from core.workflow import Transition
from subscriptions.choices import Awaited, CancelReason
from subscriptions.services.requests.input import (
    AWAITED_LENGTH,
    NOTE_LENGTH,
    REASON_LENGTH,
    REASONS,
)


class MoveForm(forms.Form):
    """What a transition asks for, in the order of the table.

    A visit is asked for as a day and two times; `data_for_move` gives the moments that the service
    takes. `version` and `seen` say what the person was looking at.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(
        self, transition: Transition, *args: Any, others: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.transition = transition
        for name in (*transition.requires, *transition.optional):
            if name == "starts_at":
                self.fields["day"] = _day(_("Day of the visit"))
            self.fields[name] = _FIELDS[name](transition.name)
            self.fields[name].required = name in transition.requires
        if others:
            self.fields["others"] = _others(others)
        # Who exactly stands beside who.
        self.order_fields(["held_until", "awaited_kind", "awaited"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "day" in self.fields and not self.errors:
            day = cleaned["day"]
            for name in ("starts_at", "ends_at"):
                cleaned[name] = timezone.make_aware(datetime.combine(day, cleaned[name]))
            # "22:00 to 1:00" ends on the next day.
            if cleaned["ends_at"] <= cleaned["starts_at"]:
                cleaned["ends_at"] += timedelta(days=1)
        return cleaned

    def data_for_move(self) -> dict[str, Any]:
        """What `move_request` takes as `data`."""
        wanted = (*self.transition.requires, *self.transition.optional)
        return {name: self.cleaned_data[name] for name in wanted if name in self.fields}

    def refuse(self, message: str, field: str | None) -> None:
        """Puts what the service refused beside its field, or above the form."""
        self.add_error(field if field in self.fields else None, message)


def _others(numbers: Sequence[str]) -> forms.BooleanField:
    """Whether those filed together with it go the same way."""
    return forms.BooleanField(
        label=_("Cancel what was filed together with it too"),
        help_text=", ".join(numbers),
        required=False,
    )


class NoteForm(forms.Form):
    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    text = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": _("Write to the other side")},
        ),
    )


class FileForm(forms.Form):
    file = forms.FileField(label=_("File"), max_length=250)


class AssignForm(forms.Form):
    """`people` are working members of the provider: public id → name; empty: nobody."""

    user = forms.ChoiceField(label=_("Assignee"), required=False)

    def __init__(self, people: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [("", _("nobody")), *people.items()]  # type: ignore[attr-defined]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=DayInput, initial=lambda: clock.today() + timedelta(days=1)
    )


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=TimeOfDayInput)


def _text(label: Any, limit: int, rows: int, hint: Any = "") -> forms.CharField:
    widget: forms.Widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, max_length=limit, widget=widget, help_text=hint)


def _reason(transition: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("", _("Choose a reason")),
            *(row for row in REASONS[transition].choices if row[0] != CancelReason.DISCARDED),
        ],
    )


_NOTE_LABELS = {
    "ask_info": _("What is missing?"),
    "answer_info": _("Answer"),
}

_FIELDS: dict[str, Any] = {
    "starts_at": lambda transition: _time(_("From")),
    "ends_at": lambda transition: _time(_("To")),
    # Drawn as a choice where the provider keeps slots: `subscriptions.forms.visits`.
    "slot": lambda transition: forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=60
    ),
    "note": lambda transition: _text(
        _NOTE_LABELS.get(transition, _("Note")), NOTE_LENGTH, 4, _("Both sides read it.")
    ),
    "held_until": lambda transition: forms.DateField(
        label=_("On hold until"),
        widget=DayInput,
        help_text=_("At most 90 days. You are reminded on this day; after it the request is late."),
    ),
    "awaited_kind": lambda transition: forms.ChoiceField(
        label=_("Who is waited for"), choices=[("", _("Choose")), *Awaited.choices]
    ),
    "awaited": lambda transition: _text(
        _("Who exactly"),
        AWAITED_LENGTH,
        0,
        _("All sides read it. Needed for someone else: the house office, the network owner."),
    ),
    "reason": _reason,
    "reason_text": lambda transition: _text(_("Reason in words"), REASON_LENGTH, 3),
}
