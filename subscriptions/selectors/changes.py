"""What pages show of changes: those of a subscription, and what one of them changes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.actor import Actor
from core.errors import Text
from core.parts.rows import Fact
from core.parts.text import day_in_words, money
from core.querysets import get_visible
from locations.models import Building
from subscriptions.choices import RequestKind, RequestState
from subscriptions.models import ConnectionRequest, Plan, Subscription
from subscriptions.rights import earns_commission
from subscriptions.selectors.availability import Option, answer
from subscriptions.selectors.catalogue import Category, categories
from subscriptions.selectors.request_page import place_in_words
from subscriptions.services.in_force.costs import end_of_term, today_at
from subscriptions.services.in_force.offering import Offered, may_change, offered_changes
from subscriptions.services.in_force.reversal import returnable

K = RequestKind
SHOWN_AT_MOST = 20
# The kinds as addresses spell them.
SLUGS = {
    K.CHANGE_PLAN: "plan",
    K.RELOCATE: "move",
    K.SUSPEND: "suspend",
    K.RESUME: "resume",
    K.DISCONNECT: "end",
}
KINDS = {slug: kind for kind, slug in SLUGS.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """One property before and after; `differs` where the change is one."""

    label: Text
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class ChangesShown:
    """What can be asked for, each with its address, and what was asked for, newest first."""

    offers: list[tuple[Offered, str]]
    requests: list[ConnectionRequest]
    may_ask: bool
    # The request it came out of, where the actor may open it.
    origin: ConnectionRequest | None = None


def changes_of(actor: Actor, subscription: Subscription) -> ChangesShown:
    """Of one subscription, for its page; two queries."""
    offers = offered_changes(actor, subscription)
    seen = ConnectionRequest.objects.visible_to(actor)
    asked = Q(subscription=subscription) | Q(pk=subscription.origin_id)
    # It is the oldest of all: where more was asked for since, it is found last.
    rows = list(seen.filter(asked).order_by("-pk")[: SHOWN_AT_MOST + 1])
    origin = next((row for row in rows if row.pk == subscription.origin_id), None)
    return ChangesShown(
        [(offer, change_url(subscription, offer.kind)) for offer in offers],
        [row for row in rows if row is not origin][:SHOWN_AT_MOST],
        may_change(actor, subscription),
        origin,
    )


def change_url(subscription: Subscription, kind: RequestKind) -> str:
    return reverse("subscription_change", args=[subscription.number, SLUGS[kind]])


def change_for_page(actor: Actor, number: str) -> ConnectionRequest:
    """A change with all that its check page names, in one query; NotVisible when not theirs.

    `sees_subscription`: whether the page of what it changes opens for the actor.
    """
    rows = ConnectionRequest.objects.exclude(kind=K.CONNECT).select_related(
        "subscription__plan",
        "subscription__provider",
        "subscription__unit",
        "subscription__building",
        "subscription__origin",
        "former_plan",
        "plan",
        "category",
        "provider",
        "owner",
        "building",
        "unit",
        "target_unit__building",
        "client",
    )
    seen = Subscription.objects.visible_to(actor).filter(pk=OuterRef("subscription_id"))
    rows = rows.annotate(sees_subscription=Exists(seen))
    found: ConnectionRequest = get_visible(rows, actor, number=number)
    return found


# --- plans that can be changed to -------------------------------------------------------------
def plans_to_change_to(
    actor: Actor, subscription: Subscription, building: Building
) -> list[Option]:
    """Plans of the same provider and service that can be connected in the building now."""
    return [
        option
        for option in answer(building, actor=actor).options()
        if option.provider_id == subscription.provider_id
        and option.category_id == subscription.category_id
        and option.can_be_filed
    ]


def main_label(category_id: int) -> str:
    """What plans of a category are told apart by, "" for nothing."""
    category = _category(category_id)
    return category.attributes[0].name if category and category.attributes else ""


def main_value(plan: Plan) -> str:
    category = _category(plan.category_id)
    return category.main(plan.attributes) if category else ""


def _category(pk: int) -> Category | None:
    return next((one for one in categories() if one.pk == pk), None)


def difference_in_words(difference: Decimal, currency: str) -> str:
    """ "+150 ₽", "−50 ₽", or that nothing changes."""
    if not difference:
        return _("the same")
    sign = "+" if difference > 0 else "\N{MINUS SIGN}"
    return f"{sign}{money(abs(difference), currency)}"


def compare_plans(before: Plan, after: Plan, prices: tuple[Decimal, Decimal]) -> list[Line]:
    """Two plans of one category side by side, what differs first; `prices` are those paid."""
    category = _category(before.category_id)
    written = [
        dict(category.written(plan.attributes)) if category else {} for plan in (before, after)
    ]
    names = dict.fromkeys(name for values in written for name in values)
    lines = [
        Line(_("Plan"), before.name, after.name),
        Line(_("A month"), money(prices[0], before.currency), money(prices[1], after.currency)),
        *(Line(name, *(values.get(name, "—") for values in written)) for name in names),
        Line(_("Term"), _term(before.term_months), _term(after.term_months)),
        Line(_("Technology"), before.technology or "—", after.technology or "—"),
    ]
    return sorted(lines, key=lambda line: not line.differs)


def _term(months: int) -> str:
    if not months:
        return _("no fixed term")
    return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}


# --- what a change changes --------------------------------------------------------------------
def facts_of(request: ConnectionRequest) -> list[Fact]:
    """What a change does, from what to what, when, and what it costs."""
    return [*purpose_of(request), *_money(request)]


def purpose_of(request: ConnectionRequest) -> list[Fact]:
    """The same without the costs."""
    return [*_what(request), *_when(request)]


def _what(request: ConnectionRequest) -> list[Fact]:
    facts = []
    if request.former_plan is not None and request.former_plan_id != request.plan_id:
        facts.append(Fact(_("Plan"), _arrow(request.former_plan.name, request.plan.name)))
    if request.target_unit is not None:
        place = place_in_words(request.building.address, request.unit.number)
        target = request.target_unit
        facts.append(
            Fact(
                _("Address"), _arrow(place, place_in_words(target.building.address, target.number))
            )
        )
    return facts


def _when(request: ConnectionRequest) -> list[Fact]:
    if request.kind == K.DISCONNECT:
        return [Fact(_("Last day"), _day(request.effective_on))]
    facts = [Fact(_("Takes effect"), _day(request.effective_on))]
    if request.until_on is not None:
        facts.append(Fact(_("Until"), _day(request.until_on)))
    return facts


def _day(day: date | None) -> str:
    if day is None:
        return _("on the day the provider does it")
    return day_in_words(day, clock.today())


def _money(request: ConnectionRequest) -> list[Fact]:
    facts = []
    before = request.former_price or Decimal(0)
    if request.kind != K.DISCONNECT:
        month = money(request.price, request.currency)
        if before != request.price:
            month = _arrow(money(before, request.currency), month)
        facts.append(Fact(_("A month"), month))
    return [*facts, *once_of(request)]


def once_of(request: ConnectionRequest) -> list[Fact]:
    """What is paid once, by what it is for."""
    named = {
        K.CHANGE_PLAN: _("Change of plan"),
        K.RELOCATE: _("Relocation"),
        K.DISCONNECT: _("For ending early"),
    }
    label = named.get(RequestKind(request.kind))
    if label is None:
        return []
    amount = request.connection_fee + request.exit_fee
    return [Fact(label, money(amount, request.currency) if amount else _("free"))]


def _arrow(before: str, after: str) -> str:
    return f"{before} → {after}"


def term_in_words(request: ConnectionRequest) -> str:
    """What becomes of the term, where the change begins another; "" where it stays."""
    if request.plan_id == request.former_plan_id or not request.plan.term_months:
        return ""
    if request.effective_on is None or request.subscription is None:
        return _("A new term begins: %(months)s.") % {"months": _term(request.plan.term_months)}
    last = end_of_term(request.effective_on, request.plan.term_months)
    return _("A new term begins: until %(day)s.") % {"day": _day(last)}


def goes_back(actor: Actor, request: ConnectionRequest) -> Decimal | None:
    """The commission that the agency gives back by this disconnection; None: none, or not told."""
    subscription = request.subscription
    if request.kind != K.DISCONNECT or subscription is None or not earns_commission(actor):
        return None
    accrual = returnable(subscription, request.effective_on or today_at(subscription))
    return accrual.amount if accrual else None


def is_draft(request: ConnectionRequest) -> bool:
    return request.state == RequestState.DRAFT
