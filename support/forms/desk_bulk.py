"""What a bulk action on tickets asks for before it is done."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.widgets import DayInput
from support.choices import Priority
from support.desk_choices import DeskChoices
from support.models import Queue
from support.services.bulk import (
    ANSWER,
    ASSIGN,
    BULK_TRANSITIONS,
    MERGE,
    PRIORITY,
    QUEUE,
    TAGS,
    Task,
)
from support.services.moving import HELD_FOR_LENGTH
from support.services.words import BODY_LENGTH
from users.models import CustomUser

NOBODY = "none"
# Moves that an answer to many may make.
WITH_ANSWER = ("await_customer", "solve")


class BulkForm(forms.Form):
    """Nothing to fill in: a move that asks for nothing."""

    def __init__(self, do: str, known: DeskChoices, data: Any = None) -> None:
        super().__init__(data)
        self.do = do
        self.known = known
        self.offer()

    def offer(self) -> None:
        """Fills in what may be chosen."""

    def task(self) -> Task:
        return Task(self.do, self.data_of_task())

    def data_of_task(self) -> Mapping[str, Any]:
        return {}


class HoldForm(BulkForm):
    held_for = forms.CharField(
        label=_("Whom the tickets wait for"),
        max_length=HELD_FOR_LENGTH,
        help_text=_("Customers read it."),
    )
    held_until = forms.DateField(label=_("Until"), widget=DayInput)

    def data_of_task(self) -> Mapping[str, Any]:
        return self.cleaned_data


class AssignForm(BulkForm):
    user = forms.ChoiceField(label=_("Assignee"))

    def offer(self) -> None:
        people = [(key, row.name) for key, row in self.known.people.items()]
        choices = [("", _("Choose whom to assign")), (NOBODY, _("nobody")), *people]
        self.fields["user"].choices = choices  # type: ignore[attr-defined]

    def task(self) -> Task:
        chosen = self.cleaned_data["user"]
        user = None if chosen == NOBODY else CustomUser.objects.get(public_id=chosen)
        return Task(self.do, user=user)


class PriorityForm(BulkForm):
    priority = forms.ChoiceField(
        label=_("Priority"), choices=[("", _("Choose a priority")), *Priority.choices]
    )

    def data_of_task(self) -> Mapping[str, Any]:
        return {"priority": self.cleaned_data["priority"]}


class QueueForm(BulkForm):
    queue = forms.ChoiceField(label=_("Queue"))

    def offer(self) -> None:
        queues = [(key, row.name) for key, row in self.known.queues.items()]
        self.fields["queue"].choices = [("", _("Choose a queue")), *queues]  # type: ignore[attr-defined]

    def task(self) -> Task:
        return Task(self.do, queue=Queue.objects.get(public_id=self.cleaned_data["queue"]))


class TagsForm(BulkForm):
    add = forms.CharField(
        label=_("Put on"),
        max_length=200,
        required=False,
        help_text=_("Tags, with commas between them."),
    )
    remove = forms.CharField(label=_("Take off"), max_length=200, required=False)

    def data_of_task(self) -> Mapping[str, Any]:
        return {name: _names(self.cleaned_data[name]) for name in ("add", "remove")}


class MergeManyForm(BulkForm):
    target = forms.CharField(
        label=_("Number of the ticket that stays"),
        max_length=20,
        help_text=_("Only tickets of one customer are merged. This cannot be undone."),
    )
    confirmed = forms.BooleanField(
        label=_("Also where another person of the customer's asked"), required=False
    )

    def data_of_task(self) -> Mapping[str, Any]:
        target = self.cleaned_data["target"].strip().upper()
        return {"target": target, "confirmed": self.cleaned_data["confirmed"]}


class AnswerManyForm(BulkForm):
    body = forms.CharField(
        label=_("Answer"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Each customer gets it. “{{ customer.name }}” is their own name."),
    )
    then = forms.ChoiceField(label=_("State afterwards"), required=False)

    def offer(self) -> None:
        moves = [(name, BULK_TRANSITIONS[name].label) for name in WITH_ANSWER]
        self.fields["then"].choices = [("", _("as it is")), *moves]  # type: ignore[attr-defined]

    def data_of_task(self) -> Mapping[str, Any]:
        return {"body": self.cleaned_data["body"], "then": self.cleaned_data["then"]}


_FORMS: dict[str, type[BulkForm]] = {
    ASSIGN: AssignForm,
    PRIORITY: PriorityForm,
    QUEUE: QueueForm,
    TAGS: TagsForm,
    MERGE: MergeManyForm,
    ANSWER: AnswerManyForm,
}


def bulk_form(do: str, known: DeskChoices, data: Any = None) -> BulkForm:
    """The form of the action `do`, bound when `data` is given."""
    asks = do in BULK_TRANSITIONS and BULK_TRANSITIONS[do].requires
    return _FORMS.get(do, HoldForm if asks else BulkForm)(do, known, data)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
