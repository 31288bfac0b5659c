"""Fields that forms of accounts share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from users.phones import parse_phone


class PhoneField(forms.CharField):
    """A phone in any spelling; cleaned, it is +79123456789."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone"))
        kwargs.setdefault(
            "widget",
            forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        )
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            return parse_phone(typed).as_e164
        except DomainError as error:
            raise forms.ValidationError(str(error), code="invalid") from error
