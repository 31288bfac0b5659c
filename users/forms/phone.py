"""The phone to sign in with, and the code that shows whose it is."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from django import forms
from django.utils.translation import gettext_lazy as _

from users import sms
from users.forms.account import PlainFields


class ChangePhoneForm(PlainFields, allauth_forms.ChangePhoneForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("We send a code to it. Write it as you like.")

    def clean_phone(self) -> str:
        """Whether others have the phone is not looked up: who shows the code, has it."""
        phone = self.cleaned_data["phone"]
        if phone == self.phone:
            raise get_adapter().validation_error("same_as_current")
        if not sms.is_set_up():
            raise forms.ValidationError(
                _("This site sends no text messages yet: sign in with your e-mail.")
            )
        return phone


class VerifyPhoneForm(PlainFields, allauth_forms.VerifyPhoneForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code from the message")
        code.widget.attrs |= {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autofocus": True,
        }

    def clean_code(self) -> str:
        """Counts each try in the shared cache: the session's own count can be outrun at once."""
        request = context.request
        if not ratelimit.consume(request, action="phone_code"):
            raise get_adapter().validation_error("rate_limited")
        code = self.cleaned_data["code"]
        if not compare_user_code(actual=code, expected=self.expected_code):
            raise get_adapter().validation_error("incorrect_code")
        return code
