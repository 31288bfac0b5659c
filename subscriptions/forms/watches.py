"""Forms of watches: a visitor's e-mail, and for whom an organization waits."""

import time
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy

_SIGNER = signing.TimestampSigner(salt="subscriptions.watches.form")


class VisitorWatchForm(forms.Form):
    """Whom to write to; the visitor consents to the text that stands beside it."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("First we send a letter with a link to confirm."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    consent = forms.BooleanField(
        label=gettext_lazy("I agree that you keep my e-mail to tell me about this"),
        error_messages={"required": gettext_lazy("Without your consent we may not write to you.")},
    )
    # People neither see nor reach it; programs that fill in forms fill it in.
    subject = forms.CharField(required=False, max_length=500)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"shown": _SIGNER.sign("shown")})

    @property
    def seconds(self) -> float:
        """How long the form has been open; 0 for one that was not shown by us."""
        text = str(self.cleaned_data.get("shown", ""))
        try:
            _SIGNER.unsign(text)
        except signing.BadSignature:
            return 0.0
        return time.time() - signing.b62_decode(text.rsplit(_SIGNER.sep, 2)[1])
