"""What a bulk action asks for before it is done."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.forms.moves import MoveForm
from subscriptions.services.bulk import ASSIGN, BULK_TRANSITIONS, NOTE
from subscriptions.services.requests.input import NOTE_LENGTH


class BulkNoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        help_text=_("It is added to each of the requests; both sides read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def data_for_move(self) -> dict[str, Any]:
        return {"note": self.cleaned_data["note"]}


class BulkAssignForm(forms.Form):
    """`people` are working members of the provider: public id → name; `none`: nobody."""

    user = forms.ChoiceField(label=_("Assignee"))

    def __init__(self, people: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose whom to assign")), ("none", _("nobody")), *people.items()]
        self.fields["user"].choices = choices  # type: ignore[attr-defined]

    def data_for_move(self) -> dict[str, Any]:
        return {}


class BulkSureForm(forms.Form):
    """Nothing to fill in."""

    def data_for_move(self) -> dict[str, Any]:
        return {}


def form_for(do: str, people: Mapping[str, Any], data: Any = None) -> Any:
    """The form of the action `do`, bound when `data` is given."""
    if do == NOTE:
        return BulkNoteForm(data)
    if do == ASSIGN:
        return BulkAssignForm(people, data)
    if do in BULK_TRANSITIONS:
        return MoveForm(BULK_TRANSITIONS[do], data)
    return BulkSureForm(data)
