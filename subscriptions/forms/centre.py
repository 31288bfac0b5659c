"""Forms of the centre of subscriptions."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from core.uploads import CONTENT_TYPES
from core.widgets import DayInput, LeanSelect
from subscriptions.choices import DocumentKind
from subscriptions.models import Subscription
from subscriptions.services.centre.findings import REASON_LENGTH
from subscriptions.services.centre.records import NOTE_LENGTH, RENEWED_AT_MOST, TERMS


class TermsForm(forms.ModelForm):
    """Contract, account and term; every rule is the service's."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    class Meta:
        model = Subscription
        fields = TERMS
        widgets = {"term_ends_on": DayInput}
        labels = {
            "contract_number": _("Contract number"),
            "term_ends_on": _("The term ends on"),
        }
        help_texts = {
            "contract_number": _("As in the contract with the provider."),
            "account_number": _("The number that payments name."),
            "term_ends_on": _("The last day. Empty: there is no term."),
            "renew_months": _("By how many months the term goes on by itself. 0: it does not."),
        }

    def __init__(self, data: Any = None, *, row: Subscription) -> None:
        super().__init__(data, instance=row, initial={"version": row.version})
        self.fields["renew_months"].widget.attrs["max"] = RENEWED_AT_MOST

    def _post_clean(self) -> None:
        """Leaves the instance as the page was opened on: the service validates and sets."""

    def terms(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in TERMS}


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it is"), choices=DocumentKind.choices, widget=LeanSelect)
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput({"accept": ",".join(f".{one}" for one in CONTENT_TYPES)}),
    )


class OwnNoteForm(forms.Form):
    text = forms.CharField(
        label=_("Your notes"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Your organization alone reads them."),
        widget=forms.Textarea({"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class OwnPriceForm(forms.Form):
    price = forms.DecimalField(
        label=_("A month, roubles"), min_value=0, max_digits=12, decimal_places=2, localize=True
    )
    starts_on = forms.DateField(label=_("From"), widget=DayInput, initial=clock.today)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class EndForm(forms.Form):
    last_day = forms.DateField(label=_("The last day"), widget=DayInput, initial=clock.today)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class DismissForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is as it should be"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput({"placeholder": _("A second line for safety, say")}),
    )


class WordForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File of subscriptions"),
        help_text=_("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )


class NewServiceForm(forms.Form):
    """A service that was not connected through the portal, written down by its holder."""

    address = forms.CharField(
        label=_("Address"), max_length=200, help_text=_("City, street, house.")
    )
    unit = forms.CharField(label=_("Flat or office"), max_length=20, required=False)
    category = forms.ChoiceField(label=_("Service"), widget=LeanSelect)
    provider = forms.CharField(
        label=_("Provider"), max_length=200, help_text=_("The name, or the INN.")
    )
    plan = forms.CharField(
        label=_("Plan"), max_length=120, help_text=_("As your contract names it.")
    )
    price = forms.DecimalField(
        label=_("A month, roubles"), min_value=0, max_digits=12, decimal_places=2, localize=True
    )
    started_on = forms.DateField(label=_("In force since"), widget=DayInput)
    contract = forms.CharField(label=_("Contract number"), max_length=60, required=False)
    account = forms.CharField(label=_("Personal account"), max_length=60, required=False)
    term_until = forms.DateField(label=_("The term ends on"), required=False, widget=DayInput)
    renew = forms.IntegerField(
        label=_("Renewed by, months"),
        required=False,
        min_value=0,
        max_value=RENEWED_AT_MOST,
        help_text=_("Empty: it does not renew itself."),
    )
    centre = forms.CharField(label=_("Cost centre"), max_length=60, required=False)
    tags = forms.CharField(
        label=_("Tags"), max_length=200, required=False, help_text=_("Separated by commas.")
    )

    def __init__(self, data: Any = None, *, categories: Iterable[tuple[str, str]]) -> None:
        super().__init__(data, initial={"started_on": clock.today()})
        self.fields["category"].choices = list(categories)  # type: ignore[attr-defined]

    def cells(self) -> dict[str, str]:
        """What was typed, as the cells of a row of a file: one reader understands both."""
        written: dict[str, str] = {}
        for name, value in self.cleaned_data.items():
            if value is None:
                written[name] = ""
            elif hasattr(value, "isoformat"):
                written[name] = value.isoformat()
            else:
                written[name] = str(value)
        return written


class AnnounceForm(forms.Form):
    """A new price for those who have a plan already."""

    price = forms.DecimalField(
        label=_("New price a month, roubles"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        localize=True,
    )
    starts_on = forms.DateField(label=_("From"), widget=DayInput)
    numbers = forms.CharField(
        label=_("Subscriptions"),
        required=False,
        max_length=4000,
        help_text=_("Numbers, one in a line. Empty: all that are in force on this plan."),
        widget=forms.Textarea({"rows": 3}),
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_numbers(self) -> list[str]:
        words = self.cleaned_data["numbers"].replace(",", " ").split()
        return list(dict.fromkeys(word.upper() for word in words))
