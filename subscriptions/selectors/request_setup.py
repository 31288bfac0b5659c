"""What a provider has set up for its requests."""

from dataclasses import dataclass

from django.db.models import Count, Q

from core.actor import Actor
from locations.models import ServiceCategory
from subscriptions.models import ChecklistTemplate
from subscriptions.selectors.catalogue import categories


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """The checklist of one service; `code` is "" for all that have none of their own."""

    code: str
    name: str
    items: int
    required: int


def checklists_of(actor: Actor) -> list[ChecklistRow]:
    """A row for all services together, then one for each: with 0 items where there is none."""
    counted = {
        template.category_id: template
        for template in ChecklistTemplate.objects.visible_to(actor)
        .filter(is_active=True)
        .annotate(total=Count("items"), required=Count("items", filter=Q(items__is_required=True)))
        .order_by("pk")
    }
    wanted = [(None, "", ""), *((row.pk, row.code, row.name) for row in categories())]
    return [
        ChecklistRow(
            code,
            name,
            counted[pk].total if pk in counted else 0,
            counted[pk].required if pk in counted else 0,
        )
        for pk, code, name in wanted
    ]


def template_of(actor: Actor, category: ServiceCategory | None) -> ChecklistTemplate | None:
    rows = ChecklistTemplate.objects.visible_to(actor).prefetch_related("items")
    return rows.filter(category=category).first()
