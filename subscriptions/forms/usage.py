"""Forms of meters, readings, figures and limits: what can be typed; the rules are the services'."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.widgets import DayInput
from subscriptions.choices import LimitKind, Tariff, UsageUnit, UsageZone
from subscriptions.models import Meter, Subscription
from subscriptions.services.usage import NewMeter, NewReading
from subscriptions.services.usage.meters import field_of, today_at
from subscriptions.services.usage.readings import REASON_LENGTH
from subscriptions.usage_rules import ZONES, metered_units_of, units_of
from subscriptions.usage_text import figure, sign


class FigureField(forms.CharField):
    """A number as people write it: with a comma or a point, with spaces between thousands."""

    def __init__(self, **kwargs: Any) -> None:
        # As text, with the digits' keyboard: browsers spell numbers by the system's language.
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        plain = "".join(text.split()).replace(",", ".")
        if not plain.replace(".", "", 1).isdecimal() or not plain.isascii():
            raise forms.ValidationError(_("Write a number, like 1234,5."))
        return Decimal(plain)


def choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    """Gives a field of choices those of this form."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def _photo() -> forms.FileField:
    # FileField and not ImageField: the service reads the picture, once, within limits.
    return forms.FileField(
        label=gettext_lazy("Photo of the meter"),
        required=False,
        help_text=gettext_lazy("Your provider and you alone see it. JPEG, PNG or WebP."),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}
        ),
    )


def prepare_to_show(form: forms.Form, *, asks: bool) -> None:
    """Hides a confirmation that nobody asked for; says so where a photo has to be chosen again."""
    if not asks:
        form.fields["confirmed"].widget = forms.HiddenInput()
    if form.files.get("photo") and form.errors and "photo" not in form.errors:
        form.fields["photo"].help_text = _("Choose the photo once more: browsers do not keep it.")


class ReadingForm(forms.Form):
    """The figure of each register, the largest thing on a phone."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput)
    photo = _photo()
    confirmed = forms.BooleanField(
        label=gettext_lazy("I have looked again: the figure is right"), required=False
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, files: Any, *, meter: Meter, before: dict[str, Any]) -> None:
        today = today_at(meter.subscription)
        super().__init__(data, files, initial={"day": today, "form_token": uuid4()})
        self.zones = ZONES[meter.tariff]
        for zone in self.zones:
            self.fields[field_of(zone)] = _figure(meter, zone, before.get(zone))
        self.order_fields([*map(field_of, self.zones), "day", "photo", "confirmed"])
        # Asked for alone where the service has asked.
        self.asks = bool(data and data.get("confirmed"))

    def visible(self) -> "ReadingForm":
        """As it is shown: the confirmation only where it was asked for."""
        prepare_to_show(self, asks=self.asks)
        return self

    def new_reading(self) -> NewReading:
        cleaned = self.cleaned_data
        token: UUID = cleaned["form_token"]
        return NewReading(
            day=cleaned["day"],
            figures={str(zone): cleaned[field_of(zone)] for zone in self.zones},
            confirmed=cleaned["confirmed"],
            photo=cleaned["photo"],
            form_token=token,
        )


def _figure(meter: Meter, zone: str, before: Any) -> FigureField:
    label = _("What the meter shows") if zone == UsageZone.ALL else str(UsageZone(zone).label)
    told = ""
    if before is not None:
        told = _("%(day)s it showed %(value)s") % {
            "day": f"{before.day:%d.%m.%Y}",
            "value": figure(before.value),
        }
    return FigureField(label=f"{label}, {sign(meter.unit)}", help_text=told)


class CorrectionForm(forms.Form):
    value = FigureField(label=gettext_lazy("What the meter showed"))
    photo = _photo()
    confirmed = forms.BooleanField(
        label=gettext_lazy("I have looked again: the figure is right"), required=False
    )

    def __init__(self, data: Any, files: Any, *, value: Decimal) -> None:
        super().__init__(data, files, initial={"value": f"{value.normalize():f}"})
        self.asks = bool(data and data.get("confirmed"))

    def visible(self) -> "CorrectionForm":
        prepare_to_show(self, asks=self.asks)
        return self


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What is wrong with it"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("The customer reads this. Needed where you refuse."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MeterForm(forms.Form):
    """A meter, and what its registers showed when it was installed."""

    serial = forms.CharField(label=gettext_lazy("Serial number"), max_length=40)
    label = forms.CharField(
        label=gettext_lazy("Where it is"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("To tell several apart: kitchen, cold."),
    )
    unit = forms.ChoiceField(label=gettext_lazy("It counts in"))
    tariff = forms.ChoiceField(choices=Tariff.choices, widget=forms.HiddenInput)
    installed_on = forms.DateField(
        label=gettext_lazy("Installed, or watched since"), widget=DayInput
    )
    digits = forms.IntegerField(
        label=gettext_lazy("Digits before the point"),
        min_value=3,
        max_value=9,
        initial=5,
        help_text=gettext_lazy("Past the last figure the counter begins anew from zero."),
    )
    coefficient = FigureField(
        label=gettext_lazy("Coefficient"),
        initial="1",
        help_text=gettext_lazy("Of the current transformer; 1 where there is none."),
    )

    def __init__(self, data: Any, *, subscription: Subscription, tariff: str) -> None:
        initial = {"installed_on": today_at(subscription), "tariff": tariff}
        super().__init__(data, initial=initial)
        units = metered_units_of(subscription.category.code)
        choose(self, "unit", [(unit, unit.label) for unit in units])
        self.zones = ZONES[tariff]
        for zone in self.zones:
            label = _("What the meter shows")
            if zone != UsageZone.ALL:
                label = _("It shows: %(register)s") % {"register": zone.label}
            self.fields[field_of(zone)] = FigureField(label=label)
        self.order_fields(["serial", *map(field_of, self.zones), "installed_on", "label"])

    def new_meter(self) -> NewMeter:
        cleaned = self.cleaned_data
        return NewMeter(
            unit=cleaned["unit"],
            serial=cleaned["serial"],
            label=cleaned["label"],
            tariff=cleaned["tariff"],
            digits=cleaned["digits"],
            coefficient=cleaned["coefficient"],
            installed_on=cleaned["installed_on"],
            figures={str(zone): cleaned[field_of(zone)] for zone in self.zones},
        )


class RemovalForm(forms.Form):
    removed_on = forms.DateField(
        label=gettext_lazy("Removed"),
        widget=DayInput,
        help_text=gettext_lazy("Enter its last figures first, as a reading of this day."),
    )

    def __init__(self, data: Any, *, meter: Meter) -> None:
        super().__init__(data, initial={"removed_on": today_at(meter.subscription)})


class FigureForm(forms.Form):
    """Use in a period, for what has no meter: as the provider's account says."""

    starts_on = forms.DateField(label=gettext_lazy("From"), widget=DayInput)
    ends_on = forms.DateField(label=gettext_lazy("Until"), widget=DayInput)
    amount = FigureField(label=gettext_lazy("Used"))
    unit = forms.ChoiceField(label=gettext_lazy("Unit of measure"))

    def __init__(self, data: Any, *, subscription: Subscription) -> None:
        super().__init__(data)
        units = units_of(subscription.category.code)
        choose(self, "unit", [(unit, unit.label) for unit in units])
        if len(units) == 1:
            self.fields["amount"].label = f"{_('Used')}, {units[0].label}"
            self.fields["unit"].widget = forms.HiddenInput()
            self.initial["unit"] = units[0]


class LimitForm(forms.Form):
    """One limit; of a category where `categories` are given, else of the page's subscription."""

    kind = forms.ChoiceField(label=gettext_lazy("Tell me of"), choices=LimitKind.choices)
    category = forms.ChoiceField(label=gettext_lazy("Service"))
    value = FigureField(
        label=gettext_lazy("Limit"),
        help_text=gettext_lazy(
            "An amount a month, per cent above the usual, or a day from 1 to 28."
        ),
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit of measure"),
        choices=[("", "—"), *UsageUnit.choices],
        required=False,
        help_text=gettext_lazy("Of an amount."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        subscription: Subscription | None = None,
        categories: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(data)
        if categories is None:
            del self.fields["category"]
        else:
            choose(self, "category", categories)
        if subscription is not None:
            units = units_of(subscription.category.code)
            choose(self, "unit", [(unit, unit.label) for unit in units])
            self.initial["unit"] = next(iter(units), "")


class ReadingsDayForm(forms.Form):
    readings_by = forms.IntegerField(
        label=gettext_lazy("Readings by day of the month"),
        min_value=1,
        max_value=28,
        required=False,
        help_text=gettext_lazy(
            "We remind you three days before, and tell you what was not read. Empty: neither."
        ),
    )
