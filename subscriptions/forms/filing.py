"""The form of the wizard: where exactly, for whom, and what the provider should know."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.errors import DomainError
from core.ids import is_public_id
from locations.models import Building
from subscriptions.forms.clients import ClientFields
from subscriptions.forms.errors import show
from subscriptions.models import Client
from subscriptions.rights import files_for_itself
from subscriptions.selectors.choice import UNIT_LENGTH
from subscriptions.services.drafting import NewClient, ask_consent
from subscriptions.services.requests.filing import COMMENT_LENGTH, VISIT_LENGTH

NEW_CLIENT = "new"
CLIENT_FIELDS = ("name", "phone", "kind", "email")


class FilingForm(ClientFields):
    """Where exactly, for whom, and what the provider should know.

    `client` is the public id of one of the portfolio, or NEW_CLIENT: then the fields of a client
    are required. Who files for itself is not asked about clients.
    """

    unit_number = forms.CharField(
        label=gettext_lazy("Flat or office"), max_length=UNIT_LENGTH, required=False
    )
    client = forms.CharField(required=False, max_length=20)
    consent = forms.BooleanField(
        label=gettext_lazy("The client agrees to their data being passed to the providers"),
        required=False,
    )
    preferred_visit = forms.CharField(
        label=gettext_lazy("Convenient time for a visit"),
        required=False,
        max_length=VISIT_LENGTH,
        help_text=gettext_lazy("For example: weekdays after 18:00."),
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment for the provider"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("unit_number", "client", *CLIENT_FIELDS, "consent", "preferred_visit", "comment")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        actor: Actor,
        building: Building,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        # Made for a visit of the page and kept while it is filled in: one token, one bundle.
        super().__init__(data, initial={"form_token": uuid4(), **(initial or {})})
        self.actor = actor
        self.chosen: Client | NewClient | None = None
        self.fields["unit_number"].required = not building.is_private_house
        if building.is_private_house:
            del self.fields["unit_number"]
        if files_for_itself(actor):
            for name in ("client", "consent", *CLIENT_FIELDS):
                del self.fields[name]

    @property
    def asks_for_client(self) -> bool:
        return "client" in self.fields

    @property
    def client_value(self) -> str:
        """What is picked now: a public id, NEW_CLIENT or ""."""
        return (self.data if self.is_bound else self.initial).get("client", "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.asks_for_client:
            return cleaned
        if self.client_value == NEW_CLIENT:
            agreed = False
            if not self.errors.keys() & set(CLIENT_FIELDS):
                self.chosen = NewClient(*(cleaned[name] for name in CLIENT_FIELDS))
        else:
            # Fields of a client that is not being added are kept as typed, and not asked for.
            for name in CLIENT_FIELDS:
                self.errors.pop(name, None)
            self.chosen = self._picked()
            agreed = self.chosen is None or self.chosen.has_consent
        try:
            ask_consent(agreed or cleaned.get("consent", False))
        except DomainError as error:
            show(self, error)
        return cleaned

    def _picked(self) -> Client | None:
        clients = Client.objects.visible_to(self.actor)
        known = is_public_id(self.client_value)
        found = clients.filter(public_id=self.client_value).first() if known else None
        if found is None:
            self.add_error("client", _("Pick a client, or add a new one."))
        return found

    def arguments(self) -> dict[str, Any]:
        """What `draft_filing` takes, from a valid form."""
        cleaned = self.cleaned_data
        return {
            "unit_number": cleaned.get("unit_number", ""),
            "client": self.chosen,
            "consent": cleaned.get("consent", False),
            "comment": cleaned["comment"],
            "preferred_visit": cleaned["preferred_visit"],
            "form_token": cleaned["form_token"],
        }
