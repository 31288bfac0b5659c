"""Which column of a file that a person brings is what."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.widgets import LeanSelect


class ColumnsForm(forms.Form):
    """A choice of `known` (field to title) for each column of the file."""

    known: Mapping[str, Any]

    def __init__(
        self, data: Any, *, header: Sequence[str], mapping: Sequence[str], **options: Any
    ) -> None:
        super().__init__(data, **options)
        choices = [("", _("do not import")), *self.known.items()]
        for index, (name, field) in enumerate(zip(header, mapping, strict=False)):
            self.fields[_column(index)] = forms.ChoiceField(
                label=name or _("Column %(number)s") % {"number": index + 1},
                choices=choices,
                required=False,
                initial=field,
                widget=LeanSelect,
            )
        self._count = len(header)

    @property
    def columns(self) -> list[Any]:
        return [self[_column(index)] for index in range(self._count)]

    def mapping(self) -> list[str]:
        return [self.cleaned_data[_column(index)] for index in range(self._count)]


def _column(index: int) -> str:
    return f"column_{index}"
