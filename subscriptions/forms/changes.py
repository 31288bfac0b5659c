"""The forms of changes: each asks for what its kind needs; every rule is the service's."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.parts.text import day_in_words, money
from core.widgets import DayInput
from locations.models import Building
from subscriptions.choices import RequestKind
from subscriptions.models import Plan, Subscription
from subscriptions.selectors.availability import Option
from subscriptions.selectors.choice import UNIT_LENGTH
from subscriptions.services.in_force.costs import cost_of, today_at
from subscriptions.services.requests.filing import COMMENT_LENGTH, VISIT_LENGTH

K = RequestKind
NOW, TERM, DAY = "now", "term", "day"


class ChangeForm(forms.Form):
    """What every change has: a comment, and the token that makes one request of a form."""

    comment = forms.CharField(
        label=gettext_lazy("Comment for the provider"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    first_fields: Sequence[str] = ()

    def __init__(self, data: Any = None, *, subscription: Subscription) -> None:
        super().__init__(data, initial={"form_token": uuid4()})
        self.subscription = subscription
        self.today = today_at(subscription)
        self.order_fields([*self.first_fields, "comment"])

    def arguments(self) -> dict[str, Any]:
        """What `draft_change` takes beside the kind, from a valid form."""
        return dict(self.cleaned_data)


class PlanChangeForm(ChangeForm):
    """`plan` is chosen in the table of plans that the page draws."""

    plan = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        error_messages={"required": gettext_lazy("Choose a plan.")},
    )
    effective_on = forms.DateField(
        label=gettext_lazy("From the day"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Empty: as soon as the provider does it."),
    )
    first_fields: Sequence[str] = ("plan", "effective_on")

    def __init__(
        self,
        data: Any = None,
        *,
        subscription: Subscription,
        options: Sequence[Option],
        chosen: str = "",
    ) -> None:
        super().__init__(data, subscription=subscription)
        self.fields["plan"].choices = [(one.plan, one.name) for one in options]  # type: ignore[attr-defined]
        self.initial["plan"] = chosen

    @property
    def chosen(self) -> str:
        """The public id of the plan that is picked now."""
        return str((self.data if self.is_bound else self.initial).get("plan") or "")

    def arguments(self) -> dict[str, Any]:
        arguments = super().arguments()
        arguments["plan"] = Plan.objects.get(public_id=arguments["plan"])
        return arguments


class MoveServiceForm(PlanChangeForm):
    """Where exactly in the building, and with which plan."""

    unit_number = forms.CharField(
        label=gettext_lazy("Flat or office"), max_length=UNIT_LENGTH, required=False
    )
    preferred_visit = forms.CharField(
        label=gettext_lazy("Convenient time for a visit"),
        required=False,
        max_length=VISIT_LENGTH,
        help_text=gettext_lazy("For example: weekdays after 18:00."),
    )
    first_fields = ("unit_number", "plan", "preferred_visit")

    def __init__(self, data: Any = None, *, building: Building, unit: str = "", **given: Any):
        super().__init__(data, **given)
        self.building = building
        del self.fields["effective_on"]
        self.fields["unit_number"].required = not building.is_private_house
        self.initial["unit_number"] = unit
        if building.is_private_house:
            del self.fields["unit_number"]

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "building": self.building}


class SuspendForm(ChangeForm):
    effective_on = forms.DateField(label=gettext_lazy("First day"), widget=DayInput)
    until_on = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DayInput,
        help_text=gettext_lazy("The next day it resumes by itself."),
    )
    first_fields = ("effective_on", "until_on")

    def __init__(self, data: Any = None, *, subscription: Subscription) -> None:
        super().__init__(data, subscription=subscription)
        self.initial["effective_on"] = self.today + timedelta(days=1)


class ResumeForm(ChangeForm):
    effective_on = forms.DateField(
        label=gettext_lazy("From the day"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Empty: as soon as the provider does it."),
    )
    first_fields = ("effective_on",)


class DisconnectForm(ChangeForm):
    """When it ends; beside each choice stands what leaving then costs."""

    when = forms.ChoiceField(label=gettext_lazy("When"), widget=forms.RadioSelect, initial=NOW)
    effective_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("For “On a day”: what it costs then is said on the next page."),
    )
    preferred_visit = MoveServiceForm.base_fields["preferred_visit"]
    first_fields = ("when", "effective_on", "preferred_visit")

    def __init__(self, data: Any = None, *, subscription: Subscription) -> None:
        super().__init__(data, subscription=subscription)
        if not subscription.plan.exit_visit:
            del self.fields["preferred_visit"]
        term = subscription.term_ends_on
        self.term = term if term is not None and term > self.today else None
        choices = [(NOW, self._said(_("As soon as the provider does it"), self.today))]
        if self.term is not None:
            words = _("At the end of the term, %(day)s") % {"day": self._day(self.term)}
            choices.append((TERM, self._said(words, self.term)))
        choices.append((DAY, _("On a day")))
        self.fields["when"].choices = choices  # type: ignore[attr-defined]

    def _day(self, day: date) -> str:
        return day_in_words(day, self.today)

    def _said(self, words: str, last_day: date) -> str:
        cost = cost_of(self.subscription, K.DISCONNECT, effective_on=last_day)
        price = money(cost.exit_fee, cost.currency) if cost.exit_fee else _("free")
        return f"{words}: {price}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        missing = not cleaned.get("effective_on") and "effective_on" not in self.errors
        if cleaned.get("when") == DAY and missing:
            self.add_error("effective_on", _("Choose a day."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        arguments = super().arguments()
        when = arguments.pop("when")
        days = {NOW: None, TERM: self.term, DAY: arguments["effective_on"]}
        return {**arguments, "effective_on": days[when]}


FORMS: dict[RequestKind, type[ChangeForm]] = {
    K.SUSPEND: SuspendForm,
    K.RESUME: ResumeForm,
    K.DISCONNECT: DisconnectForm,
}
