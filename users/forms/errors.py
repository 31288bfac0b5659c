"""What a service refused, shown where it was typed."""

from django import forms

from core.errors import DomainError


def show(form: forms.BaseForm, error: DomainError) -> None:
    """Puts the message beside the field it is about; above the form when it has no such field."""
    form.add_error(error.field if error.field in form.fields else None, str(error))
