"""Forms of verification: what an organization shows, and what staff answer."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from users.choices import RefusalReason
from users.services.verification import COMMENT_LENGTH, KINDS


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several uploads; each is checked by the service."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        uploads = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not uploads:
            return [super().clean(None, initial)]
        return [super(ManyFilesField, self).clean(upload, initial) for upload in uploads]


class AskForm(forms.Form):
    documents = ManyFilesField(
        label=_("Documents"),
        help_text=_(
            "An extract from the state register, and a power of attorney unless you are the "
            "director. PDF or photographs; up to ten."
        ),
        widget=ManyFilesInput({"accept": ",".join(f".{kind}" for kind in KINDS)}),
    )
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea({"rows": 3}),
    )


class RefusalForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=RefusalReason.choices)
    note = forms.CharField(
        label=_("What to do about it"),
        required=False,
        max_length=COMMENT_LENGTH,
        help_text=_("The applicant reads this."),
        widget=forms.Textarea({"rows": 3}),
    )

    def clean_reason(self) -> RefusalReason:
        return RefusalReason(self.cleaned_data["reason"])
