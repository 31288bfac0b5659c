"""What can be typed about an address that is added or verified; every rule is the services'."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import DomainError
from locations.addresses import fold, split_street
from locations.models import Building, City, Street
from locations.models.places import HOUSE_LENGTH, STREET_LENGTH
from locations.selectors.added import streets_of
from locations.selectors.gazetteer import city_named
from locations.services.verification import DECISION_LENGTH


class DegreesField(forms.CharField):
    """Degrees with a point or a comma; cleans to a float."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=25, widget=forms.TextInput(attributes), **kwargs)

    def clean(self, value: Any) -> float:
        text = super().clean(value).replace(",", ".")
        try:
            degrees = float(text)
        except ValueError as error:
            raise forms.ValidationError(_("Give degrees as a number: 55.794400.")) from error
        # Written so that NaN is refused too.
        if not -self.most <= degrees <= self.most:
            raise forms.ValidationError(
                _("Give degrees from −%(most)s to %(most)s.") % {"most": self.most}
            )
        return degrees


class PlaceForm(forms.Form):
    """Street, house and point: what may be corrected while verifying, too."""

    street = forms.CharField(
        label=gettext_lazy("Street"),
        required=False,
        max_length=STREET_LENGTH,
        help_text=gettext_lazy("With its type, as street or avenue. Empty where houses have none."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    number = forms.CharField(
        label=gettext_lazy("House"),
        max_length=HOUSE_LENGTH,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    is_private_house = forms.BooleanField(
        label=gettext_lazy("A private house: it has no flats"), required=False
    )
    latitude = DegreesField(label=gettext_lazy("Latitude"), most=90)
    longitude = DegreesField(label=gettext_lazy("Longitude"), most=180)

    city: City | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.place is not None and "street" in cleaned:
            self._read_street(self.place, cleaned)
        return cleaned

    @property
    def place(self) -> City | None:
        """The city in which the street is looked for."""
        return self.city

    def _read_street(self, city: City, cleaned: dict[str, Any]) -> None:
        """A street that is named without its type is the one that the city has."""
        type_, name = split_street(cleaned["street"])
        if name and not type_:
            known = streets_of(city, fold(name))
            if len(known) > 1:
                names = ", ".join(map(str, known))
                self.add_error("street", _("Which one: %(streets)s?") % {"streets": names})
            type_ = known[0].type if known else ""
        cleaned["street_type"], cleaned["street_name"] = type_, name

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside its field, or above the form."""
        field = {"street_name": "street", "street_type": "street"}.get(
            error.field or "", error.field
        )
        self.add_error(field if field in self.fields else None, str(error.message))

    def values(self) -> dict[str, Any]:
        """The arguments that services take, from a valid form."""
        names = ("street_type", "street_name", "number", "is_private_house")
        return {name: self.cleaned_data[name] for name in (*names, "latitude", "longitude")}


class AddressForm(PlaceForm):
    """A new address. `seen` names the near duplicates that were shown already."""

    # Named otherwise than the attribute: what is typed is a name, what is cleaned a city.
    city_name = forms.CharField(
        label=gettext_lazy("City"),
        max_length=120,
        help_text=gettext_lazy("Two of one name are told apart by the region."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    seen = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    field_order = ["city_name", "street", "number", "is_private_house", "latitude", "longitude"]

    def clean_city_name(self) -> City:
        try:
            found = city_named(self.cleaned_data["city_name"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
        if found is None:
            raise forms.ValidationError(_("We know no such city. Check the spelling."))
        return found

    @property
    def place(self) -> City | None:
        return self.cleaned_data.get("city_name")

    def show_seen(self, public_ids: Iterable[str]) -> None:
        """Puts into the hidden field which near duplicates this page shows."""
        self.data = {**self.data.dict(), "seen": " ".join(public_ids)}  # type: ignore[attr-defined]

    @property
    def text(self) -> str:
        """The address as it is typed so far, for a geocoder."""
        names = ("city_name", "street", "number")
        return ", ".join(filter(None, (str(self.data.get(name, "")).strip() for name in names)))

    def building(self) -> Building:
        """The building that a valid form describes, unsaved; its street may be unsaved too."""
        values = self.values()
        city = self.cleaned_data["city_name"]
        type_, name = values.pop("street_type"), values.pop("street_name")
        street = Street(city=city, name=name) if name else None
        if street is not None:
            street.type = type_ or street.type
            street.set_derived()
        building = Building(city=city, created_at=clock.now(), **values)
        # Not by the field: an unsaved street is not to be stored.
        building.street = street
        building.set_derived()
        return building


class VerifyForm(PlaceForm):
    """What stands in the row, to be corrected where it is wrong."""

    def __init__(self, data: Any = None, *, building: Building) -> None:
        initial = {
            "street": str(building.street) if building.street else "",
            "number": building.number,
            "is_private_house": building.is_private_house,
            "latitude": f"{building.latitude:.6f}",
            "longitude": f"{building.longitude:.6f}",
        }
        super().__init__(data, initial=initial)
        self.city = building.city

    def corrections(self) -> dict[str, Any]:
        """Only what was changed: degrees are shown rounded."""
        values = self.values()
        changed = set(self.changed_data)
        if "street" not in changed:
            del values["street_type"], values["street_name"]
        for name in ("number", "is_private_house", "latitude", "longitude"):
            if name not in changed:
                del values[name]
        return values


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=DECISION_LENGTH,
        help_text=gettext_lazy("Whoever added the address reads it."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
