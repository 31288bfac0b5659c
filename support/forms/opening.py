"""The form of a new ticket. What may be typed is decided by the service; here it is asked for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import DomainError
from locations.models import Building, Unit
from locations.selectors.buildings import visible_building
from locations.selectors.suggestions import Suggestion
from locations.services import unit_of
from subscriptions.selectors.typed_address import TypedAddress, read_address
from subscriptions.services.custom_fields import FIELD_PREFIX
from support.forms.category_fields import input_of
from support.models import CategoryField, TicketCategory
from support.selectors.opening import Place
from support.services.words import BODY_LENGTH, SUBJECT_LENGTH

ELSEWHERE = "elsewhere"
ADDRESS_LENGTH = 200


class TicketForm(forms.Form):
    """A new ticket: its category, what the category asks for, subject and text.

    `places` are those the actor may point at instead of typing an address; `own` are the fields of
    the chosen category. After a valid clean `building` and `unit` say where it is, None for
    nowhere. With `asks_place` a place is required.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    category = forms.CharField(
        label=_("What is it about?"),
        error_messages={"required": _("Choose what it is about.")},
    )
    subject = forms.CharField(
        label=_("In a few words"),
        max_length=SUBJECT_LENGTH,
        error_messages={"required": _("Say in a few words what it is about.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = forms.CharField(
        label=_("What happened?"),
        max_length=BODY_LENGTH,
        error_messages={"required": _("Tell us what happened.")},
        help_text=_("Since when, what you have tried, what you see on the screen."),
        widget=forms.Textarea(attrs={"rows": 7}),
    )

    def __init__(
        self,
        actor: Actor,
        data: Any = None,
        *,
        categories: Sequence[TicketCategory],
        category: TicketCategory | None,
        own: Sequence[CategoryField] = (),
        places: Sequence[Place] = (),
        asks_place: bool = False,
        initial: Any = None,
    ) -> None:
        super().__init__(data, initial={"form_token": uuid4()} | dict(initial or {}))
        self.actor = actor
        self.categories = {row.public_id: row for row in categories}
        self.chosen = category
        self.own = list(own)
        self.places = {place.key: place for place in places}
        self.asks_place = asks_place
        # What a typed address may mean, where it means several things.
        self.meant: list[Suggestion] = []
        self.building: Building | None = None
        self.unit: Unit | None = None
        if not self.categories:
            del self.fields["category"]
        for field in self.own:
            self.fields[FIELD_PREFIX + field.public_id] = input_of(field)
        if asks_place:
            self._ask_place()

    def _ask_place(self) -> None:
        self.fields["place"] = forms.CharField(label=_("Where?"), required=False)
        self.fields["address"] = forms.CharField(
            label=_("Address"), max_length=ADDRESS_LENGTH, required=False
        )
        self.fields["building"] = forms.CharField(required=False, max_length=12)
        self.fields["unit_number"] = forms.CharField(
            label=_("Flat or office"),
            max_length=20,
            required=False,
            help_text=_("Leave it empty when it concerns the whole house."),
        )

    # --- what was typed -----------------------------------------------------------------------
    @property
    def token(self) -> UUID | None:
        """The token that the form was shown with, whether or not it is valid."""
        typed = self.data.get("form_token") if self.is_bound else self.initial["form_token"]
        try:
            return UUID(str(typed))
        except ValueError:
            return None

    @property
    def typed_fields(self) -> dict[str, str]:
        """For the service, by the public id of the field."""
        names = {field.public_id: FIELD_PREFIX + field.public_id for field in self.own}
        return {key: self.cleaned_data.get(name) or "" for key, name in names.items()}

    @property
    def inputs(self) -> list[forms.BoundField]:
        return [self[FIELD_PREFIX + field.public_id] for field in self.own]

    @property
    def place_key(self) -> str:
        """Which place is ticked: a key of `places`, or ELSEWHERE."""
        typed = self["place"].value() or ""
        if typed in self.places or typed == ELSEWHERE:
            return str(typed)
        return next(iter(self.places), ELSEWHERE)

    def typed_house(self) -> Building | None:
        """The house that the typed address means without a doubt, for a look before it is sent."""
        text = str(self["address"].value() or "")[:ADDRESS_LENGTH] if self.asks_place else ""
        found = read_address(self.actor, text).building if text.strip() else None
        return visible_building(self.actor, found.public_id) if found else None

    # --- checking -----------------------------------------------------------------------------
    def clean_category(self) -> str:
        key = self.cleaned_data["category"]
        if key not in self.categories:
            raise forms.ValidationError(_("Choose what it is about."))
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.asks_place:
            self._clean_place(cleaned)
        return cleaned

    def _clean_place(self, cleaned: dict[str, Any]) -> None:
        own = self.places.get(cleaned.get("place") or "")
        if own is not None:
            self.building, self.unit = own.building, own.unit
            return
        if "address" in self.errors:
            return
        typed = read_address(self.actor, cleaned.get("address") or "")
        building = self._building(typed, cleaned.get("building") or "")
        if building is None:
            return
        self.building = building
        number = cleaned.get("unit_number") or typed.unit
        if not number:
            return
        try:
            self.unit = unit_of(self.actor, building, number)
        except DomainError as error:
            if error.status != 400:
                raise
            self.add_error("unit_number", str(error))

    def _building(self, typed: TypedAddress, picked: str) -> Building | None:
        """The house that was meant; otherwise the error, and what there is to choose from."""
        if not typed.text:
            self.add_error("address", _("Say where it is."))
            return None
        if typed.building is not None:
            return visible_building(self.actor, typed.building.public_id)
        houses = [place for place in typed.places if place.public_id]
        if picked in {place.public_id for place in houses}:
            return visible_building(self.actor, picked)
        self.meant = houses
        unknown = _("We know no such address: check the spelling.")
        self.add_error("address", _("Choose which house you mean.") if houses else unknown)
        return None
