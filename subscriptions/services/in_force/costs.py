"""What a change of a subscription costs: one function, for the page before and for the filing."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from core import clock
from core.months import months_on
from subscriptions.choices import ExitRule, RequestKind
from subscriptions.models import Plan, Subscription

ZERO = Decimal(0)
_KOPECK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Cost:
    """Roubles, and the days between which they count.

    `price` is what is paid a month afterwards, `once` what the change itself costs, `exit_fee` what
    leaving before the end of the term costs beside it. `from_day` is None where the provider's work
    decides the day, `until_day` the last day of a suspension, `term_ends_on` the last day of the
    term afterwards, reckoned from `from_day` or from today.
    """

    price_before: Decimal
    price: Decimal
    once: Decimal
    exit_fee: Decimal
    currency: str
    from_day: date | None
    until_day: date | None
    term_ends_on: date | None

    @property
    def difference(self) -> Decimal:
        """By how much a month becomes dearer; below zero: cheaper."""
        return self.price - self.price_before

    @property
    def total_once(self) -> Decimal:
        return self.once + self.exit_fee


def cost_of(
    subscription: Subscription,
    kind: str,
    *,
    plan: Plan | None = None,
    effective_on: date | None = None,
    until_on: date | None = None,
) -> Cost:
    """What a change of `kind` (not CONNECT) would cost if it were filed now.

    `plan` is the one changed to (CHANGE_PLAN; RELOCATE where another is taken along). Fees are
    those of the present plan as it is today; what leaving costs is by the terms agreed upon. Only
    reckons: whether the change is possible is for `draft_change` to say.
    """
    other = plan if plan is not None and plan.pk != subscription.plan_id else None
    day = effective_on or today_at(subscription)
    return Cost(
        price_before=subscription.price,
        price=_price_after(subscription, kind, other),
        once=_once(subscription.plan, kind, other),
        exit_fee=exit_fee(subscription, day) if kind == RequestKind.DISCONNECT else ZERO,
        currency=subscription.currency,
        from_day=effective_on,
        until_day=until_on,
        term_ends_on=term_after(subscription, kind, other, day),
    )


def today_at(subscription: Subscription) -> date:
    """Today where the provider is: days of a subscription are its provider's."""
    return clock.today(ZoneInfo(subscription.provider.time_zone))


def usual_price(subscription: Subscription) -> Decimal:
    """What is paid a month while the service is not suspended."""
    return subscription.price if subscription.resume_price is None else subscription.resume_price


def end_of_term(day: date, months: int) -> date | None:
    """The last day of a term of `months` that begins on `day`; None: no term."""
    return months_on(day, months) - timedelta(days=1) if months else None


def term_after(subscription: Subscription, kind: str, other: Plan | None, day: date) -> date | None:
    """Another plan begins its own term; all else leaves the term as it was."""
    if kind == RequestKind.DISCONNECT:
        return None
    return end_of_term(day, other.term_months) if other else subscription.term_ends_on


def _price_after(subscription: Subscription, kind: str, other: Plan | None) -> Decimal:
    if kind == RequestKind.DISCONNECT:
        return ZERO
    if kind == RequestKind.SUSPEND:
        return subscription.plan.suspension_price
    if other is not None:
        return other.price
    return usual_price(subscription)


def _once(plan: Plan, kind: str, other: Plan | None) -> Decimal:
    relocation = plan.relocation_fee if kind == RequestKind.RELOCATE else ZERO
    return relocation + (plan.change_fee if other is not None else ZERO)


def exit_fee(subscription: Subscription, last_day: date) -> Decimal:
    """What ending it on that day costs once, by the rule agreed upon: nothing once the term is
    over; REMAINING counts begun months."""
    term = subscription.term_ends_on
    if term is None or last_day >= term:
        return ZERO
    if subscription.exit_rule == ExitRule.FIXED:
        return subscription.exit_value
    if subscription.exit_rule == ExitRule.REMAINING:
        left = usual_price(subscription) * months_left(last_day, term)
        return (left * subscription.exit_value / 100).quantize(_KOPECK, ROUND_HALF_UP)
    return ZERO


def months_left(last_day: date, term_ends_on: date) -> int:
    """Months of the term after `last_day`, a begun one as a whole; 0 when there are none."""
    count = 0
    while months_on(last_day, count) < term_ends_on:
        count += 1
    return count
