"""Providers' own fields on the check page of filing: each draft asks for those of its provider."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.actor import Actor
from core.errors import DomainError
from subscriptions.choices import FieldNeeded
from subscriptions.forms.custom_fields import FieldsForm
from subscriptions.models import ConnectionRequest, CustomField, RequestFields
from subscriptions.services.custom_fields import fill_in, fillable


class DraftRefused(DomainError):
    """What was filled in for the draft `number` cannot be, or is not enough to file it."""

    def __init__(self, number: str, message: str) -> None:
        super().__init__(message, field="fields")
        self.number = number


def attach_fields(
    actor: Actor, drafts: Sequence[ConnectionRequest], data: Mapping[str, Any] | None = None
) -> None:
    """Gives each draft `own_fields`: a form with what is asked of who files, or None.

    Two queries for all. With `data` (a POST) the forms hold what was typed, and what is wrong.
    """
    providers = {draft.provider_id for draft in drafts}
    fields = list(CustomField.objects.filter(provider_id__in=providers, archived_at__isnull=True))
    kept = RequestFields.objects.in_bulk([draft.pk for draft in drafts]) if fields else {}
    for draft in drafts:
        theirs = [
            field
            for field in fields
            if field.provider_id == draft.provider_id and field.is_for(draft.category_id)
        ]
        asked = fillable(actor, draft, theirs)
        row = kept.get(draft.pk)
        draft.own_fields = (  # type: ignore[attr-defined]
            FieldsForm(
                asked,
                data if data and f"{draft.number}-version" in data else None,
                values=row.values if row else {},
                version=row.version if row else 0,
                prefix=draft.number,
                needing=FieldNeeded.SUBMIT,
            )
            if asked
            else None
        )


def save_fields(actor: Actor, drafts: Sequence[ConnectionRequest], data: Mapping[str, Any]) -> None:
    """Keeps what was typed for every draft. Raises DraftRefused for the first that is refused."""
    attach_fields(actor, drafts, data)
    for draft in drafts:
        form = draft.own_fields  # type: ignore[attr-defined]
        if form is None or not form.is_bound:
            continue
        if not form.is_valid():
            raise DraftRefused(draft.number, form.first_error())
        try:
            fill_in(actor, draft, form.typed)
        except DomainError as error:
            raise DraftRefused(draft.number, str(error)) from error
