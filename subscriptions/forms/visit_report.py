"""The form of a finished visit: photos, signature, a few words."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.services.visits.completing import (
    NAME_LENGTH,
    NOTE_LENGTH,
    PHOTOS_AT_MOST,
    SIGNATURE_BYTES,
    Brought,
)


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several files of one field; each is looked at by the service."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        several = data if isinstance(data, list | tuple) else [data]
        return [super(PhotosField, self).clean(one, initial) for one in several if one]


class VisitReportForm(forms.Form):
    """`version` says what the crew was looking at; `form_token` that the form was sent once."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    photos = PhotosField(
        label=_("Photos of the work"),
        required=False,
        max_length=250,
        # Phones then offer the camera, and hand over JPEG whatever they keep.
        widget=PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("Up to %(count)s: the socket, the cable, the equipment.")
        % {"count": PHOTOS_AT_MOST},
    )
    signature = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=SIGNATURE_BYTES
    )
    signed_name = forms.CharField(
        label=_("Who accepted the work"),
        required=False,
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    accepted = forms.BooleanField(
        label=_("The work is accepted, without complaints"), required=False
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def blank(cls, version: int) -> "VisitReportForm":
        return cls(initial={"form_token": uuid4(), "version": version})

    def again(self, version: int) -> None:
        """What is sent next is another form, of the request as it is now; the photos of this one
        are kept already."""
        self.data = dict(self.data.items()) | {
            "form_token": str(uuid4()),
            "version": str(version),
            "signature": "",
        }

    def brought(self) -> Brought:
        cleaned = self.cleaned_data
        return Brought(
            form_token=cleaned["form_token"],
            photos=cleaned["photos"],
            signature=cleaned["signature"],
            signed_name=cleaned["signed_name"],
            accepted=cleaned["accepted"],
            note=cleaned["note"],
        )
