"""What can be typed about coverage; every rule is the services'."""

import json
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
from locations.geojson import MAX_BYTES, Outline, OutlinesError, geometry_of, read_outlines
from locations.models import BuildingCoverage, CoverageState, CoverageZone, ServiceCategory
from locations.services.rights import provider_of
from users.models import Organization

_TERMS = ("state", "technology", "max_speed", "planned_from", "source")
# Of a zone's form: where the outline comes from, after what is said of it.
_LAST = ("state", "planned_from", "expires_on", "source", "outline", "file")


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


LONGITUDE_FIRST, LATITUDE_FIRST = "lonlat", "latlon"


class ZoneImportForm(TermsForm):
    """Outlines from a file, all with the same terms."""

    file = OutlineField(
        help_text=gettext_lazy(
            "Polygons in degrees (WGS 84) or Web Mercator, up to 5 MB. What a file exported here "
            "says of its zones goes before the terms below."
        )
    )
    order = forms.ChoiceField(
        label=gettext_lazy("Order of coordinates"),
        required=False,
        choices=[
            (LONGITUDE_FIRST, gettext_lazy("longitude, latitude (as GeoJSON wants it)")),
            (LATITUDE_FIRST, gettext_lazy("latitude, longitude")),
        ],
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the zone"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For zones that the file gives no name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["provider", "file", "order", "name"])
        # What the file holds is shown as soon as it is chosen, and read anew the other way round.
        for name in ("file", "order"):
            self.fields[name].widget.attrs |= {
                "hx-post": reverse_lazy("coverage_preview"),
                "hx-trigger": "change",
                "hx-encoding": "multipart/form-data",
                "hx-target": "#preview",
            }

    def latitude_first(self) -> bool:
        return self.cleaned_data.get("order") == LATITUDE_FIRST


class ZoneForm(TermsForm):
    """A zone: name, terms and outline, drawn on the map, pasted, or from a file.

    `zone` is changed; `model` is copied into a new one.
    """

    name = forms.CharField(label=gettext_lazy("Name of the zone"), max_length=120)
    outline = forms.CharField(
        label=gettext_lazy("Outline, GeoJSON"),
        required=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Drawn on the map, or pasted here: a Polygon or a MultiPolygon."),
    )
    file = OutlineField(
        required=False, help_text=gettext_lazy("In place of what is drawn: a file with one zone.")
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        zone: CoverageZone | None = None,
        model: CoverageZone | None = None,
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = {}
        shown = zone or model
        if shown is not None:
            initial = {"name": shown.name, "outline": json.dumps(shown.geometry), **_initial(shown)}
        if zone is not None:
            initial["version"] = zone.version
        elif model is not None:
            initial["name"] = _("%(name)s (copy)") % {"name": model.name[:100]}
        super().__init__(*args, initial=initial, **kwargs)
        self.zone = zone
        if zone is not None:
            self.fields.pop("provider", None)
        self.order_fields(["provider", "name", "category", *_TERMS[1:3], *_LAST])

    def geometry(self) -> dict[str, Any] | None:
        """The outline that was drawn or given; None where that of the zone stays.

        Raises DomainError for what is none.
        """
        content = self.cleaned_data["file"]
        if content:
            return _only_one(read_outlines(content), "file")
        text = self.cleaned_data["outline"]
        if not text or (self.zone is not None and text == self.initial["outline"]):
            return None
        try:
            return _only_one(read_outlines(text.encode()), "outline")
        except OutlinesError as error:
            raise DomainError(_without_number(error), field="outline") from error

    def refuse(self, error: DomainError) -> None:
        drawn = error.field == "file" and not self.cleaned_data.get("file")
        super().refuse(DomainError(error.message, field="outline") if drawn else error)

    def seen(self, version: int) -> None:
        """Lets the form be sent again, over what has just been shown."""
        self.data = _seeing(self.data, version)


def _seeing(data: Any, version: int) -> Any:
    """What was sent, as if it had been typed with `version` in view."""
    seen = data.copy()
    seen["version"] = str(version)
    return seen


def _only_one(outlines: list[Outline], field: str) -> dict[str, Any]:
    if len(outlines) > 1:
        raise DomainError(_("The file holds several zones; one is needed here."), field=field)
    return geometry_of(outlines[0].shape)


def _without_number(error: OutlinesError) -> str:
    """Of one outline it need not be said which."""
    first = _("Feature %(number)s: %(reason)s") % {"number": 1, "reason": ""}
    return " ".join(reason.removeprefix(first) for reason in error.reasons)


class StatementForm(TermsForm):
    """What a provider says of one building; service and technology of a statement stay."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, statement: BuildingCoverage | None = None, **kwargs: Any
    ) -> None:
        initial = _initial(statement) if statement else {}
        if statement is not None:
            initial["version"] = statement.version
        super().__init__(*args, initial=initial, **kwargs)
        if statement is not None:
            self.fields.pop("provider", None)
            for name in ("category", "technology"):
                self.fields[name].disabled = True

    def seen(self, version: int) -> None:
        """Lets the form be sent again, over what has just been shown."""
        self.data = _seeing(self.data, version)


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


class ListForm(forms.Form):
    """A list of buildings; for an administrator also whose it is."""

    file = forms.FileField(
        label=gettext_lazy("List of buildings"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns."),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        if actor.is_admin and actor.kind != OrganizationKind.PROVIDER:
            self.fields["provider"] = TermsForm(actor=actor).fields["provider"]

    def provider(self) -> Organization:
        return provider_of(self.actor, self.cleaned_data.get("provider"))


class BulkForm(TermsForm):
    """What to change of several statements: only what is ticked."""

    what = forms.MultipleChoiceField(
        label=gettext_lazy("What to change"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("state", gettext_lazy("State")),
            ("max_speed", gettext_lazy("Maximum speed")),
            ("technology", gettext_lazy("Technology")),
            ("expires_at", gettext_lazy("Valid until")),
            ("source", gettext_lazy("Source")),
        ],
        error_messages={"required": gettext_lazy("Tick at least one.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("provider", "category"):
            self.fields.pop(name, None)
        self.fields["state"].required = False
        self.order_fields(["what", "state", "planned_from", "max_speed", "technology"])

    def changes(self) -> dict[str, Any]:
        """Values of what was ticked, by the names that services know."""
        cleaned = self.cleaned_data
        values = {name: cleaned[name] for name in _TERMS}
        values["expires_at"] = _end_of(cleaned["expires_on"])
        wanted = set(cleaned["what"])
        if "state" in wanted:
            # The date of a plan is part of its state.
            wanted.add("planned_from")
        return {name: value for name, value in values.items() if name in wanted}
