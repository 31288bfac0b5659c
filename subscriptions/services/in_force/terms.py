"""Whether a change may be filed, and the figures that are copied with it.

Both take a request whose subscription is locked; they are asked for a draft, and at its filing.
"""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError
from locations.models import Building, CoverageState
from subscriptions.choices import CommissionRule, RequestKind, SubscriptionState
from subscriptions.models import ConnectionRequest, Plan, Subscription
from subscriptions.models.subscriptions import force_key
from subscriptions.selectors.availability import promise_of
from subscriptions.services.in_force.costs import Cost, cost_of, today_at
from subscriptions.services.in_force.offering import (
    filer_of,
    fits_state,
    in_the_way,
    offered,
    refusal_for,
    unfinished_changes,
)
from users.models import Organization

K = RequestKind
# Nobody plans further; nor does a service stay suspended for longer.
AHEAD_AT_MOST = timedelta(days=366)
_FILEABLE = (CoverageState.AVAILABLE, CoverageState.SURVEY)
# Figures that the person was shown before filing.
SHOWN = ("price", "connection_fee", "exit_fee", "former_plan_id", "former_price")


def hold_subscription(pk: int) -> Subscription:
    """The subscription locked until the transaction ends, with what rules and events need."""
    row = Subscription.objects.select_for_update().get(pk=pk)
    # Read apart: a lock on a join would lock plans and organizations too.
    row.provider = Organization.objects.get(pk=row.provider_id)
    row.plan = Plan.objects.get(pk=row.plan_id)
    return row


def check_change(request: ConnectionRequest) -> None:
    """Raises DomainError with `field`, or Conflict, when the change may not be filed as it is."""
    subscription, kind = _changed(request), K(request.kind)
    if filer_of(subscription) != request.owner_id:
        raise Conflict(_("The client has taken the service over: changes are theirs to ask for."))
    _check_state(subscription, kind)
    _check_day(request, subscription)
    others = [row for row in unfinished_changes(subscription) if row.pk != request.pk]
    other = in_the_way(kind, others, request.effective_on)
    if other is not None:
        raise Conflict(refusal_for(other))
    _CHECKS.get(kind, _nothing_more)(request, subscription)


def copy_change_terms(request: ConnectionRequest) -> Cost:
    """Puts what the change costs as things are now on the request; returns it."""
    subscription = _changed(request)
    plan = request.plan
    cost = cost_of(
        subscription,
        request.kind,
        plan=plan,
        effective_on=request.effective_on,
        until_on=request.until_on,
    )
    request.former_plan, request.former_price = subscription.plan, subscription.price
    request.price, request.connection_fee = cost.price, cost.once
    request.exit_fee, request.currency = cost.exit_fee, cost.currency
    terms = subscription if plan.pk == subscription.plan_id else plan
    request.exit_rule, request.exit_value = terms.exit_rule, terms.exit_value
    request.commission_rule, request.commission_value = CommissionRule.NONE, 0
    request.needs_visit = needs_visit(request.kind, subscription.plan)
    return cost


def needs_visit(kind: str, plan: Plan) -> bool:
    """Whether somebody has to come: for a move always, to take a line down where the plan says."""
    return kind == K.RELOCATE or (kind == K.DISCONNECT and plan.exit_visit)


def figures_of(request: ConnectionRequest) -> tuple[object, ...]:
    """What the person was shown; filing is refused when it is no more so."""
    return tuple(getattr(request, name) for name in SHOWN)


def is_connectable(plan: Plan, building: Building) -> bool:
    """Whether the answer for the address offers the plan now, as `filing` asks for a connection."""
    if not Plan.objects.offered().filter(pk=plan.pk).exists():
        return False
    if not plan.everywhere and not plan.cities.filter(pk=building.city_id).exists():
        return False
    promise = promise_of(plan, building)
    return promise is not None and promise.state in _FILEABLE


# --- what each kind asks for ------------------------------------------------------------------
def _changed(request: ConnectionRequest) -> Subscription:
    if request.subscription is None:
        raise TypeError("A change names the subscription that it changes.")
    return request.subscription


def _check_state(subscription: Subscription, kind: RequestKind) -> None:
    if subscription.state == SubscriptionState.ENDED:
        raise Conflict(_("The service is not in force any more."))
    if fits_state(subscription, kind):
        return
    if subscription.state == SubscriptionState.SUSPENDED:
        raise Conflict(
            _("The service is suspended: resume it before “%(action)s”.")
            % {"action": offered(kind).label}
        )
    raise Conflict(_("The service is not suspended: there is nothing to resume."))


def _check_day(request: ConnectionRequest, subscription: Subscription) -> None:
    day, today = request.effective_on, today_at(subscription)
    if day is None:
        return
    if day < today:
        raise DomainError(_("This day has passed: choose another."), field="effective_on")
    latest = today + AHEAD_AT_MOST
    if request.kind == K.DISCONNECT and subscription.term_ends_on is not None:
        latest = max(latest, subscription.term_ends_on)
    if day > latest:
        raise DomainError(_("Choose a day within a year."), field="effective_on")
    if subscription.ends_on is not None and day > subscription.ends_on:
        raise DomainError(
            _("The service ends before that: choose an earlier day."), field="effective_on"
        )


def _check_plan(plan: Plan, subscription: Subscription, building: Building) -> None:
    same = (subscription.provider_id, subscription.category_id)
    if (plan.provider_id, plan.category_id) != same:
        raise DomainError(
            _("Choose a plan of the same provider and service."),
            field="plan",
        )
    if not is_connectable(plan, building):
        raise DomainError(
            _("The plan “%(plan)s” cannot be connected at this address.") % {"plan": plan.name},
            field="plan",
        )


def _check_change_plan(request: ConnectionRequest, subscription: Subscription) -> None:
    if request.plan_id == subscription.plan_id:
        raise DomainError(_("This is the plan you have: choose another."), field="plan")
    _check_plan(request.plan, subscription, subscription.building)


def _check_relocate(request: ConnectionRequest, subscription: Subscription) -> None:
    unit = request.target_unit
    if unit is None:
        raise DomainError(_("Choose an address."), field="building")
    if unit.pk == subscription.unit_id:
        raise DomainError(_("The service is at this address already."), field="unit_number")
    _check_plan(request.plan, subscription, unit.building)
    key = force_key(unit.pk, subscription.category)
    if key is not None and Subscription.objects.filter(in_force_key=key).exists():
        raise DomainError(
            _("“%(category)s” is in force in this unit already: it must be ended first.")
            % {"category": subscription.category.name},
            field="unit_number",
        )


def _check_suspend(request: ConnectionRequest, subscription: Subscription) -> None:
    first, last = request.effective_on, request.until_on
    if first is None:
        raise DomainError(_("Choose a day."), field="effective_on")
    if last is None:
        raise DomainError(_("Choose a day."), field="until_on")
    _check_end(first, last, subscription.ends_on)


def _check_end(first: date, last: date, ends_on: date | None) -> None:
    if last < first:
        raise DomainError(_("The last day cannot be before the first."), field="until_on")
    if last > first + AHEAD_AT_MOST:
        raise DomainError(_("Choose a day within a year."), field="until_on")
    if ends_on is not None and last >= ends_on:
        raise DomainError(
            _("The service ends before that: choose an earlier day."), field="until_on"
        )


def _check_resume(request: ConnectionRequest, subscription: Subscription) -> None:
    until, day = subscription.suspended_until, request.effective_on
    if day is not None and until is not None and day > until:
        raise DomainError(
            _("The service resumes by itself before that: choose an earlier day."),
            field="effective_on",
        )


def _nothing_more(request: ConnectionRequest, subscription: Subscription) -> None:
    """The kind asks for nothing of its own."""


_CHECKS = {
    K.CHANGE_PLAN: _check_change_plan,
    K.RELOCATE: _check_relocate,
    K.SUSPEND: _check_suspend,
    K.RESUME: _check_resume,
}
