"""Forms of an organization: members, teams, invitations, card, requisites, calendar."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from core.choices import Role
from core.widgets import DayInput
from users.models import Membership, Organization, Team
from users.services.profile import CARD, HOURS, REQUISITES, seen
from users.time_zones import TIME_ZONES

ROLE_HELP = _(
    "A viewer reads. A member also changes what is theirs. A manager changes everything and "
    "assigns. An owner also decides on members, keys and requisites."
)


class TeamChoice(forms.ModelChoiceField):
    """A team of one organization, by its public id; none where there are no teams."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Team.objects.none(),
            label=_("Team"),
            required=False,
            empty_label=_("No team"),
            to_field_name="public_id",
            **kwargs,
        )


class MemberForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, help_text=ROLE_HELP)
    team = TeamChoice()

    def __init__(self, data: Any = None, *, organization: Organization, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["team"].queryset = organization.teams.all()  # type: ignore[attr-defined]

    @classmethod
    def of(cls, data: Any, membership: Membership) -> "MemberForm":
        team = membership.team
        initial = {"role": membership.role, "team": team.public_id if team else ""}
        return cls(data, organization=membership.organization, initial=initial)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InvitationForm(MemberForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off", "autofocus": True}),
    )
    field_order = ("email", "role", "team")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"role": Role.MEMBER}, **kwargs})


class TeamForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the team"), max_length=100, widget=forms.TextInput({"autocomplete": "off"})
    )


class BasedForm(forms.Form):
    """An edit that says on which version of `names` it is based."""

    names: tuple[str, ...] = ()
    mark = forms.CharField(widget=forms.HiddenInput, max_length=16)

    def __init__(self, data: Any = None, *, organization: Organization) -> None:
        initial = {name: getattr(organization, name) for name in self.names}
        super().__init__(data, initial=initial | {"mark": seen(organization, self.names)})
        self.organization = organization

    def take_in(self, organization: Organization) -> list[tuple[str, str]]:
        """After a conflict: what is typed now stands on what is there; (label, value) of that."""
        self.data = dict(self.data.items())
        self.data["mark"] = seen(organization, self.names)
        return [
            (str(self.fields[name].label), str(getattr(organization, name)) or "—")
            for name in self.names
            if str(self.cleaned_data.get(name)) != str(getattr(organization, name))
        ]


def _text(label: Any, max_length: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=max_length,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class CardForm(BasedForm):
    names = CARD
    name = forms.CharField(label=_("Name of the organization"), max_length=200)
    about = forms.CharField(
        label=_("About the organization"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
    )
    website = forms.URLField(
        label=_("Website"),
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "url"}),
    )
    phone = PhoneNumberField(
        label=_("Phone"),
        region="RU",
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)

    def clean_website(self) -> str:
        """http and https alone: the link stands on pages."""
        website = self.cleaned_data["website"]
        if website and not website.lower().startswith(("http://", "https://")):
            raise forms.ValidationError(_("The address begins with https://."))
        return website


class RequisitesForm(BasedForm):
    names = REQUISITES
    legal_name = _text(_("Full legal name"), 300)
    legal_address = _text(_("Legal address"), 300)
    inn = forms.CharField(label=_("INN"), required=False, max_length=20)
    kpp = forms.CharField(label=_("KPP"), required=False, max_length=20)
    ogrn = forms.CharField(label=_("OGRN or OGRNIP"), required=False, max_length=25)
    bank_name = _text(_("Bank"), 200)
    bank_bic = forms.CharField(label=_("BIC"), required=False, max_length=20)
    bank_account = forms.CharField(label=_("Account"), required=False, max_length=40)
    bank_correspondent = forms.CharField(
        label=_("Correspondent account"), required=False, max_length=40
    )


class HoursForm(BasedForm):
    names = HOURS
    time_zone = forms.ChoiceField(label=_("Time zone"))
    opens_at = forms.TimeField(
        label=_("Opens at"), widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    closes_at = forms.TimeField(
        label=_("Closes at"),
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
        help_text=_("The same time in both: round the clock."),
    )
    works_weekends = forms.BooleanField(label=_("Works on weekends and holidays"), required=False)

    def __init__(self, data: Any = None, *, organization: Organization) -> None:
        super().__init__(data, organization=organization)
        zones: list[tuple[str, Any]] = list(TIME_ZONES)
        if organization.time_zone not in dict(zones):
            zones.append((organization.time_zone, organization.time_zone))
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]


class DayForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=DayInput)
    is_working = forms.ChoiceField(
        label=_("On this day"),
        choices=[("", _("We do not work")), ("1", _("We work"))],
        required=False,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=100)

    def clean_is_working(self) -> bool:
        return bool(self.cleaned_data["is_working"])


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=_("Logo"),
        help_text=_("JPEG, PNG or WebP; shown on pages for agents and clients."),
        widget=forms.ClearableFileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )
