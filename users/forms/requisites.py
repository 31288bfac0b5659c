"""INN, KPP and OGRN in a form, each refused beside its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from users import requisites


class NumberField(forms.CharField):
    """A number by which an organization is known, cleaned by a function of `users.requisites`."""

    def __init__(self, *, cleaned_by: Any, **kwargs: Any) -> None:
        self.cleaned_by = cleaned_by
        kwargs.setdefault(
            "widget", forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        )
        # Longer than any of them: people paste with spaces.
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        try:
            return self.cleaned_by(typed)
        except DomainError as error:
            raise forms.ValidationError(str(error), code="invalid") from error


class RequisitesForm(forms.Form):
    """To be inherited with other fields; a subclass says whether the numbers must be given."""

    REQUISITES = ("inn", "kpp", "ogrn")

    inn = NumberField(
        label=_("INN"),
        cleaned_by=requisites.clean_inn,
        help_text=_("10 digits, that of an entrepreneur 12."),
    )
    kpp = NumberField(
        label=_("KPP"),
        cleaned_by=requisites.clean_kpp,
        required=False,
        help_text=_("9 digits; an entrepreneur has none."),
    )
    ogrn = NumberField(
        label=_("OGRN or OGRNIP"),
        cleaned_by=requisites.clean_ogrn,
        help_text=_("13 digits, that of an entrepreneur 15."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "inn" in self.fields and not any(name in self.errors for name in self.REQUISITES):
            numbers = {name: cleaned.get(name, "") for name in self.REQUISITES}
            try:
                requisites.require_agreement(**numbers)
                if self.fields["inn"].required:
                    requisites.require_all(**numbers)
            except DomainError as error:
                self.add_error(error.field, str(error))
        return cleaned
