"""Forms of the import of use: the file, and which of its columns is what."""

from django import forms
from django.utils.translation import gettext_lazy

from subscriptions.forms.columns import ColumnsForm
from subscriptions.services.usage.import_rows import FIELDS


class UsageUploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of use"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )


class UsageMappingForm(ColumnsForm):
    """A choice for each column of the file."""

    known = FIELDS
