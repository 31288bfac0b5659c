"""Forms of filing from a file: the file, and what is to be done with its rows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.services.requests.duplicates import REASON_LENGTH

SKIP, TAKE = "skip", "take"


class RequestsFileForm(forms.Form):
    file = forms.FileField(
        label=_("File of requests"),
        help_text=_("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )


class ManyForm(forms.Form):
    """What to do with doubtful rows, and why those that are in work already are filed again."""

    doubtful = forms.ChoiceField(
        label=_("Doubtful rows"),
        choices=[(SKIP, _("leave them out")), (TAKE, _("take them as they are understood"))],
        widget=forms.RadioSelect,
        initial=SKIP,
    )
    reason = forms.CharField(
        label=_("Why what is in work already is filed once more"),
        help_text=_("The providers read it. Not needed where nothing is filed twice."),
        max_length=REASON_LENGTH,
        required=False,
    )

    def __init__(self, data: Any = None, *, has_doubtful: bool) -> None:
        super().__init__(data)
        if not has_doubtful:
            del self.fields["doubtful"], self.fields["reason"]

    @property
    def takes_doubtful(self) -> bool:
        return self.cleaned_data.get("doubtful") == TAKE
