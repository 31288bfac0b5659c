"""The form of a rule of assignment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from locations.models import City, District, ServiceCategory
from subscriptions.choices import AssignmentMethod
from subscriptions.models import AssignmentRule
from subscriptions.selectors.assignment import RuleChoices


class AssignmentRuleForm(forms.Form):
    """`choices` are what the provider may name; `rule` is the one that is changed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    category = forms.ModelChoiceField(
        label=_("Service"),
        queryset=ServiceCategory.objects.filter(is_active=True),
        required=False,
        empty_label=_("Any service"),
    )
    city = forms.ModelChoiceField(
        label=_("City"), queryset=City.objects.none(), required=False, empty_label=_("Any city")
    )
    district = forms.ModelChoiceField(
        label=_("District"),
        queryset=District.objects.none(),
        required=False,
        empty_label=_("Any district"),
        help_text=_("A district says more than the city."),
    )
    method = forms.ChoiceField(label=_("Who gets it"), choices=AssignmentMethod.choices)
    team = forms.ChoiceField(
        label=_("Team"),
        required=False,
        help_text=_("Among whom it is chosen: in turn, or by who has the fewest open."),
    )
    person = forms.ChoiceField(
        label=_("Employee"), required=False, help_text=_("For “One person” alone.")
    )

    def __init__(
        self, data: Any = None, *, choices: RuleChoices, rule: AssignmentRule | None = None
    ) -> None:
        initial: dict[str, Any] = {}
        if rule is not None:
            initial = {
                "version": rule.version,
                "category": rule.category_id,
                "city": rule.city_id,
                "district": rule.district_id,
                "method": rule.method,
                "team": rule.team.public_id if rule.team else "",
                "person": rule.person.public_id if rule.person else "",
            }
        super().__init__(data, initial=initial)
        self.choices = choices
        self.fields["city"].queryset = choices.cities  # type: ignore[attr-defined]
        self.fields["district"].queryset = choices.districts  # type: ignore[attr-defined]
        self._offer("team", _("Everybody who works here"), choices.teams)
        self._offer("person", _("Choose a person"), choices.people)
        if not choices.teams:
            del self.fields["team"]
        if not choices.districts:
            del self.fields["district"]

    def terms(self) -> dict[str, Any]:
        """What `save_assignment_rule` takes, from a valid form."""
        given = self.cleaned_data
        return {
            "method": given["method"],
            "category": given["category"],
            "city": given["city"],
            "district": given.get("district"),
            "team": self.choices.teams.get(given.get("team", "")),
            "person": self.choices.people.get(given["person"]),
        }

    def _offer(self, name: str, empty: Any, rows: Any) -> None:
        named = [(public_id, str(row)) for public_id, row in rows.items()]
        self.fields[name].choices = [("", empty), *named]  # type: ignore[attr-defined]
