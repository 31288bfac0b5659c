"""What the page of one subscription shows."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.actor import Actor
from core.querysets import get_visible
from subscriptions.choices import FindingState
from subscriptions.models import (
    CostCentre,
    Finding,
    Subscription,
    SubscriptionFile,
    SubscriptionNote,
    SubscriptionTag,
)
from subscriptions.services.centre.documents import may_remove_paper


def subscription_for_centre(actor: Actor, number: str) -> Subscription:
    """The subscription with all that its page names, in one query; NotVisible when not theirs."""
    rows = Subscription.objects.select_related(
        "owner", "provider", "holder", "client", "building", "unit", "category", "plan",
        "origin", "cost_centre",
    )  # fmt: skip
    found: Subscription = get_visible(rows, actor, number=number)
    return found


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as its list shows it; `remove_url` "" for who may not."""

    row: SubscriptionFile
    url: str
    who: str
    remove_url: str


def papers_of(actor: Actor, row: Subscription) -> list[Paper]:
    """Documents, newest first. The caller has asked whether the actor may know of them."""
    files = row.files.select_related("organization").order_by("-pk")
    return [
        Paper(
            file,
            reverse("subscription_file", args=[row.number, file.public_id]),
            file.organization.name if file.organization else "",
            reverse("subscription_file_remove", args=[row.number, file.public_id])
            if may_remove_paper(actor, file)
            else "",
        )
        for file in files
    ]


def note_of(actor: Actor, row: Subscription) -> SubscriptionNote | None:
    if actor.organization is None:
        return None
    return SubscriptionNote.objects.visible_to(actor).filter(subscription=row).first()


def own_tags(actor: Actor, row: Subscription) -> list[SubscriptionTag]:
    if actor.organization is None:
        return []
    return list(SubscriptionTag.objects.visible_to(actor).filter(subscriptions=row))


def own_cost_centres(actor: Actor) -> list[CostCentre]:
    return list(CostCentre.objects.visible_to(actor)) if actor.organization else []


def findings_on(actor: Actor, row: Subscription) -> list[Any]:
    if actor.organization is None:
        return []
    found = Finding.objects.visible_to(actor).filter(subscription=row, state=FindingState.OPEN)
    return list(found.select_related("plan__provider", "other")[:5])
