"""The checklist of one request: copied when it is taken up, done before it is connected."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.errors import DomainError
from subscriptions.choices import INSTALLING
from subscriptions.models import (
    ChecklistItem,
    ChecklistTemplate,
    ChecklistTemplateItem,
    ConnectionRequest,
)


def give_checklist(request: ConnectionRequest) -> None:
    """Copies the provider's checklist for the category onto a request that has none; once."""
    if request.kind in INSTALLING:
        copy_items(items_for(request.provider_id, request.category_id), [request.pk])


def items_for(provider_id: int, category_id: int) -> list[ChecklistTemplateItem]:
    """The items of the category's own checklist, else of the one for all categories."""
    keys = [ChecklistTemplate.key_of(provider_id, own) for own in (category_id, None)]
    rows = ChecklistTemplateItem.objects.filter(
        template__key__in=keys, template__is_active=True
    ).select_related("template")
    found = list(rows)
    own = [item for item in found if item.template.category_id is not None]
    return own or found


def copy_items(items: Sequence[ChecklistTemplateItem], request_ids: Sequence[int]) -> None:
    ChecklistItem.objects.bulk_create(
        [
            ChecklistItem(
                request_id=request_id,
                text=item.text,
                is_required=item.is_required,
                position=position,
            )
            for request_id in request_ids
            for position, item in enumerate(items)
        ],
        ignore_conflicts=True,
    )


def check_done(request: ConnectionRequest) -> None:
    """Raises DomainError naming the required items that are still open."""
    rows = ChecklistItem.objects.filter(request=request, is_required=True, done_at__isnull=True)
    still = list(rows.values_list("text", flat=True))
    if still:
        raise DomainError(
            _("Still open in the checklist: %(items)s.")
            % {"items": "; ".join(f"«{text}»" for text in still)}
        )
