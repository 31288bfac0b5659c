"""Which of two clients' values stays, asked field by field where they differ."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from subscriptions.forms.clients import shown
from subscriptions.models import Client
from subscriptions.services.clients import EDITABLE
from subscriptions.services.clients.import_rows import FIELDS

KEPT, TAKEN, BOTH = "kept", "taken", "both"


class MergeForm(forms.Form):
    """One choice for each field in which the two differ; what only one has is offered first."""

    kept_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    duplicate_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Any = None, *, kept: Client, duplicate: Client) -> None:
        self._versions = {"kept_version": kept.version, "duplicate_version": duplicate.version}
        super().__init__(data, initial=self._versions)
        for name in EDITABLE:
            if getattr(kept, name) != getattr(duplicate, name):
                self.fields[name] = _choice(name, kept, duplicate)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if any(cleaned.get(name) not in (None, now) for name, now in self._versions.items()):
            self.add_error(None, _("One of these clients was changed meanwhile. Look again."))
            self.start_anew()
        return cleaned

    @property
    def differs(self) -> bool:
        return len(self.fields) > len(self._versions)

    def start_anew(self) -> None:
        """After a conflict: what is chosen now stands on the clients as they are now."""
        self.data = {**dict(self.data.items()), **self._versions}

    def arguments(self) -> dict[str, Any]:
        """What `merge_clients` takes, from a valid form."""
        cleaned = self.cleaned_data
        return {
            "taken": [name for name in EDITABLE if cleaned.get(name) == TAKEN],
            "join_comments": cleaned.get("comment") == BOTH,
            "versions": (cleaned["kept_version"], cleaned["duplicate_version"]),
        }


def _choice(name: str, kept: Client, duplicate: Client) -> forms.ChoiceField:
    choices = [(KEPT, shown(kept, name)), (TAKEN, shown(duplicate, name))]
    initial = KEPT if getattr(kept, name) else TAKEN
    if name == "comment" and kept.comment and duplicate.comment:
        choices.append((BOTH, _("both, one after the other")))
        initial = BOTH
    return forms.ChoiceField(
        label=FIELDS[name],
        choices=choices,
        initial=initial,
        widget=forms.RadioSelect,
    )
