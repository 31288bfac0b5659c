"""The form of a checklist: one item in a line, a star before those that must be done."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.models import ChecklistTemplate
from subscriptions.services.checklists import Item

STAR = "*"


class ChecklistForm(forms.Form):
    items = forms.CharField(
        label=_("Items"),
        required=False,
        max_length=12000,
        help_text=_(
            "One in a line. A line that begins with * must be ticked before the request is marked "
            "as connected. Empty: no checklist."
        ),
        widget=forms.Textarea({"rows": 12}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, data: Any = None, *, template: ChecklistTemplate | None) -> None:
        initial: dict[str, Any] = {"version": template.version if template else 0}
        if template is not None and template.is_active:
            initial["items"] = "\n".join(_line(item) for item in template.items.all())
        super().__init__(data, initial=initial)

    def read_items(self) -> list[Item]:
        """What was typed, from a valid form."""
        lines = [line.strip() for line in self.cleaned_data["items"].splitlines()]
        return [
            Item(line.removeprefix(STAR).strip(), line.startswith(STAR)) for line in lines if line
        ]

    def take_in(self, template: ChecklistTemplate | None) -> None:
        """After a conflict: what is typed now stands on the version that is there."""
        self.data = dict(self.data.items())
        self.data["version"] = str(template.version if template else 0)


def _line(item: Any) -> str:
    return f"{STAR} {item.text}" if item.is_required else item.text
