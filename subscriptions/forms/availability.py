"""Forms of the answer: a point on the map, and a file of addresses."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from locations.selectors.points import read_point
from locations.services.buildings import check_point
from subscriptions.forms.errors import show
from subscriptions.selectors.catalogue import categories

_DEGREES = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})


class PointForm(forms.Form):
    """Degrees, WGS 84; both may stand in the first field, as maps give them to be copied."""

    lat = forms.CharField(
        label=gettext_lazy("Latitude"),
        max_length=80,
        help_text=gettext_lazy("Degrees, for example 55.7963."),
        widget=_DEGREES,
    )
    lon = forms.CharField(
        label=gettext_lazy("Longitude"),
        max_length=40,
        help_text=gettext_lazy("Degrees, for example 49.1064."),
        widget=_DEGREES,
    )

    def __init__(self, data: Any = None) -> None:
        both = read_point(data.get("lat", "")) if data is not None and not data.get("lon") else None
        if both is not None:
            data = {"lat": str(both[0]), "lon": str(both[1])}
        super().__init__(data)

    def clean_lat(self) -> float:
        return self._degrees("lat")

    def clean_lon(self) -> float:
        return self._degrees("lon")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "lat" in cleaned and "lon" in cleaned:
            try:
                check_point(cleaned["lat"], cleaned["lon"])
            except DomainError as error:
                names = {"latitude": "lat", "longitude": "lon"}
                show(self, DomainError(error.message, field=names[error.field or "latitude"]))
        return cleaned

    @property
    def written(self) -> str:
        """The point as a reader sees it, to a decimetre."""
        return f"{self.cleaned_data['lat']:.6f}, {self.cleaned_data['lon']:.6f}"

    def _degrees(self, name: str) -> float:
        text = self.cleaned_data[name].strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")
        try:
            return float(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write degrees as a number.")) from error


class ListForm(forms.Form):
    """A file of addresses, and for which services they are answered."""

    file = forms.FileField(
        label=gettext_lazy("File of addresses"),
        help_text=gettext_lazy("CSV or XLSX, up to 10,000 rows; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Services"),
        help_text=gettext_lazy("None ticked: all of them."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["categories"].choices = [(row.code, row.name) for row in categories()]  # type: ignore[attr-defined]
