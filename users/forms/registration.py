"""Registration: each kind of organization is asked only what it needs (`QUESTIONS`)."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal import flows
from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from core.choices import OrganizationKind
from users.forms.account import PlainFields
from users.forms.requisites import RequisitesForm
from users.models import CustomUser, Organization
from users.models.user import normalize_email
from users.services.people import EmailTakenError
from users.services.registration import QUESTIONS, Need, register

_NAMES: dict[OrganizationKind, Any] = {
    OrganizationKind.AGENCY: _("Name of the agency"),
    OrganizationKind.BUILDER: _("Name of the builder or management company"),
    OrganizationKind.PROVIDER: _("Name of the provider"),
    OrganizationKind.COMPANY: _("Name of the company"),
}


class RegistrationForm(PlainFields, RequisitesForm, allauth_forms.SignupForm):
    """An organization of `kind` and its first person."""

    organization_name = forms.CharField(
        max_length=Organization._meta.get_field("name").max_length,
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    full_name = forms.CharField(
        label=_("Your name"),
        max_length=CustomUser._meta.get_field("full_name").max_length,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    phone = PhoneNumberField(
        label=_("Phone of the organization"),
        region="RU",
        required=False,
        help_text=_("If you wish: for questions about your requests."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    with_sandbox = forms.BooleanField(
        label=_("I need a sandbox"),
        required=False,
        help_text=_(
            "For software developers and network administrators: a second organization in which "
            "nothing is real, to try out programs and settings."
        ),
    )
    consent = forms.BooleanField(
        label=_("I consent to the processing of my personal data"),
        error_messages={"required": _("Without your consent we may not keep your data.")},
    )
    field_order = (
        "organization_name",
        *RequisitesForm.REQUISITES,
        "full_name",
        "email",
        "phone",
        "password1",
        "with_sandbox",
        "consent",
    )

    def __init__(
        self, *args: Any, kind: OrganizationKind = OrganizationKind.AGENCY, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["email"].label = _("E-mail")
        self.fields["email"].help_text = _(
            "You will sign in with it. We send a link to confirm it."
        )
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = _("At least 10 characters, not only digits.")
        self.order_fields(self.field_order)
        self._ask_only_what_is_needed()
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True

    def _ask_only_what_is_needed(self) -> None:
        asked = QUESTIONS[self.kind]
        unasked = set() if asked.sandbox else {"with_sandbox"}
        if asked.organization:
            self.fields["organization_name"].label = _NAMES[self.kind]
        else:
            unasked |= {"organization_name", "phone"}
        if asked.requisites is Need.NONE:
            unasked |= set(self.REQUISITES)
        for name in unasked:
            del self.fields[name]
        if asked.requisites is Need.OPTIONAL:
            self.fields["inn"].required = self.fields["ogrn"].required = False

    @property
    def before_requisites(self) -> list[forms.BoundField]:
        """The fields that stand above the optional requisites, which are folded away."""
        return [self["organization_name"]] if "organization_name" in self.fields else []

    @property
    def optional_requisites(self) -> list[forms.BoundField]:
        is_optional = QUESTIONS[self.kind].requisites is Need.OPTIONAL
        return [self[name] for name in self.REQUISITES] if is_optional else []

    @property
    def after_requisites(self) -> list[forms.BoundField]:
        apart = [*self.before_requisites, *self.optional_requisites]
        return [field for field in self if field not in apart]

    @property
    def requisites_are_open(self) -> bool:
        return any(field.errors or field.value() for field in self.optional_requisites)

    def clean_email(self) -> str:
        """The address in its one spelling; whether it is taken is nobody's business here."""
        return normalize_email(self.cleaned_data["email"])

    def try_save(self, request: HttpRequest) -> tuple[CustomUser | None, Any]:
        """(user, None), or (None, response) where the address has an account.

        Both take the same work, one letter and the same answer.
        """
        names = {"organization_name", "full_name", "email", "phone", "with_sandbox"}
        data = {
            name: value
            for name, value in self.cleaned_data.items()
            if name in names | set(self.REQUISITES)
        }
        try:
            user = register(
                kind=self.kind,
                password=self.cleaned_data["password1"],
                language=get_language() or "",
                **data,
            )
        except EmailTakenError:
            return None, flows.signup.prevent_enumeration(request, email=data["email"])
        return user, None
