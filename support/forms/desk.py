"""Forms of a ticket's page, on the side of the staff."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.widgets import DayInput
from support.choices import Priority
from support.desk_choices import DeskChoices
from support.forms.category_fields import input_of
from support.models import CategoryField, Ticket
from support.services.moving import HELD_FOR_LENGTH
from support.services.words import BODY_LENGTH, SUBJECT_LENGTH

FIELD = "field_"


class SayForm(forms.Form):
    """What an answer and a note have in common; they are two forms, and never one with a box.

    `version` and `since` say what the writer was looking at, `macro` is the one put in.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    macro = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    since = forms.DateTimeField(
        widget=forms.HiddenInput, required=False, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"]
    )
    body = forms.CharField(label=_("Text"), max_length=BODY_LENGTH, required=False)

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        given = {"form_token": uuid4()} | dict(initial or {})
        super().__init__(data, initial=given, auto_id=f"{self.name}_%s")

    name = ""

    @property
    def token(self) -> UUID | None:
        """The token that the form was shown with, whether or not it is valid."""
        typed = self.data.get("form_token") if self.is_bound else self.initial["form_token"]
        try:
            return UUID(str(typed))
        except ValueError:
            return None


class AnswerForm(SayForm):
    name = "answer"


class NoteForm(SayForm):
    name = "note"


class HoldForm(forms.Form):
    held_for = forms.CharField(
        label=_("Whom the ticket waits for"),
        max_length=HELD_FOR_LENGTH,
        help_text=_("The customer reads it: for example, the provider's engineers."),
    )
    held_until = forms.DateField(label=_("Until"), widget=DayInput)


class SortForm(forms.Form):
    """What kind of ticket it is, and the fields that its category has of its own."""

    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_LENGTH)
    category = forms.ChoiceField(label=_("Category"), required=False)
    queue = forms.ChoiceField(label=_("Queue"))
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(
        self,
        ticket: Ticket,
        known: DeskChoices,
        own: Sequence[CategoryField],
        data: Any = None,
    ) -> None:
        super().__init__(data, initial=_standing(ticket, own), auto_id="sort_%s")
        self.own = own
        categories = {key: row.name for key, row in known.open_categories.items()}
        if ticket.category is not None:
            categories.setdefault(ticket.category.public_id, ticket.category.name)
        queues = {key: row.name for key, row in known.queues.items()}
        self.fields["category"].choices = [("", "—"), *categories.items()]  # type: ignore[attr-defined]
        self.fields["queue"].choices = list(queues.items())  # type: ignore[attr-defined]
        for field in own:
            self.fields[f"{FIELD}{field.public_id}"] = input_of(field)

    def typed_fields(self) -> dict[str, str]:
        """For the service, by the public id of the field."""
        names = {field.public_id: f"{FIELD}{field.public_id}" for field in self.own}
        return {key: self.cleaned_data.get(name) or "" for key, name in names.items()}


def _standing(ticket: Ticket, own: Iterable[CategoryField]) -> dict[str, Any]:
    values = {
        "subject": ticket.subject,
        "category": ticket.category.public_id if ticket.category else "",
        "queue": ticket.queue.public_id,
        "priority": ticket.priority,
        "version": ticket.version,
    }
    words = {True: "yes", False: "no"}
    for field in own:
        kept = ticket.fields.get(field.public_id, "")
        values[f"{FIELD}{field.public_id}"] = words[kept] if isinstance(kept, bool) else kept
    return values


class SplitForm(forms.Form):
    subject = forms.CharField(label=_("Subject of the new ticket"), max_length=SUBJECT_LENGTH)


class MergeForm(forms.Form):
    target = forms.CharField(
        label=_("Number of the ticket that stays"),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "ET-0000-0000", "autocomplete": "off"}),
    )
