"""The form of a calendar feed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from subscriptions.choices import FeedScope
from subscriptions.selectors.visit_days import crews_of
from subscriptions.services.visits.feeds import may_read_team, scopes_for
from users.models import Team


class FeedForm(forms.Form):
    scope = forms.ChoiceField(label=gettext_lazy("Which visits"))
    team = forms.ChoiceField(label=gettext_lazy("Crew"), required=False)
    with_contacts = forms.BooleanField(
        label=gettext_lazy("With names and phones of clients"),
        required=False,
        help_text=gettext_lazy(
            "Whoever has the address reads them, and so does the service that keeps your calendar."
        ),
    )

    def __init__(self, data: Any = None, *, actor: Actor) -> None:
        super().__init__(data)
        scopes = scopes_for(actor)
        self.fields["scope"].choices = [(scope.value, scope.label) for scope in scopes]  # type: ignore[attr-defined]
        self._teams: dict[str, Team] = {}
        if FeedScope.TEAM not in scopes:
            del self.fields["team"]
            return
        crews = crews_of(actor.organization)
        self._teams = {row.public_id: row for row in crews if may_read_team(actor, row.pk)}
        names = [(key, row.name) for key, row in self._teams.items()]
        self.fields["team"].choices = [("", _("Choose a crew")), *names]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """What `create_feed` takes, from a valid form."""
        cleaned = self.cleaned_data
        return {
            "scope": cleaned["scope"],
            "team": self._teams.get(cleaned.get("team", "")),
            "with_contacts": cleaned["with_contacts"],
        }
