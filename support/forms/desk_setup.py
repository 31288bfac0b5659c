"""How the desk is set up: what staff type in Django admin, checked beside its field."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from core.choices import OrganizationKind
from core.errors import DomainError
from core.parts import icons
from subscriptions.choices import FieldKind
from subscriptions.forms.errors import show
from subscriptions.services.custom_fields import CHOICE_LENGTH, CHOICES_AT_MOST
from support.desk_hours import read_spans
from support.models import (
    CategoryField,
    DeskCalendar,
    DeskDay,
    DeskRule,
    Macro,
    Queue,
    ServiceLevel,
    Tag,
    TicketCategory,
)
from support.selectors.people import desk_people
from support.services.macros import STATES, check_macro
from support.services.routing import words_of

DAYS = (
    ("day1", _("Monday")),
    ("day2", _("Tuesday")),
    ("day3", _("Wednesday")),
    ("day4", _("Thursday")),
    ("day5", _("Friday")),
    ("day6", _("Saturday")),
    ("day7", _("Sunday")),
)
_DASHES = str.maketrans("–—−", "---")


class HoursField(forms.CharField):
    """Hours of a day: "09:00–13:00, 14:00–18:00"; nothing is a day off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 200, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value if isinstance(value, str) else ""
        return ", ".join("–".join(map(str, span)) for span in value if isinstance(span, list))

    def clean(self, value: Any) -> list[list[str]]:
        text = super().clean(value).translate(_DASHES)
        parts = [part.strip() for part in text.split(",") if part.strip()]
        spans = [[_clock(end) for end in part.split("-")] for part in parts]
        if any(len(span) != 2 for span in spans):
            raise ValidationError(gettext("Write hours like 09:00–13:00, 14:00–18:00."))
        read_spans(spans)
        return spans

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != self.prepare_value(data)


def _clock(text: str) -> str:
    """ "9:00" as "09:00"."""
    cleaned = text.strip()
    return f"0{cleaned}" if len(cleaned) == 4 else cleaned


class LinesField(forms.CharField):
    """A list of texts, one in a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = (" ".join(line.split()) for line in super().clean(value).splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial if isinstance(initial, list) else []
        return before != [line.strip() for line in (data or "").splitlines() if line.strip()]


class ArchivingForm(forms.ModelForm):
    """With a box for what is out of use: such rows are not deleted, since tickets name them."""

    archived = forms.BooleanField(label=_("Out of use"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["archived"].initial = bool(self.instance.archived_at)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(self.instance.archived_at) != bool(cleaned.get("archived")):
            self.instance.archived_at = clock.now() if cleaned.get("archived") else None
        return cleaned


# --- when it works, what it promises ----------------------------------------------------------
class CalendarForm(forms.ModelForm):
    """The seven days one by one."""

    day1, day2, day3, day4, day5, day6, day7 = (HoursField(label=label) for _name, label in DAYS)

    class Meta:
        model = DeskCalendar
        fields = ("name", "time_zone", "keeps_holidays")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week = self.instance.week if isinstance(self.instance.week, list) else []
        for (name, _label), spans in zip(DAYS, week, strict=False):
            self.fields[name].initial = spans

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        week = [cleaned.get(name, []) for name, _label in DAYS]
        if not any(week) and not self.errors:
            raise ValidationError(gettext("Write the hours of at least one day."))
        self.instance.week = week
        return cleaned


class SpecialDayForm(forms.ModelForm):
    spans = HoursField(label=_("hours"), help_text=_("Empty: the desk does not work."))

    class Meta:
        model = DeskDay
        fields = ("day", "spans", "note")


class ServiceLevelForm(forms.ModelForm):
    """One level for each priority and customer: NULLs are not kept apart by the database."""

    class Meta:
        model = ServiceLevel
        fields = (
            "priority", "kind", "organization", "first_minutes", "next_minutes", "solution_minutes",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") and cleaned.get("organization"):
            self.add_error("kind", gettext("Choose a kind or one organization, not both."))
        minutes = [cleaned.get(name) for name in self._meta.fields or () if "minutes" in name]
        if not any(minutes):
            self.add_error(None, gettext("Promise at least one thing."))
        if cleaned.get("priority") and self._others(cleaned).exists():
            self.add_error("priority", gettext("There is a level for this already."))
        return cleaned

    def _others(self, cleaned: dict[str, Any]) -> Any:
        same = {
            "priority": cleaned["priority"],
            "kind": cleaned.get("kind") or "",
            "organization": cleaned.get("organization"),
        }
        return ServiceLevel.objects.filter(**same).exclude(pk=self.instance.pk)


# --- where tickets wait, what they are about --------------------------------------------------
class QueueForm(forms.ModelForm):
    class Meta:
        model = Queue
        fields = ("name", "position", "assignment", "calendar", "is_default", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_active"):
            return cleaned
        if cleaned.get("is_default"):
            self.add_error("is_default", gettext("A queue that is not in use takes nothing."))
        others = Queue.objects.filter(is_active=True).exclude(pk=self.instance.pk)
        if not others.exists():
            self.add_error("is_active", gettext("One queue at least must be in use."))
        elif self.instance.is_default and not others.filter(is_default=True).exists():
            self.add_error("is_active", gettext("Let another queue take the rest first."))
        return cleaned


class CategoryForm(ArchivingForm):
    kinds = forms.MultipleChoiceField(
        label=_("offered to"),
        choices=OrganizationKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: to everybody."),
    )

    class Meta:
        model = TicketCategory
        fields = (
            "name", "hint", "icon", "queue", "priority", "kinds", "asks_place", "is_outage",
            "position",
        )  # fmt: skip

    def clean_icon(self) -> str:
        name: str = self.cleaned_data["icon"]
        try:
            is_there = icons.path_of(name).exists() or not icons.FOLDER.is_dir()
        except ValueError:
            is_there = False
        if not is_there:
            raise ValidationError(gettext("There is no such icon: see tabler.io/icons."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("is_outage") and not cleaned.get("asks_place"):
            self.add_error("asks_place", gettext("An outage is known by its place: ask for it."))
        return cleaned


class CategoryFieldForm(ArchivingForm):
    choices = LinesField(
        label=_("list"), required=False, help_text=_("For one of a list: one in a line.")
    )

    class Meta:
        model = CategoryField
        fields = (
            "label", "kind", "choices", "hint", "is_required", "is_internal", "position",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk and "kind" in self.changed_data:
            self.add_error("kind", gettext("What is filled in stays: add another field instead."))
        if cleaned.get("is_required") and cleaned.get("is_internal"):
            self.add_error("is_required", gettext("Customers cannot fill in what they do not see."))
        cleaned["choices"] = self._choices(cleaned)
        return cleaned

    def _choices(self, cleaned: dict[str, Any]) -> list[str]:
        choices: list[str] = cleaned.get("choices") or []
        if cleaned.get("kind") != FieldKind.CHOICE:
            return []
        if len(choices) < 2:
            message = gettext("Write at least two to choose from, one in a line.")
        elif len(choices) > CHOICES_AT_MOST:
            message = gettext("At most %(limit)s to choose from.") % {"limit": CHOICES_AT_MOST}
        elif any(len(choice) > CHOICE_LENGTH for choice in choices):
            message = gettext("Make each line shorter: at most %(limit)s characters.") % {
                "limit": CHOICE_LENGTH
            }
        else:
            return choices
        self.add_error("choices", message)
        return choices


# --- rules, macros, tags ----------------------------------------------------------------------
class RuleForm(forms.ModelForm):
    class Meta:
        model = DeskRule
        fields = (
            "name", "position", "is_active", "category", "kind", "organization", "city", "words",
            "queue", "priority", "assignee", "tags",
        )  # fmt: skip
        help_texts = {
            "words": _("Separated by commas, any is enough; endings may differ: “internet, no tv”.")
        }

    def clean_assignee(self) -> Any:
        user = self.cleaned_data["assignee"]
        if user is not None and not desk_people().filter(pk=user.pk).exists():
            raise ValidationError(gettext("Choose someone who works the desk."))
        return user

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if words and not words_of(words):
            raise ValidationError(gettext("Write words of letters or digits."))
        return words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in ("queue", "priority", "assignee", "tags")):
            self.add_error(None, gettext("Say what the rule does."))
        kind, organization = cleaned.get("kind"), cleaned.get("organization")
        if kind and organization and organization.kind != kind:
            self.add_error("kind", gettext("This organization is of another kind."))
        return cleaned


class MacroForm(ArchivingForm):
    class Meta:
        model = Macro
        fields = (
            "name", "body", "into", "category", "state", "priority", "queue", "takes", "tags",
            "position",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "state" in self.fields:
            self.fields["state"].choices = [  # type: ignore[attr-defined]
                ("", "---------"),
                *((state.value, state.label) for state in STATES),
            ]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                check_macro(self.instance, has_tags=bool(self.cleaned_data.get("tags")))
            except DomainError as error:
                show(self, error)


class TagForm(forms.ModelForm):
    class Meta:
        model = Tag
        fields = ("name",)

    def clean_name(self) -> str:
        """As it will be kept: so that one that is there already is found."""
        return " ".join(self.cleaned_data["name"].split()).lower()
