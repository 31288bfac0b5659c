"""Forms of the import of use: the file, and which of its columns is what."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.widgets import LeanSelect
from subscriptions.services.usage.import_rows import FIELDS


class UsageUploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of use"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )


class UsageMappingForm(forms.Form):
    """A choice for each column of the file."""

    def __init__(self, data: Any, *, header: Sequence[str], data_of: Mapping[str, Any]) -> None:
        super().__init__(data)
        choices = [("", _("do not import")), *FIELDS.items()]
        for index, (name, field) in enumerate(zip(header, data_of["mapping"], strict=False)):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=name or _("Column %(number)s") % {"number": index + 1},
                choices=choices,
                required=False,
                initial=field,
                widget=LeanSelect,
            )
        self._count = len(header)

    @property
    def columns(self) -> list[Any]:
        return [self[f"column_{index}"] for index in range(self._count)]

    def mapping(self) -> list[str]:
        return [self.cleaned_data[f"column_{index}"] for index in range(self._count)]
