"""What the page of one subscription shows."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
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

_OPEN = FindingState.OPEN


def subscription_for_centre(actor: Actor, number: str) -> Subscription:
    """The subscription with all that its page names, in one query; NotVisible when not theirs."""
    rows = Subscription.objects.select_related(
        "owner", "provider", "holder", "client", "building", "unit", "city", "category", "plan",
        "origin", "cost_centre",
    ).annotate(
        # Seldom: what is there is read by a query of its own, what is not costs none.
        has_findings=Exists(Finding.objects.filter(subscription=OuterRef("pk"), state=_OPEN)),
        has_notes=Exists(SubscriptionNote.objects.filter(subscription=OuterRef("pk"))),
        has_papers=Exists(SubscriptionFile.objects.filter(subscription=OuterRef("pk"))),
    )  # fmt: skip
    found: Subscription = get_visible(rows, actor, number=number)
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """A tag or a cost centre."""

    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as its list shows it; `remove_url` "" for who may not."""

    row: SubscriptionFile
    url: str
    who: str
    remove_url: str


def papers_of(actor: Actor, row: Subscription) -> list[Paper]:
    """Documents, newest first. The caller has asked whether the actor may know of them."""
    if not getattr(row, "has_papers", True):
        return []
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


@dataclass(frozen=True, slots=True)
class Words:
    """What the actor's organization keeps of a subscription for itself."""

    note: SubscriptionNote | None = None
    tags: list[Named] = field(default_factory=list)
    centres: list[Named] = field(default_factory=list)


def own_words(actor: Actor, row: Subscription) -> Words:
    """Its note, its tags, and the cost centres there are to choose from; two queries."""
    if actor.organization is None:
        return Words()
    tags = SubscriptionTag.objects.visible_to(actor).filter(subscriptions=row)
    centres = CostCentre.objects.visible_to(actor)
    found = _named("tag", tags).union(_named("centre", centres), all=True)
    named: dict[str, list[Named]] = {"tag": [], "centre": []}
    for what, pk, name, _key in sorted(found, key=lambda one: one[3]):
        named[what].append(Named(pk, name))
    note = None
    if getattr(row, "has_notes", True):
        note = SubscriptionNote.objects.visible_to(actor).filter(subscription=row).first()
    return Words(note, named["tag"], named["centre"])


def _named(what: str, rows: QuerySet) -> QuerySet:
    kind = Value(what, output_field=CharField())
    named = rows.order_by().annotate(what=kind)
    return named.values_list("what", "pk", "name", "search_key")


def findings_on(actor: Actor, row: Subscription) -> list[Any]:
    if actor.organization is None or not getattr(row, "has_findings", True):
        return []
    found = Finding.objects.visible_to(actor).filter(subscription=row, state=FindingState.OPEN)
    return list(found.select_related("plan__provider", "other")[:5])
