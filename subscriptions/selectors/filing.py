"""The check page and the page of what was filed together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import NoReverseMatch, reverse

from core.actor import Actor
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, Plan, RequestBundle
from subscriptions.models.catalogue import commission_amount, lead_time
from subscriptions.request_workflow import FINAL_STATES
from subscriptions.rights import earns_commission
from subscriptions.selectors.availability import Answer, Option, answer
from subscriptions.services.requests.duplicates import Duplicate, Found, duplicates_at

# A choice of plans is a list to read, not to scroll.
CHOICES_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class ShownDuplicate:
    """What is there already, and where one may go with it instead; urls are "" where one cannot."""

    text: str
    url: str
    change_url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One service on the check page: a draft, by the plan as it is now.

    `choices` are the plans of the category that can be filed here instead. `known` names the
    duplicates that are shown (for `Anyway.known`); a reason is asked where `asks_reason`.
    """

    draft: ConnectionRequest
    plan: Plan
    lead_time: str
    commission: Decimal | None
    choices: Sequence[Option]
    is_offered: bool
    duplicates: Sequence[ShownDuplicate]
    known: str
    forbids: bool
    reason: str = ""
    error: str = ""

    @property
    def asks_reason(self) -> bool:
        return bool(self.duplicates) and not self.forbids


@dataclass(frozen=True, slots=True)
class Total:
    """What lines in one currency come to."""

    currency: str
    monthly: Decimal
    once: Decimal
    commission: Decimal | None


def lines_of(
    actor: Actor,
    drafts: Sequence[ConnectionRequest],
    reasons: Mapping[str, str],
    errors: Mapping[str, str],
) -> list[Line]:
    """A line for each draft of one bundle; `reasons` typed and `errors`, by the draft's number."""
    first = drafts[0]
    offered = answer(first.building, actor=actor)
    found = duplicates_at(
        first.owner_id,
        first.unit_id,
        {draft.category_id for draft in drafts},
        bundle_id=first.bundle_id,
    )
    return [
        _line(actor, draft, offered, found.get(draft.category_id, []), reasons, errors)
        for draft in drafts
    ]


def _line(
    actor: Actor,
    draft: ConnectionRequest,
    offered: Answer,
    duplicates: Sequence[Duplicate],
    reasons: Mapping[str, str],
    errors: Mapping[str, str],
) -> Line:
    plan = draft.plan
    here = [
        option
        for option in offered.options()
        if option.category_id == draft.category_id and option.can_be_filed
    ]
    return Line(
        draft=draft,
        plan=plan,
        lead_time=lead_time(plan.days_min, plan.days_max),
        commission=plan.commission_on() if earns_commission(actor) else None,
        choices=[option for option in here if option.plan_id != plan.pk][:CHOICES_AT_MOST],
        is_offered=any(option.plan_id == plan.pk for option in here),
        duplicates=[shown(one) for one in duplicates],
        known=" ".join(one.key for one in duplicates),
        forbids=any(one.forbids for one in duplicates),
        reason=reasons.get(draft.number, ""),
        error=errors.get(draft.number, ""),
    )


def shown(duplicate: Duplicate) -> ShownDuplicate:
    if duplicate.found == Found.REQUEST:
        return ShownDuplicate(
            str(duplicate), reverse("request_detail", args=[duplicate.number]), ""
        )
    if duplicate.found == Found.SUBSCRIPTION:
        return ShownDuplicate(
            str(duplicate),
            reverse("subscription_detail", args=[duplicate.number]),
            _change_url(duplicate.number),
        )
    return ShownDuplicate(str(duplicate), "", "")


def _change_url(number: str) -> str:
    """Where the plan of a subscription is changed, on a site that has such a page."""
    try:
        return reverse("subscription_change", kwargs={"number": number, "slug": "plan"})
    except NoReverseMatch:
        return ""


def duplicates_at_unit(
    actor: Actor, unit_id: int, options: Sequence[Option]
) -> list[tuple[Option, ShownDuplicate]]:
    """What of the plans chosen is there already, before anything is drafted."""
    wanted = {option.category_id for option in options}
    found = duplicates_at(actor.organization.pk, unit_id, wanted)
    return [(option, shown(one)) for option in options for one in found.get(option.category_id, ())]


def totals_of(terms: Iterable[tuple[str, Decimal, Decimal, Decimal | None]]) -> list[Total]:
    """Sums of (currency, monthly, once, commission or None), a total to each currency."""
    sums: dict[str, list[Decimal | None]] = {}
    for currency, monthly, once, commission in terms:
        total = sums.setdefault(currency, [Decimal(0), Decimal(0), None])
        total[0] = (total[0] or Decimal(0)) + monthly
        total[1] = (total[1] or Decimal(0)) + once
        if commission is not None:
            total[2] = (total[2] or Decimal(0)) + commission
    return [
        Total(currency, monthly or Decimal(0), once or Decimal(0), commission)
        for currency, (monthly, once, commission) in sorted(sums.items())
    ]


def totals_of_lines(lines: Sequence[Line]) -> list[Total]:
    """By the plans as they are now: these are the terms that filing copies."""
    return totals_of(
        (line.plan.currency, line.plan.price, line.plan.connection_fee, line.commission)
        for line in lines
    )


# --- what was filed together ------------------------------------------------------------------
def requests_of(actor: Actor, bundle: RequestBundle) -> list[ConnectionRequest]:
    """All that the actor may see of a bundle, in the order in which it was chosen."""
    rows = ConnectionRequest.objects.visible_to(actor).filter(bundle=bundle)
    return list(
        rows.select_related("plan", "category", "provider", "building", "unit", "client").order_by(
            "pk"
        )
    )


def totals_of_requests(actor: Actor, requests: Sequence[ConnectionRequest]) -> list[Total]:
    """What the requests that are not refused or cancelled come to, by the terms they were filed."""
    earns = earns_commission(actor)
    given_up = FINAL_STATES - {RequestState.CONNECTED}
    return totals_of(
        (
            row.currency,
            row.price,
            row.connection_fee,
            _commission(row) if earns else None,
        )
        for row in requests
        if row.state not in given_up
    )


def _commission(row: ConnectionRequest) -> Decimal:
    return commission_amount(
        row.commission_rule, row.commission_value, price=row.price, fee=row.connection_fee
    )
