"""Forms of a ticket's page, on the customer's side."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from support.services.scoring import BEST_SCORE, COMMENT_LENGTH, WORST_SCORE
from support.services.words import BODY_LENGTH

SCORE_WORDS = {
    5: _("very good"),
    4: _("good"),
    3: _("so-so"),
    2: _("bad"),
    1: _("very bad"),
}


class AnswerForm(forms.Form):
    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    body = forms.CharField(
        label=_("Your answer"),
        max_length=BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial={"form_token": uuid4()} | dict(initial or {}))

    @property
    def token(self) -> UUID | None:
        """The token that the form was shown with, whether or not it is valid."""
        typed = self.data.get("form_token") if self.is_bound else self.initial["form_token"]
        try:
            return UUID(str(typed))
        except ValueError:
            return None


class ScoreForm(forms.Form):
    value = forms.ChoiceField(
        label=_("How was it solved?"),
        choices=[
            (number, SCORE_WORDS[number]) for number in range(BEST_SCORE, WORST_SCORE - 1, -1)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a score from 1 to 5.")},
    )
    comment = forms.CharField(
        label=_("What was good, and what was not"),
        max_length=COMMENT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
