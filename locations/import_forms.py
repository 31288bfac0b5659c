"""Forms of the import of addresses: the file, and what becomes of doubtful rows."""

from django import forms
from django.utils.translation import gettext_lazy

LEAVE, ADD = "leave", "add"


class BuildingFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of addresses"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns."),
        widget=forms.FileInput({"accept": ".csv,.xlsx"}),
    )


class DoubtfulForm(forms.Form):
    doubtful = forms.ChoiceField(
        label=gettext_lazy("Rows that stand where another house stands"),
        choices=[
            (LEAVE, gettext_lazy("leave them out and give them back in the file to correct")),
            (ADD, gettext_lazy("add them: they are other houses")),
        ],
        initial=LEAVE,
        widget=forms.RadioSelect,
    )
