"""Forms of the portfolio."""

import json
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.parts.text import phone
from locations.models import Building
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.phones import parse_phone
from subscriptions.services.clients import EDITABLE

format_html_lazy = lazy(format_html, SafeString)


class ClientFields(forms.Form):
    """What is asked of a client wherever one is typed in."""

    name = forms.CharField(
        label=_("Client's name"),
        max_length=200,
        help_text=_("Full name of a person, or the name of a company."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        # Who has it already is shown there as soon as it is typed.
        help_text=format_html_lazy(
            "{} <span id='known-clients' class='known-clients' aria-live='polite'></span>",
            _("In any spelling: 8 912 345-67-89 will do."),
        ),
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "inputmode": "tel",
                "autocomplete": "off",
                "hx-get": reverse_lazy("client_known"),
                "hx-trigger": "change",
                "hx-target": "#known-clients",
                "hx-swap": "innerHTML",
            }
        ),
    )
    kind = forms.ChoiceField(
        label=_("Who it is"), choices=ClientKind.choices, initial=ClientKind.PERSON
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def clean_phone(self) -> str:
        try:
            return parse_phone(self.cleaned_data["phone"]).as_e164
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


class ClientForm(ClientFields):
    """A client of the portfolio; `client` is the one that is changed, None for a new one."""

    comment = forms.CharField(
        label=_("Comment"),
        max_length=500,
        required=False,
        help_text=_("Seen by your organization alone."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    consent = forms.BooleanField(
        label=_("The client agrees to their data being passed to providers"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, data: Any = None, *, client: Client | None = None) -> None:
        initial = {}
        if client is not None:
            initial = {name: getattr(client, name) for name in EDITABLE}
            initial |= {"phone": phone(client.phone), "version": client.version}
        super().__init__(data, initial=initial)
        if client is None:
            del self.fields["version"]
        else:
            self.fields["version"].required = True
        if client is not None:
            # Given, withdrawn and given again by buttons of the client's page, with their dates.
            del self.fields["consent"]
            self.fields["phone"].widget.attrs["hx-vals"] = json.dumps({"besides": client.public_id})

    def take_in(self, client: Client) -> list[tuple[str, str]]:
        """After a conflict: what is typed now stands on the version of `client`.

        Returns (label, what is there now) of each field in which the two differ.
        """
        self.data = dict(self.data.items())
        self.data["version"] = str(client.version)
        return [
            (str(self.fields[name].label), shown(client, name))
            for name in EDITABLE
            if self.cleaned_data[name] != str(getattr(client, name))
        ]


def shown(client: Client, name: str) -> str:
    """The client's `name` as a reader sees it."""
    if name == "phone":
        return phone(client.phone)
    return client.get_kind_display() if name == "kind" else getattr(client, name) or "—"


class AddressForm(forms.Form):
    """The flat in a building that is chosen, and what the client calls it."""

    unit_number = forms.CharField(label=_("Flat or office"), max_length=20, required=False)
    label = forms.CharField(
        label=_("What it is"),
        max_length=60,
        required=False,
        help_text=_("If you wish: dacha, office, parents."),
    )

    def __init__(self, data: Any, *, building: Building | None, unit: str = "") -> None:
        super().__init__(data, initial={"unit_number": unit})
        if building is not None and building.is_private_house:
            self.fields["unit_number"].widget = forms.HiddenInput()


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("The client's e-mail"),
        max_length=254,
        help_text=_("The letter has a link that works once."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
