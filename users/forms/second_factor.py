"""The second factor: allauth's forms in the portal's words."""

from typing import Any

from allauth.mfa.base import forms as base_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from users.forms.account import PlainFields

NAME_LENGTH = 60


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


def _passkey_name(**options: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        help_text=_("By which you tell it from others: “Work laptop”, “My phone”."),
        **options,
    )


class PlainAnswer:
    """What a browser answers is a form field like any other: it may hold anything."""

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        if not isinstance(credential, dict) or not isinstance(credential.get("response"), dict):
            raise forms.ValidationError(_("The passkey did not work. Try once more."))
        parent = getattr(super(), "clean_credential", None)
        return parent() if parent else credential


class AddPasskeyForm(PlainAnswer, webauthn_forms.AddWebAuthnForm):
    name = _passkey_name(required=False)
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without e-mail and password"),
        required=False,
        initial=True,
        help_text=_("The device then asks for your fingerprint, face or PIN."),
    )


class EditPasskeyForm(webauthn_forms.EditWebAuthnForm):
    name = _passkey_name()


class AuthenticatePasskeyForm(PlainAnswer, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class LoginPasskeyForm(PlainAnswer, webauthn_forms.LoginWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(PlainAnswer, webauthn_forms.ReauthenticateWebAuthnForm):
    pass
