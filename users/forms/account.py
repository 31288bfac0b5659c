"""Sign-in, forgotten password, own address: allauth's forms in the portal's words."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from users import jobs
from users.models.user import normalize_email
from users.phones import parse_phone


class PlainFields:
    """Labels say what a field is: no placeholders that vanish as one types."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(PlainFields, allauth_forms.LoginForm):
    error_title = _("You are not signed in:")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("E-mail or phone")
        # An address has at most 254 characters; what is longer is not even looked for.
        login.widget.attrs |= {"autocomplete": "username", "autofocus": True, "maxlength": "254"}
        login.validators.append(MaxLengthValidator(254))
        self.fields["password"].label = _("Password")
        # The page has a link of its own to "forgot password".
        self.fields["password"].help_text = ""

    def user_credentials(self) -> dict[str, str]:
        """What is typed is a phone when it can be one, else an address: never both are tried."""
        login = self.cleaned_data["login"]
        password = self.cleaned_data["password"]
        try:
            return {"phone": parse_phone(login).as_e164, "password": password}
        except DomainError:
            return {"email": normalize_email(login), "password": password}


class ResetPasswordForm(PlainFields, allauth_forms.ResetPasswordForm):
    def clean_email(self) -> str:
        """Does not look for the account: the job does, so that the answer takes the same time."""
        return normalize_email(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = self.cleaned_data["email"]
        jobs.send_password_reset.enqueue(email, get_language())
        return email


class ResetPasswordKeyForm(PlainFields, allauth_forms.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(PlainFields, allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class SetPasswordForm(PlainFields, allauth_forms.SetPasswordForm):
    pass


class AddEmailForm(PlainFields, allauth_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New e-mail")


class ReauthenticateForm(PlainFields, allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
