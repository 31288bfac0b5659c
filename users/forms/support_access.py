"""Letting support in: for how long, and what for."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

LASTS = {
    "hour": (timedelta(hours=1), _("For an hour")),
    "day": (timedelta(days=1), _("For a day")),
    "week": (timedelta(days=7), _("For seven days")),
}


class SupportAccessForm(forms.Form):
    lasts = forms.ChoiceField(
        label=_("For how long"),
        choices=[(name, label) for name, (_length, label) in LASTS.items()],
        initial="hour",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What for"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What support should look at or do."),
    )

    def clean_lasts(self) -> timedelta:
        return LASTS[self.cleaned_data["lasts"]][0]
