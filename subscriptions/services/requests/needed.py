"""What a provider wants to have filled in before a request goes on."""

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.gathering import remembered
from subscriptions.choices import INSTALLING, FieldNeeded
from subscriptions.models import ConnectionRequest, CustomField, RequestFields

_NEEDED = frozenset(FieldNeeded.values) - {FieldNeeded.NEVER.value}


def check_needed(request: ConnectionRequest, transition: str) -> None:
    """Raises DomainError naming what must be filled in before this move and is not."""
    # A relocation is connected by the move that completes a change.
    transition = "connect" if transition == "complete" else transition
    if transition not in _NEEDED or request.kind not in INSTALLING:
        return
    asked = remembered(
        ("fields needed", request.provider_id, transition),
        lambda: list(
            CustomField.objects.filter(
                provider_id=request.provider_id, needed=transition, archived_at__isnull=True
            )
        ),
    )
    needed = [field for field in asked if field.is_for(request.category_id)]
    if not needed:
        return
    kept = RequestFields.objects.filter(request_id=request.pk).first()
    missing = [field for field in needed if kept is None or field.code not in kept.values]
    if missing:
        raise DomainError(
            _("Fill in first: %(fields)s.")
            % {"fields": ", ".join(f"«{field.label}»" for field in missing)},
            field="fields",
        )
