"""The forms of a provider's slots."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import DomainError
from core.widgets import DayInput, TimeOfDayInput
from locations.models import City, District, ServiceCategory
from locations.selectors.gazetteer import city_named
from subscriptions.choices import SlotExceptionKind
from subscriptions.models import SlotPattern
from subscriptions.selectors.catalogue import categories
from subscriptions.selectors.slot_pages import pattern_in_words
from subscriptions.selectors.visit_days import crews_of
from subscriptions.services.visits.patterns import (
    CAPACITY_AT_MOST,
    MINUTES,
    NOTE_LENGTH,
    NOTICE_AT_MOST,
)
from users.models import Organization, Team

WORKING_WEEK = [0, 1, 2, 3, 4]


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=TimeOfDayInput)


def _number(label: Any, least: int, most: int, hint: Any = "", **more: Any) -> forms.IntegerField:
    widget = forms.NumberInput({"inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, help_text=hint, widget=widget, **more
    )


class PatternForm(forms.Form):
    """A week of slots; every rule is the service's, here is only what can be typed."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=WORKING_WEEK,
    )
    starts = _time(gettext_lazy("From"))
    ends = _time(gettext_lazy("To"))
    minutes = _number(
        gettext_lazy("Length of a slot, minutes"),
        MINUTES.start,
        MINUTES.stop - 1,
        gettext_lazy("The hours are cut into slots of this length."),
        initial=120,
    )
    capacity = _number(gettext_lazy("Visits in one slot"), 1, CAPACITY_AT_MOST, initial=1)
    notice_hours = _number(
        gettext_lazy("Notice, hours"),
        0,
        NOTICE_AT_MOST,
        gettext_lazy(
            "Agents and clients choose and move a visit no later than so many hours before."
        ),
        initial=12,
    )
    follows_calendar = forms.BooleanField(
        label=gettext_lazy("On working days alone"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Holidays and your own days off have no slots then."),
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Empty: wherever you work."),
    )
    district = forms.CharField(
        label=gettext_lazy("District"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Empty: the whole city."),
    )
    category = forms.ChoiceField(label=gettext_lazy("Service"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Crew"), required=False)
    valid_from = forms.DateField(
        label=gettext_lazy("From the day"), widget=DayInput, initial=clock.today
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Until the day"),
        widget=DayInput,
        required=False,
        help_text=gettext_lazy("Empty: without an end."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(
        self, data: Any = None, *, provider: Organization, pattern: SlotPattern | None = None
    ) -> None:
        super().__init__(data, initial=_initial(pattern) if pattern else None)
        self._teams = {team.public_id: team for team in crews_of(provider)}
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("All services")),
            *((row.code, row.name) for row in categories()),
        ]
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            ("", _("Without a crew")),
            *((key, team.name) for key, team in self._teams.items()),
        ]

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

    def clean_category(self) -> ServiceCategory | None:
        code = self.cleaned_data["category"]
        return ServiceCategory.objects.get(code=code) if code else None

    def clean_team(self) -> Team | None:
        return self._teams.get(self.cleaned_data["team"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = (cleaned.get("district") or "").strip()
        if "city" in self.errors:
            return cleaned
        cleaned["district"] = None
        if name:
            cleaned["district"] = _district(cleaned.get("city"), name)
            if cleaned["district"] is None:
                self.add_error("district", _("We know no such district of this city."))
        return cleaned

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings, as the page shows them."""
        named = {
            _("When"): ["starts", "ends", "minutes", "capacity", "valid_from", "valid_until"],
            _("Where and what"): ["city", "district", "category", "team"],
            _("Rules"): ["notice_hours", "follows_calendar"],
        }
        return [(title, [self[name] for name in names]) for title, names in named.items()]


def _initial(pattern: SlotPattern) -> dict[str, Any]:
    names = (
        "starts", "ends", "minutes", "capacity", "notice_hours", "follows_calendar",
        "valid_from", "valid_until", "version",
    )  # fmt: skip
    return {name: getattr(pattern, name) for name in names} | {
        "weekdays": [day for day in range(7) if pattern.runs_on(day)],
        "city": pattern.city.title if pattern.city else "",
        "district": pattern.district.name if pattern.district else "",
        "category": pattern.category.code if pattern.category else "",
        "team": pattern.team.public_id if pattern.team else "",
    }


def _district(city: City | None, name: str) -> District | None:
    if city is None:
        return None
    wanted = name.casefold()
    # The databases fold letters differently; of one city there are few.
    return next(
        (row for row in city.districts.defer("geometry") if row.name.casefold() == wanted), None
    )


class ExceptionForm(forms.Form):
    """A day, or several, that differ."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is different"), choices=SlotExceptionKind.choices
    )
    pattern = forms.ChoiceField(
        label=gettext_lazy("Slots"),
        required=False,
        help_text=gettext_lazy("All slots can only be closed."),
    )
    day = forms.DateField(label=gettext_lazy("First day"), widget=DayInput, initial=clock.today)
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DayInput,
        required=False,
        help_text=gettext_lazy("Empty: that day alone."),
    )
    starts = forms.TimeField(
        label=gettext_lazy("Extra slot from"), widget=TimeOfDayInput, required=False
    )
    ends = forms.TimeField(
        label=gettext_lazy("Extra slot to"), widget=TimeOfDayInput, required=False
    )
    capacity = _number(
        gettext_lazy("Visits in one slot"),
        0,
        CAPACITY_AT_MOST,
        gettext_lazy("For another capacity and for an extra slot."),
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=NOTE_LENGTH)

    def __init__(self, data: Any = None, *, patterns: list[SlotPattern]) -> None:
        super().__init__(data)
        self._patterns = {row.public_id: row for row in patterns}
        self.fields["pattern"].choices = [  # type: ignore[attr-defined]
            ("", _("All slots")),
            *((key, pattern_in_words(row)) for key, row in self._patterns.items()),
        ]

    def clean_pattern(self) -> SlotPattern | None:
        return self._patterns.get(self.cleaned_data["pattern"])

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
