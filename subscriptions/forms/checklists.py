"""The form of a checklist: one item in a line, a star before those that must be done."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.models import ChecklistTemplate
from subscriptions.services.checklists import Item

STAR = "*"


class ChecklistForm(forms.Form):
    items_text = forms.CharField(
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
        initial = {"version": template.version if template else 0}
        if template is not None and template.is_active:
            initial["items_text"] = "\n".join(_line(item) for item in template.items.all())
        super().__init__(data, initial=initial)

    @property
    def items(self) -> list[Item]:
        lines = [line.strip() for line in self.cleaned_data["items_text"].splitlines()]
        return [
            Item(line.removeprefix(STAR).strip(), line.startswith(STAR)) for line in lines if line
        ]

    def add_error(self, field: str | None, error: Any) -> None:
        """The service speaks of items, the page has one input for all of them."""
        super().add_error("items_text" if field == "items" else field, error)

    def take_in(self, template: ChecklistTemplate | None) -> None:
        """After a conflict: what is typed now stands on the version that is there."""
        self.data = self.data.copy()
        self.data["version"] = str(template.version if template else 0)


def _line(item: Any) -> str:
    return f"{STAR} {item.text}" if item.is_required else item.text
