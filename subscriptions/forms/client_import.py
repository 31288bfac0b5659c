"""Forms of the import: the file, and which of its columns is what."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from subscriptions.forms.columns import ColumnsForm
from subscriptions.services.clients.import_rows import FIELDS
from subscriptions.services.clients.importing import FILL, LEAVE


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of clients"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )


class MappingForm(ColumnsForm):
    """A choice for each column of the file, and one for clients that are known already."""

    existing = forms.ChoiceField(
        label=gettext_lazy("A client with this phone is in the portfolio already"),
        choices=[
            (LEAVE, gettext_lazy("leave them as they are")),
            (FILL, gettext_lazy("fill in what is empty, add the tags")),
        ],
        widget=forms.RadioSelect,
    )

    known = FIELDS

    def arguments(self) -> dict[str, Any]:
        return {"mapping": self.mapping(), "existing": self.cleaned_data["existing"]}
