"""The form of a rule of assignment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import AssignmentMethod
from subscriptions.models import AssignmentRule
from subscriptions.selectors.assignment import RuleChoices


class AssignmentRuleForm(forms.Form):
    """`choices` are what the provider may name; `rule` is the one that is changed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    category = forms.ChoiceField(label=_("Service"), required=False)
    city = forms.ChoiceField(label=_("City"), required=False)
    district = forms.ChoiceField(
        label=_("District"), required=False, help_text=_("A district says more than the city.")
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
                "category": rule.category.code if rule.category else "",
                "city": rule.city.public_id if rule.city else "",
                "district": rule.district.public_id if rule.district else "",
                "method": rule.method,
                "team": rule.team.public_id if rule.team else "",
                "person": rule.person.public_id if rule.person else "",
            }
        super().__init__(data, initial=initial)
        self.choices = choices
        self._offer("category", _("Any service"), choices.categories)
        self._offer("city", _("Any city"), choices.cities)
        self._offer("district", _("Any district"), choices.districts)
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
            "category": self.choices.categories.get(given["category"]),
            "city": self.choices.city(given["city"]),
            "district": self.choices.district(given.get("district", "")),
            "team": self.choices.teams.get(given.get("team", "")),
            "person": self.choices.people.get(given["person"]),
        }

    def _offer(self, name: str, empty: Any, rows: Any) -> None:
        named = [(key, getattr(row, "name", None) or str(row)) for key, row in rows.items()]
        self.fields[name].choices = [("", empty), *named]  # type: ignore[attr-defined]
