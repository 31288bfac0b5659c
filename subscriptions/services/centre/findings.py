"""What looks doubled, and what could cost less at the same address: looked for by a job.

Building after building, some hundred to a transaction; what is found again keeps what was decided
about it, what is found no more is closed at the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import PartyRole
from core.errors import DomainError, Forbidden
from core.events import emit
from core.models import Operation
from core.operations import Progress
from core.querysets import get_visible
from locations.models import Building
from locations.selectors.coverage_many import Spot, statements_at_many
from subscriptions.centre_rights import leads_holder
from subscriptions.choices import FindingKind, FindingState, SubscriptionState
from subscriptions.models import CategoryAttribute, Finding, Holding, Subscription
from subscriptions.selectors.availability import (
    Answer,
    Option,
    Writer,
    by_provider,
    composed,
    plans_of,
)
from subscriptions.selectors.catalogue import Attribute, Category, categories
from subscriptions.services.in_force.costs import exit_fee
from users.models import Organization

FIND = "subscriptions.find"
BUILDINGS = 100
REASON_LENGTH = 300
_MONTHS = 12
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding before it is kept."""

    key: str
    kind: FindingKind
    subscription_id: int
    other_id: int | None
    plan_id: int | None
    saving_month: Decimal
    once: Decimal

    @property
    def saving_year(self) -> Decimal:
        return self.saving_month * _MONTHS - self.once


def find(owner: Organization, began: datetime, after: int = 0) -> Iterator[int]:
    """Looks at all buildings of a holder after the id `after`; yields the id it has come to.

    `began` is when this look began: call `close_rest` with it when it is through.
    """
    actor = system_actor(owner)
    writer = Writer.of(actor)
    while pks := _next_buildings(owner.pk, after):
        rows = _standing(owner.pk, pks)
        answers = _answers(actor, writer, pks)
        found = [*doubled(rows), *overpriced(rows, answers, _today(owner))]
        _keep(owner, found, began)
        after = pks[-1]
        yield after


def _today(owner: Organization) -> Any:
    return clock.today(ZoneInfo(owner.time_zone))


def _next_buildings(owner_id: int, after: int) -> list[int]:
    held = Subscription.objects.filter(holder_id=owner_id, building_id__gt=after)
    held = held.exclude(state=SubscriptionState.ENDED).order_by("building_id")
    return list(held.values_list("building_id", flat=True).distinct()[:BUILDINGS])


def _standing(owner_id: int, buildings: Sequence[int]) -> list[Subscription]:
    rows = Subscription.objects.filter(holder_id=owner_id, building_id__in=buildings)
    # What is to end anyway neither doubles anything nor is worth changing.
    rows = rows.exclude(state=SubscriptionState.ENDED).filter(ends_on__isnull=True)
    return list(rows.select_related("plan", "unit", "provider").order_by("pk"))


def _answers(actor: Actor, writer: Writer, buildings: Sequence[int]) -> dict[int, Answer]:
    """What can be connected in each building, as its page would say."""
    columns = ("pk", "city_id", "cell", "latitude", "longitude")
    rows = Building.objects.filter(pk__in=buildings).order_by("cell").values_list(*columns)
    cities = {row[0]: row[1] for row in rows}
    spots = [Spot(pk, cell, latitude, longitude) for pk, _city, cell, latitude, longitude in rows]
    said = {spot.pk: by_provider(statements) for spot, statements in statements_at_many(spots)}
    keys: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for pk, statements in said.items():
        keys[cities[pk]].update(statements)
    plans = {city: plans_of(city, actor, wanted) for city, wanted in keys.items()}
    return {
        pk: composed(
            statements,
            [row for key in statements for row in plans[cities[pk]].get(key, ())],
            actor=actor,
            writer=writer,
        )
        for pk, statements in said.items()
    }


# --- doubled ------------------------------------------------------------------------------------
def doubled(rows: Iterable[Subscription]) -> list[Found]:
    """Two in force of one category at one unit; or of one provider and category in one building
    where the numbers of the units differ in spelling alone."""
    groups: dict[tuple[Any, ...], list[Subscription]] = defaultdict(list)
    for row in rows:
        groups["unit", row.unit_id, row.category_id].append(row)
        place = (row.building_id, _alike(row.unit.number))
        groups["alike", *place, row.category_id, row.provider_id].append(row)
    found: dict[str, Found] = {}
    for group in groups.values():
        for one, other in combinations(sorted(group, key=lambda row: row.pk), 2):
            key = f"D:{one.pk}:{other.pk}"
            saving = min(one.price, other.price)
            found[key] = Found(key, FindingKind.DOUBLED, other.pk, one.pk, None, saving, Decimal(0))
    return list(found.values())


def _alike(number: str) -> str:
    """The number of a unit without what people write differently: "оф. 12-а" is "оф12а"."""
    return "".join(letter for letter in number.casefold() if letter.isalnum())


# --- overpriced ---------------------------------------------------------------------------------
def overpriced(
    rows: Iterable[Subscription], answers: Mapping[int, Answer], today: Any
) -> list[Found]:
    """For each subscription the offer that saves most in a year, where one is not worse."""
    known = {category.pk: category for category in categories()}
    found = []
    for row in rows:
        answer, category = answers.get(row.building_id), known.get(row.category_id)
        if row.state != SubscriptionState.ACTIVE or answer is None or category is None:
            continue
        fee = exit_fee(row, today)
        offers = [_offer(row, option, fee) for option in _better(row, answer, category)]
        best = max(offers, key=lambda one: (one.saving_year, one.key), default=None)
        if best is not None and best.saving_year > 0:
            found.append(best)
    return found


def _better(row: Subscription, answer: Answer, category: Category) -> Iterator[Option]:
    for said in answer.categories:
        if said.category.pk != row.category_id:
            continue
        for option in said.options:
            cheaper = option.is_available and option.price < row.price
            if (
                cheaper
                and option.plan_id != row.plan_id
                and not_worse(option.values, row.plan.attributes, category)
            ):
                yield option


def not_worse(offered: Mapping[str, Any], had: Mapping[str, Any], category: Category) -> bool:
    """Whether a plan gives at least what one has by the attributes of the category.

    Figures are at least as large, what is included stays included; texts are not compared. Where a
    figure that plans of the category must have is not known of one's own, nothing can be said.
    """
    return all(
        _as_good(attribute, offered.get(attribute.code), had.get(attribute.code))
        for attribute in category.attributes
    )


def _as_good(attribute: Attribute, given: Any, own: Any) -> bool:
    if attribute.kind == CategoryAttribute.Kind.FLAG:
        return bool(given) or not own
    if attribute.kind != CategoryAttribute.Kind.NUMBER:
        return True
    if own in (None, ""):
        return not attribute.is_required
    return given not in (None, "") and given >= own


def _offer(row: Subscription, option: Option, fee: Decimal) -> Found:
    return Found(
        f"O:{row.pk}:{option.plan_id}",
        FindingKind.OVERPRICED,
        row.pk,
        None,
        option.plan_id,
        row.price - option.price,
        _once(row, option, fee).quantize(_CENT),
    )


def _once(row: Subscription, option: Option, fee: Decimal) -> Decimal:
    """What going over costs: with one's own provider the plan is changed, nothing is left."""
    if option.provider_id == row.provider_id:
        return row.plan.change_fee
    return fee + option.connection_fee


# --- kept ---------------------------------------------------------------------------------------
def _keep(owner: Organization, found: Sequence[Found], began: datetime) -> None:
    with transaction.atomic():
        keys = [one.key for one in found]
        known = {
            row.key: row
            for row in Finding.objects.select_for_update().filter(owner=owner, key__in=keys)
        }
        fresh = [Finding(owner=owner, key=one.key) for one in found if one.key not in known]
        by_key = {one.key: one for one in found}
        for row in [*known.values(), *fresh]:
            one = by_key[row.key]
            row.kind, row.subscription_id, row.other_id = (
                one.kind,
                one.subscription_id,
                one.other_id,
            )
            row.plan_id, row.saving_month = one.plan_id, one.saving_month
            row.once, row.saving_year, row.found_at = one.once, one.saving_year, began
            if row.state == FindingState.GONE:
                row.state = FindingState.OPEN
        Finding.objects.bulk_create(fresh, ignore_conflicts=True)
        columns = [
            "kind", "subscription", "other", "plan", "saving_month", "once", "saving_year",
            "found_at", "state",
        ]  # fmt: skip
        Finding.objects.bulk_update(list(known.values()), columns)


def close_rest(owner: Organization, began: datetime) -> int:
    """Closes what this look has not found again; tells the holder when there is more than before.

    Returns how many findings are open.
    """
    with transaction.atomic():
        holding, _made = Holding.objects.select_for_update().get_or_create(owner=owner)
        own = Finding.objects.filter(owner=owner)
        own.filter(state=FindingState.OPEN, found_at__lt=began).update(state=FindingState.GONE)
        count = _count_open(owner.pk)
        Holding.objects.filter(pk=owner.pk).update(looked_at=clock.now())
        if count > holding.findings:
            parties = {PartyRole.OWNER: owner}
            emit(system_actor(), "findings.made", holding, parties, {"count": count})
    return count


def look_through(owner_id: int) -> int:
    """A whole look, as the nightly job makes it; how many findings are open."""
    owner = Organization.objects.get(pk=owner_id)
    began = clock.now()
    for _building in find(owner, began):
        pass
    return close_rest(owner, began)


def run_search(actor: Actor, operation: Operation, progress: Progress) -> None:
    """The same as work that somebody watches; killed, it goes on with the next building."""
    if not leads_holder(actor):
        raise Forbidden(_("Managers decide about findings."))
    owner = actor.organization
    data = operation.data
    data.setdefault("began", clock.now().isoformat())
    began = datetime.fromisoformat(data["began"])
    held = Subscription.objects.filter(holder=owner).exclude(state=SubscriptionState.ENDED)
    total = held.values("building_id").distinct().count()
    for building_id in find(owner, began, data.get("after", 0)):
        data["after"] = building_id
        data["done"] = min(data.get("done", 0) + BUILDINGS, total)
        progress(data["done"], total)
    count = close_rest(owner, began)
    operation.summary = {
        "facts": [[_("Places looked at"), total], [_("Findings"), count]],
        "back": reverse("finding_list"),
    }


def dismiss(actor: Actor, row: Finding, reason: str) -> Finding:
    """Says that a finding is as it should be. Raises Forbidden, DomainError with field `reason`."""
    reason = " ".join(reason.split())
    if not leads_holder(actor):
        raise Forbidden(_("Managers decide about findings."))
    if not reason:
        raise DomainError(_("Write why it is as it should be."), field="reason")
    if len(reason) > REASON_LENGTH or not reason.isprintable():
        raise DomainError(
            _("Write at most %(most)s characters.") % {"most": REASON_LENGTH}, field="reason"
        )
    return _decide(actor, row, FindingState.DISMISSED, reason)


def reopen(actor: Actor, row: Finding) -> Finding:
    """Takes a dismissal back. Raises Forbidden."""
    if not leads_holder(actor):
        raise Forbidden(_("Managers decide about findings."))
    return _decide(actor, row, FindingState.OPEN, "")


def _decide(actor: Actor, row: Finding, state: FindingState, reason: str) -> Finding:
    get_visible(Finding.objects, actor, pk=row.pk)
    with transaction.atomic():
        found = Finding.objects.select_for_update().get(pk=row.pk)
        if found.state in (state, FindingState.GONE):
            return found
        found.state, found.reason = state, reason
        found.decided_by, found.decided_at = actor.user, clock.now()
        found.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        _count_open(found.owner_id)
        if state == FindingState.DISMISSED:
            emit(actor, "finding.dismissed", found, {PartyRole.OWNER: actor.organization})
    return found


def _count_open(owner_id: int) -> int:
    """Keeps how many findings are open and what they save; returns how many."""
    rows = Finding.objects.filter(owner_id=owner_id, state=FindingState.OPEN)
    found = rows.aggregate(count=Count("pk"), saving=Sum("saving_year"))
    saving = Decimal(found["saving"] or 0).quantize(_CENT)
    Holding.objects.filter(pk=owner_id).update(findings=found["count"], saving=saving)
    return int(found["count"])
