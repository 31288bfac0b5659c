"""The second factor: allauth's forms in the portal's words."""

from typing import Any

from allauth.mfa.base import forms as base_forms
from allauth.mfa.totp import forms as totp_forms
from django.utils.translation import gettext_lazy as _

from users.forms.account import PlainFields


class CodeField(PlainFields):
    """A code is typed on a phone's keyboard; a recovery code may have letters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs["autofocus"] = True


class AuthenticateForm(CodeField, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(CodeField, base_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(CodeField, totp_forms.ActivateTOTPForm):
    pass
