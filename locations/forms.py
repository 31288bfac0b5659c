"""What can be typed about coverage; every rule is the services'."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.choices import OrganizationKind
from core.errors import DomainError
from core.widgets import DayInput
from locations.geojson import MAX_BYTES, OutlinesError
from locations.models import BuildingCoverage, CoverageState, CoverageZone, ServiceCategory
from locations.services.rights import provider_of
from users.models import Organization

_TERMS = ("state", "technology", "max_speed", "planned_from", "source")


class TermsForm(forms.Form):
    """Service, technology and state of a statement; for an administrator also whose it is."""

    provider = forms.ModelChoiceField(
        label=gettext_lazy("Provider"),
        queryset=Organization.objects.none(),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Service"),
        queryset=ServiceCategory.objects.filter(is_active=True),
        empty_label=gettext_lazy("Choose a service"),
    )
    technology = forms.CharField(
        label=gettext_lazy("Technology"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("As in your plans, FTTB or GPON. Empty: any."),
    )
    max_speed = forms.IntegerField(
        label=gettext_lazy("Maximum speed, Mbit/s"),
        required=False,
        min_value=1,
        max_value=1_000_000,
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=CoverageState.choices)
    planned_from = forms.DateField(
        label=gettext_lazy("Planned from"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("For what is planned."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Valid until"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("This day included. Empty: until you change it."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Where you know it from: a network map, a survey."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        if actor.is_admin and actor.kind != OrganizationKind.PROVIDER:
            providers = Organization.objects.filter(kind=OrganizationKind.PROVIDER, is_active=True)
            self.fields["provider"].queryset = providers  # type: ignore[attr-defined]
        else:
            del self.fields["provider"]

    def terms(self) -> dict[str, Any]:
        """The arguments about terms that services take, from a valid form."""
        cleaned = self.cleaned_data
        return {name: cleaned[name] for name in _TERMS} | {
            "expires_at": _end_of(cleaned["expires_on"]),
            "category": cleaned["category"],
        }

    def chosen_provider(self) -> dict[str, Any]:
        """`provider=…` where the actor had to say it."""
        chosen = self.cleaned_data.get("provider")
        return {"provider": provider_of(self.actor, chosen)} if chosen else {}

    def refuse(self, error: DomainError) -> None:
        """Puts a service's refusal beside its field, or above the form."""
        field = {"expires_at": "expires_on"}.get(error.field or "", error.field)
        reasons = error.reasons if isinstance(error, OutlinesError) else [str(error.message)]
        for reason in reasons:
            self.add_error(field if field in self.fields else None, reason)


class OutlineField(forms.FileField):
    """A GeoJSON file; cleans to its bytes."""

    widget = forms.FileInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("GeoJSON file"),
            widget=forms.FileInput(attrs={"accept": ".geojson,.json,application/geo+json"}),
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        upload = super().clean(data, initial)
        if not upload:
            return None
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return upload.read()


class ZoneImportForm(TermsForm):
    """Outlines from a file, all with the same terms."""

    file = OutlineField(
        help_text=gettext_lazy("Polygons, longitude before latitude (WGS 84), up to 5 MB.")
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the zone"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For zones that the file gives no name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["provider", "file", "name"])
        # What the file holds is shown as soon as it is chosen.
        self.fields["file"].widget.attrs |= {
            "hx-post": reverse_lazy("coverage_preview"),
            "hx-trigger": "change",
            "hx-encoding": "multipart/form-data",
            "hx-target": "#preview",
        }


class ZoneForm(TermsForm):
    """A zone's terms and name, and another outline where a file is given."""

    name = forms.CharField(label=gettext_lazy("Name of the zone"), max_length=120)
    file = OutlineField(required=False, help_text=gettext_lazy("Empty: the outline stays."))

    def __init__(self, *args: Any, zone: CoverageZone, **kwargs: Any) -> None:
        super().__init__(*args, initial={"name": zone.name, **_initial(zone)}, **kwargs)
        self.fields.pop("provider", None)
        self.order_fields(["name"])


class StatementForm(TermsForm):
    """What a provider says of one building; service and technology of a statement stay."""

    def __init__(
        self, *args: Any, statement: BuildingCoverage | None = None, **kwargs: Any
    ) -> None:
        initial = _initial(statement) if statement else {}
        super().__init__(*args, initial=initial, **kwargs)
        if statement is not None:
            self.fields.pop("provider", None)
            for name in ("category", "technology"):
                self.fields[name].disabled = True


def _initial(statement: CoverageZone | BuildingCoverage) -> dict[str, Any]:
    values = {name: getattr(statement, name) for name in _TERMS}
    expires_at = statement.expires_at
    last = timezone.localdate(expires_at - timedelta(seconds=1)) if expires_at else None
    return {**values, "category": statement.category_id, "expires_on": last}


def _end_of(day: date | None) -> datetime | None:
    """The moment at which the day is over for the reader."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
