"""Forms of the import: the file, and which of its columns is what."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.widgets import LeanSelect
from subscriptions.services.clients.import_rows import FIELDS
from subscriptions.services.clients.importing import FILL, LEAVE


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of clients"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )


class MappingForm(forms.Form):
    """A choice for each column of the file, and one for clients that are known already."""

    existing = forms.ChoiceField(
        label=gettext_lazy("A client with this phone is in the portfolio already"),
        choices=[
            (LEAVE, gettext_lazy("leave them as they are")),
            (FILL, gettext_lazy("fill in what is empty, add the tags")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, *, header: Sequence[str], data_of: Mapping[str, Any]) -> None:
        super().__init__(data, initial={"existing": data_of["existing"]})
        # The message of a mapping that cannot be stands above the form.
        choices = [("", _("do not import")), *FIELDS.items()]
        for index, (name, field) in enumerate(zip(header, data_of["mapping"], strict=False)):
            self.fields[_column(index)] = forms.ChoiceField(
                label=name or _("Column %(number)s") % {"number": index + 1},
                choices=choices,
                required=False,
                initial=field,
                widget=LeanSelect,
            )
        self._count = len(header)

    @property
    def columns(self) -> list[Any]:
        return [self[_column(index)] for index in range(self._count)]

    def arguments(self) -> dict[str, Any]:
        mapping = [self.cleaned_data[_column(index)] for index in range(self._count)]
        return {"mapping": mapping, "existing": self.cleaned_data["existing"]}


def _column(index: int) -> str:
    return f"column_{index}"
