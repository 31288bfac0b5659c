"""The form in which the staff write down what a customer said."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from locations.models import Building, Unit
from locations.selectors.buildings import visible_building
from locations.services import unit_of
from subscriptions.selectors.typed_address import read_address
from support.choices import Priority
from support.desk_choices import DeskChoices
from support.selectors.desk_people import account_of
from support.services.words import BODY_LENGTH, SUBJECT_LENGTH

ADDRESS_LENGTH = 200
NAME_LENGTH = 150


class WrittenDownForm(forms.Form):
    """After a valid clean `building` and `unit` say where it is, None for nowhere.

    Without a `caller` a name and an address are asked for: of somebody who has no account.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH, required=False)
    email = forms.EmailField(label=_("E-mail"), help_text=_("Answers go there."))
    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_LENGTH)
    body = forms.CharField(
        label=_("What the customer said"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The customer reads it in their ticket."),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    priority = forms.ChoiceField(
        label=_("Priority"),
        required=False,
        choices=[("", _("as the category says")), *Priority.choices],
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=ADDRESS_LENGTH,
        required=False,
        help_text=_("City, street, house, flat: where the problem is."),
    )

    def __init__(
        self, actor: Actor, known: DeskChoices, data: Any = None, *, has_caller: bool
    ) -> None:
        super().__init__(data, initial={"form_token": uuid4()})
        self.actor = actor
        self.building: Building | None = None
        self.unit: Unit | None = None
        categories = [(key, row.name) for key, row in known.open_categories.items()]
        self.fields["category"].choices = [("", "—"), *categories]  # type: ignore[attr-defined]
        if has_caller:
            del self.fields["name"], self.fields["email"]

    @property
    def token(self) -> UUID | None:
        typed = self.data.get("form_token") if self.is_bound else self.initial["form_token"]
        try:
            return UUID(str(typed))
        except ValueError:
            return None

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if account_of(email) is not None:
            raise forms.ValidationError(
                _("Somebody has an account with this address: find them above.")
            )
        return email

    def clean_address(self) -> str:
        text: str = self.cleaned_data["address"]
        if not text:
            return text
        typed = read_address(self.actor, text)
        if typed.building is None:
            raise forms.ValidationError(
                _("Write the address so that one house is meant: choose from the list.")
            )
        self.building = visible_building(self.actor, typed.building.public_id)
        if typed.unit:
            self.unit = unit_of(self.actor, self.building, typed.unit)
        return text
