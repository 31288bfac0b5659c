"""The form of a saved view."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.saved_views.writing import NAME_LENGTH


class ViewForm(forms.Form):
    """`may_share`: whether the actor may show it to colleagues; otherwise it is not asked."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        help_text=_("For example: Late in Kazan."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_shared = forms.BooleanField(
        label=_("Show to all colleagues"),
        required=False,
        help_text=_("Each of them sees with it what they may see."),
    )
    is_default = forms.BooleanField(label=_("Open the list with this view"), required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]
