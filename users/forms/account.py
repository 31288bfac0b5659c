"""Sign-in, registration, forgotten password: allauth's forms in the portal's words."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal import flows
from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from users import jobs
from users.models import CustomUser, Organization
from users.models.user import normalize_email
from users.services.people import EmailTakenError, register_agency


class PlainFields:
    """Labels say what a field is: no placeholders that vanish as one types."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(PlainFields, allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autofocus": True}
        self.fields["password"].label = _("Password")
        # The page has a link of its own to "forgot password".
        self.fields["password"].help_text = ""


class RegistrationForm(PlainFields, allauth_forms.SignupForm):
    """An agency and its first person."""

    organization_name = forms.CharField(
        label=_("Name of the agency"),
        max_length=Organization._meta.get_field("name").max_length,
        widget=forms.TextInput({"autocomplete": "organization", "autofocus": True}),
    )
    full_name = forms.CharField(
        label=_("Your name"),
        max_length=CustomUser._meta.get_field("full_name").max_length,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    phone = PhoneNumberField(
        label=_("Phone of the agency"),
        region="RU",
        required=False,
        help_text=_("If you wish: for questions about your requests."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    consent = forms.BooleanField(
        label=_("I consent to the processing of my personal data"),
        error_messages={"required": _("Without your consent we may not keep your data.")},
    )
    field_order = ("organization_name", "full_name", "email", "phone", "password1", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].help_text = _(
            "You will sign in with it. We send a link to confirm it."
        )
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = _("At least 10 characters, not only digits.")
        self.order_fields(self.field_order)

    def clean_email(self) -> str:
        """The address in its one spelling; whether it is taken is nobody's business here."""
        return normalize_email(self.cleaned_data["email"])

    def try_save(self, request: HttpRequest) -> tuple[CustomUser | None, Any]:
        """(user, None), or (None, response) where the address has an account.

        Both take one password hash, one letter and the same answer.
        """
        data = self.cleaned_data
        try:
            user = register_agency(
                organization_name=data["organization_name"],
                full_name=data["full_name"],
                email=data["email"],
                password=data["password1"],
                phone=data["phone"],
                language=get_language() or "",
            )
        except EmailTakenError:
            return None, flows.signup.prevent_enumeration(request, email=data["email"])
        return user, None


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
