"""What a person sets about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from users.choices import Theme
from users.models import CustomUser
from users.time_zones import TIME_ZONES


class ProfileForm(forms.Form):
    full_name = forms.CharField(
        label=_("Your name"),
        max_length=CustomUser._meta.get_field("full_name").max_length,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP. Colleagues see it beside your name."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_photo = forms.BooleanField(label=_("Remove the photo"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Times in the portal are shown in it."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)

    def __init__(self, *args: Any, user: CustomUser, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "full_name": user.full_name,
            "time_zone": user.time_zone,
            "language": user.language,
            "theme": user.theme,
        }
        super().__init__(*args, **kwargs)
        if not user.photo:
            del self.fields["remove_photo"]
        zones: list[tuple[str, Any]] = [("", _("As the organization")), *TIME_ZONES]
        if user.time_zone not in dict(zones):
            zones.append((user.time_zone, user.time_zone))
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]
