"""The forms of a provider's deadlines."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscriptions.choices import RequestState, WarnBy
from subscriptions.deadline_terms import (
    COUNTED,
    LEAST_HOURS,
    MOST_ESCALATION_HOURS,
    MOST_HOURS,
    MOST_SHARE,
    Warnings,
)

_NONE = "-"


class HoursForm(forms.Form):
    """Working hours by state; empty: as `without` says they are then.

    `seen` says what the person was looking at, "8,-,40": in the order of COUNTED.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    def __init__(
        self,
        data: Any = None,
        *,
        own: Mapping[str, int | None],
        without: Mapping[str, str],
    ) -> None:
        super().__init__(data, initial={**own, "seen": _written(own)}, prefix="hours")
        for state in COUNTED:
            self.fields[state] = forms.IntegerField(
                label=RequestState(state).label,
                required=False,
                min_value=LEAST_HOURS,
                max_value=MOST_HOURS,
                help_text=_("Empty: %(default)s") % {"default": without[state]},
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def hours(self) -> dict[str, int | None]:
        return {state: self.cleaned_data[state] for state in COUNTED}

    def seen_hours(self) -> dict[str, int | None] | None:
        """None where it was left out, or is not what this form writes."""
        parts = self.cleaned_data["seen"].split(",")
        if len(parts) != len(COUNTED):
            return None
        return {
            state: int(part) if part.isdecimal() else None
            for state, part in zip(COUNTED, parts, strict=True)
        }


def _written(own: Mapping[str, int | None]) -> str:
    return ",".join(_NONE if own[state] is None else str(own[state]) for state in COUNTED)


class WarningsForm(forms.Form):
    """When people are warned, and who hears of what was missed."""

    warn_by = forms.ChoiceField(label=gettext_lazy("Warn by"), choices=WarnBy.choices)
    warn_left = forms.IntegerField(
        label=gettext_lazy("What is left then"),
        required=False,
        min_value=0,
        max_value=MOST_SHARE,
        help_text=gettext_lazy("Per cent of the time, or working hours."),
    )
    managers_after = forms.IntegerField(
        label=gettext_lazy("Managers hear after the deadline, working hours"),
        required=False,
        min_value=0,
        max_value=MOST_ESCALATION_HOURS,
        help_text=gettext_lazy("Empty: never."),
    )
    account_manager_after = forms.IntegerField(
        label=gettext_lazy("The account manager hears after that, working hours"),
        required=False,
        min_value=0,
        max_value=MOST_ESCALATION_HOURS,
        help_text=gettext_lazy("Empty: never."),
    )

    def __init__(self, data: Any = None, *, now: Warnings) -> None:
        initial = {
            "warn_by": now.warn_by,
            "warn_left": now.warn_left,
            "managers_after": now.managers_after,
            "account_manager_after": now.account_manager_after,
        }
        super().__init__(data, initial=initial, prefix="warnings")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("warn_by") == WarnBy.NEVER:
            cleaned["warn_left"] = 0
        elif cleaned.get("warn_left") is None and "warn_left" not in self.errors:
            self.add_error("warn_left", _("Fill this in."))
        return cleaned

    def warnings(self) -> Warnings:
        cleaned = self.cleaned_data
        return Warnings(
            cleaned["warn_by"],
            cleaned["warn_left"],
            cleaned["managers_after"],
            cleaned["account_manager_after"],
        )
