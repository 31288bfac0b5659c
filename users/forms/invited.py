"""What somebody without an account gives who was invited."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from users.models import CustomUser


class NewcomerForm(forms.Form):
    full_name = forms.CharField(
        label=_("Your name"),
        max_length=CustomUser._meta.get_field("full_name").max_length,
        widget=forms.TextInput({"autocomplete": "name", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=_("At least 10 characters, not only digits."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    consent = forms.BooleanField(
        label=_("I consent to the processing of my personal data"),
        error_messages={"required": _("Without your consent we may not keep your data.")},
    )

    def __init__(self, data: Any = None, *, email: str) -> None:
        super().__init__(data)
        self._email = email

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        person = CustomUser(email=self._email, full_name=cleaned.get("full_name", ""))
        if "password" in cleaned:
            try:
                validate_password(cleaned["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned
