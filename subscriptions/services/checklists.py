"""Checklists: what a provider's managers set up, and what its people tick on requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.events import emit
from core.jobs import enqueue_once, job
from core.querysets import get_visible
from core.workflow import touched
from locations.models import ServiceCategory
from subscriptions.choices import INSTALLING, RequestState, Side
from subscriptions.models import (
    ChecklistItem,
    ChecklistTemplate,
    ChecklistTemplateItem,
    ConnectionRequest,
)
from subscriptions.models.checklists import TEXT_LENGTH
from subscriptions.request_workflow import FINAL_STATES, sides_of
from subscriptions.rights import keeps_plans
from subscriptions.services.parties import parties_of
from subscriptions.services.requests.checklist import copy_items, items_for
from subscriptions.services.requests.input import clean_text

ITEMS_AT_MOST = 40
BATCH = 200
# Taken up, and not over.
_WORKED = (
    RequestState.CHECKING,
    RequestState.NEEDS_INFO,
    RequestState.APPROVED,
    RequestState.SCHEDULED,
    RequestState.IN_PROGRESS,
    RequestState.ON_HOLD,
)


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    is_required: bool = True


def keeps_checklists(actor: Actor) -> bool:
    """Whether the actor sets up what its requests ask for: MANAGERs of a working provider."""
    return keeps_plans(actor)


def save_template(
    actor: Actor,
    category: ServiceCategory | None,
    items: Sequence[Item],
    *,
    version: int | None = None,
) -> ChecklistTemplate:
    """Sets the checklist of the actor's provider for a category (None: for all without their own).

    No items: there is none from now on. Requests that are being worked and have no checklist yet
    get it soon; one that was copied stays as it is. Raises Forbidden, Conflict (changed since
    `version`), or DomainError with field `items`.
    """
    if not keeps_checklists(actor):
        raise Forbidden(_("Only a manager of a verified provider sets up checklists."))
    cleaned = _clean_items(items)
    key = _made(actor, category)
    with transaction.atomic():
        template = ChecklistTemplate.objects.select_for_update().get(key=key)
        if version is not None and template.version != version:
            raise Conflict(_("Someone changed this checklist while you were editing."))
        template.is_active = bool(cleaned)
        touched(template)
        template.save()
        template.items.all().delete()
        ChecklistTemplateItem.objects.bulk_create(
            ChecklistTemplateItem(
                template=template, text=item.text, is_required=item.is_required, position=position
            )
            for position, item in enumerate(cleaned)
        )
        emit(
            actor,
            "checklist.template_changed",
            template,
            {PartyRole.PROVIDER: actor.organization},
        )
        enqueue_once(give_checklists, str(template.pk), template.pk)
    return template


def _made(actor: Actor, category: ServiceCategory | None) -> str:
    """The key of the row for the category, made where there is none.

    Before the transaction that locks it: on MariaDB an ignored insert keeps a shared lock, and two
    that then want the row for themselves would wait for each other.
    """
    key = ChecklistTemplate.key_of(actor.organization.pk, category.pk if category else None)
    if not ChecklistTemplate.objects.filter(key=key).exists():
        now = clock.now()
        empty = ChecklistTemplate(
            provider=actor.organization,
            category=category,
            key=key,
            is_active=False,
            version=0,
            created_at=now,
            updated_at=now,
        )
        ChecklistTemplate.objects.bulk_create([empty], ignore_conflicts=True)
    return key


def _clean_items(items: Sequence[Item]) -> list[Item]:
    cleaned = [
        Item(" ".join(clean_text(item.text, TEXT_LENGTH, "items").split()), item.is_required)
        for item in items
    ]
    kept = [item for item in cleaned if item.text]
    if len(kept) > ITEMS_AT_MOST:
        raise DomainError(_("At most %(limit)s items.") % {"limit": ITEMS_AT_MOST}, field="items")
    return kept


# --- on requests ------------------------------------------------------------------------------
@job(queue="long")
def give_checklists(template_id: int) -> None:
    """A new checklist for what is being worked without one, 200 requests at a time."""
    template = ChecklistTemplate.objects.filter(pk=template_id, is_active=True).first()
    if template is None:
        return
    rows = ConnectionRequest.objects.filter(
        provider_id=template.provider_id,
        state__in=_WORKED,
        kind__in=INSTALLING,
        checklist__isnull=True,
    )
    if template.category_id is not None:
        rows = rows.filter(category_id=template.category_id)
    last = 0
    while found := list(
        rows.filter(pk__gt=last).order_by("pk").values_list("pk", "category_id")[:BATCH]
    ):
        for category_id in sorted({category for _pk, category in found}):
            copy_items(
                items_for(template.provider_id, category_id),
                [pk for pk, category in found if category == category_id],
            )
        last = found[-1][0]


def may_tick(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether the actor works through the checklist: the provider's side, while it is open."""
    sides = sides_of(actor, request)
    return request.state not in FINAL_STATES and bool(sides & {Side.PROVIDER, Side.STAFF})


def tick(actor: Actor, request: ConnectionRequest, item_id: int, *, done: bool) -> ChecklistItem:
    """Ticks an item, or takes the tick back. Ticked twice, it keeps who was first.

    Raises NotVisible or Forbidden.
    """
    get_visible(ConnectionRequest.objects, actor, pk=request.pk)
    with transaction.atomic():
        # The request first, as moves lock it: "connect" finds every tick made or none half made.
        row = ConnectionRequest.objects.select_for_update().get(pk=request.pk)
        if not may_tick(actor, row):
            raise Forbidden(_("Whoever works the request at the provider ticks its checklist."))
        item = ChecklistItem.objects.filter(request=row, pk=item_id).first()
        if item is None:
            raise NotVisible(_("There is no such item."))
        if (item.done_at is not None) == done:
            return item
        item.done_at = clock.now() if done else None
        item.done_by = actor.user if done else None
        item.save(update_fields=["done_at", "done_by"])
        kind = "checklist.ticked" if done else "checklist.unticked"
        told: dict[str, Any] = {"number": row.number, "item": item.pk}
        emit(actor, kind, row, parties_of(row), told)
    return item
