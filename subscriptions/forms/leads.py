"""Forms of leads: the visitor's wish, what agencies do with it, their rules, staff's decisions."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from locations.models import Building, City, Region, ServiceCategory
from locations.selectors.gazetteer import city_named
from subscriptions.forms.errors import show
from subscriptions.models import LeadRule
from subscriptions.phones import parse_phone
from subscriptions.selectors.availability import Option
from subscriptions.selectors.catalogue import categories
from subscriptions.services.attribution import DECISION_LENGTH
from subscriptions.services.leads import intake
from subscriptions.services.leads.rules import LIMIT_AT_MOST
from subscriptions.services.leads.work import REASON_LENGTH

_SIGNER = signing.TimestampSigner(salt="subscriptions.leads")


def new_token() -> str:
    """A token for a form that is shown now, with the moment, signed."""
    return _SIGNER.sign(str(uuid4()))


def _read_token(text: str) -> tuple[UUID, float]:
    """The token and for how many seconds the form has been open. Raises signing.BadSignature."""
    token = UUID(_SIGNER.unsign(text))
    shown_at = signing.b62_decode(text.rsplit(_SIGNER.sep, 2)[1])
    return token, time.time() - shown_at


class WishForm(forms.Form):
    """What a visitor leaves: for a known `building` with plans chosen there, or for any address."""

    name = forms.CharField(
        label=gettext_lazy("How to address you"),
        max_length=intake.NAME_LENGTH,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        help_text=gettext_lazy("In any spelling. An agent calls this number."),
        widget=forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    city = forms.CharField(
        label=gettext_lazy("City or settlement"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "address-level2"}),
    )
    address = forms.CharField(
        label=gettext_lazy("Street and house"),
        max_length=170,
        widget=forms.TextInput({"autocomplete": "street-address"}),
    )
    unit_number = forms.CharField(
        label=gettext_lazy("Flat or office"),
        max_length=intake.UNIT_LENGTH,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("What to connect"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=intake.COMMENT_LENGTH,
        help_text=gettext_lazy("For example: when it is convenient to call."),
        widget=forms.Textarea({"rows": 3}),
    )
    # People neither see nor reach it; programs that fill in forms fill it in.
    subject = forms.CharField(required=False, max_length=500, widget=forms.TextInput)
    consent = forms.BooleanField(
        label=gettext_lazy("I agree that my data is passed to an agent and to the providers"),
        error_messages={"required": gettext_lazy("Without your consent nobody may call you.")},
    )
    form_token = forms.CharField(widget=forms.HiddenInput, max_length=200)

    def __init__(
        self,
        data: Any = None,
        *,
        building: Building | None = None,
        chosen: Sequence[Option] = (),
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"form_token": new_token(), **(initial or {})})
        self.building, self.chosen = building, chosen
        self.fields["categories"].choices = [(row.code, row.name) for row in categories()]  # type: ignore[attr-defined]
        if building is not None:
            del self.fields["city"], self.fields["address"]
            if building.is_private_house:
                del self.fields["unit_number"]
        self.token: UUID | None = None
        self.seconds = 0.0

    def clean_phone(self) -> str:
        try:
            return parse_phone(self.cleaned_data["phone"]).as_e164
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def clean_form_token(self) -> str:
        text = str(self.cleaned_data["form_token"])
        try:
            self.token, self.seconds = _read_token(text)
        except (signing.BadSignature, ValueError):
            # Of another installation, or made up: whoever sees the form again has a right one.
            fresh = QueryDict(mutable=True)
            fresh.update(self.data)  # type: ignore[arg-type]
            fresh["form_token"] = new_token()
            self.data = fresh
            self.add_error(None, _("The form was out of date. Please send it once more."))
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.chosen and not cleaned.get("categories") and "categories" not in self.errors:
            self.add_error("categories", _("Tick at least one service."))
        if cleaned.get("city"):
            try:
                cleaned["known_city"] = city_named(cleaned["city"])
            except DomainError as error:
                show(self, error)
        return cleaned

    @property
    def text(self) -> str:
        """All that was written freely."""
        names = ("name", "city", "address", "unit_number", "comment")
        return "\n".join(str(self.cleaned_data.get(name, "")) for name in names)

    def wish(self) -> intake.Wish:
        """What `submit_lead` takes, from a valid form."""
        cleaned = self.cleaned_data
        codes = set(cleaned["categories"])
        wanted = [row.pk for row in categories() if row.code in codes]
        return intake.Wish(
            name=cleaned["name"],
            phone=cleaned["phone"],
            email=cleaned["email"],
            building=self.building,
            city=cleaned.get("known_city"),
            address=f"{cleaned.get('city', '')}, {cleaned.get('address', '')}",
            unit_number=cleaned.get("unit_number", ""),
            comment=cleaned["comment"],
            categories=list(dict.fromkeys([*wanted, *(one.category_id for one in self.chosen)])),
            plans=[option.plan_id for option in self.chosen],
        )


class PassForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("For example: too far, nobody is free today."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class CloseForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("How it ended"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("For example: changed their mind, nobody answers."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class RuleForm(forms.Form):
    """A rule of an agency; `rule` is the one that is changed, None for a new one."""

    city = forms.CharField(
        label=gettext_lazy("City"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Leave it empty for a whole region, or for any place."),
    )
    region = forms.ModelChoiceField(
        label=gettext_lazy("Region"),
        queryset=Region.objects.all(),
        required=False,
        empty_label=gettext_lazy("Any region"),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Service"),
        queryset=ServiceCategory.objects.filter(is_active=True),
        required=False,
        empty_label=gettext_lazy("Any service"),
    )
    daily_limit = forms.IntegerField(
        label=gettext_lazy("At most a day"),
        required=False,
        min_value=1,
        max_value=LIMIT_AT_MOST,
        help_text=gettext_lazy("Empty: as many as come."),
    )

    def __init__(self, data: Any = None, *, rule: LeadRule | None = None) -> None:
        initial: dict[str, Any] = {}
        if rule is not None:
            initial = {
                "city": rule.city.title if rule.city else "",
                "region": rule.region_id,
                "category": rule.category_id,
                "daily_limit": rule.daily_limit,
            }
        super().__init__(data, initial=initial)

    def clean_city(self) -> City | None:
        text = self.cleaned_data["city"]
        if not text.strip():
            return None
        try:
            found = city_named(text)
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
        if found is None:
            raise forms.ValidationError(_("We know no such city. Check the spelling."))
        return found


class DecisionForm(forms.Form):
    decision = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=DECISION_LENGTH,
        help_text=gettext_lazy("Kept with the dispute, for staff; both sides hear the outcome."),
        widget=forms.Textarea({"rows": 3}),
    )
