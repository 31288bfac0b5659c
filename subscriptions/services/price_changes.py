"""New prices for those who have a service already: announced, reminded of, applied on their day.

The plan's own price, for new sales, is another thing: it is changed with the plan.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor, system_actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError, Forbidden
from core.events import Draft, emit_many
from core.models import Operation
from core.operations import Progress, start_operation
from core.querysets import get_visible
from core.workflow import touched
from subscriptions.centre_rights import announces_prices
from subscriptions.choices import PriceChangeState, PriceLineState, PriceReason, SubscriptionState
from subscriptions.models import Plan, PriceChange, PriceLine, Subscription
from subscriptions.services.prices import set_price
from subscriptions.services.spend_later import refresh_later
from users.models import Organization

ANNOUNCE = "prices.announce"
BATCH = 500
CHOSEN_AT_MOST = 200
# Holders are reminded so many days before; of what is announced later they have just heard.
REMINDED_DAYS = 7
YEARS_AHEAD = 2


def concerned(actor: Actor, plan: Plan, numbers: Sequence[str] = ()) -> QuerySet[Subscription]:
    """The subscriptions in force of a plan that a new price would be for: all, or those named."""
    rows = Subscription.objects.visible_to(actor).filter(plan=plan)
    rows = rows.exclude(state=SubscriptionState.ENDED)
    return rows.filter(number__in=numbers) if numbers else rows


def announce(
    actor: Actor,
    plan: Plan,
    *,
    price: Decimal,
    starts_on: date,
    numbers: Sequence[str] = (),
    form_token: UUID,
) -> tuple[PriceChange, Operation | None]:
    """Announces a price from a day on, for all of a plan's subscriptions or for those named.

    Work in the background notes whom it is for and tells them; it is announced when that is done.
    Sent twice with one `form_token` it is announced once (the second time without an operation).
    Raises Forbidden, NotVisible, Conflict where one of the plan is announced already, DomainError
    with field `price`, `starts_on` or `numbers`.
    """
    if not announces_prices(actor):
        raise Forbidden(_("Only a manager of a verified provider announces prices."))
    plan = get_visible(Plan.objects, actor, pk=plan.pk)
    made = PriceChange.objects.visible_to(actor).filter(form_token=form_token).first()
    if made is not None:
        return made, None
    _check(actor, plan, price, starts_on, numbers)
    change = PriceChange(
        provider=actor.organization,
        plan=plan,
        price=price,
        currency=plan.currency,
        starts_on=starts_on,
        is_chosen=bool(numbers),
        form_token=form_token,
        announced_by=actor.user,
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            # Two who announce for one plan at once: the second finds what the first has announced.
            Plan.objects.select_for_update().get(pk=plan.pk)
            _check_alone(change)
            change.save(force_insert=True)
            if numbers:
                _note(change, list(concerned(actor, plan, numbers).values_list("pk", flat=True)))
            started = start_operation(actor, ANNOUNCE, {"change": change.pk})
    except IntegrityError:
        made = PriceChange.objects.visible_to(actor).get(form_token=form_token)
        return made, None
    return change, started


def _check(
    actor: Actor, plan: Plan, price: Decimal, starts_on: date, numbers: Sequence[str]
) -> None:
    if price < 0:
        raise DomainError(_("A price is not negative."), field="price")
    today = clock.today(ZoneInfo(actor.organization.time_zone))
    if starts_on <= today:
        raise DomainError(_("Choose a day from tomorrow on."), field="starts_on")
    if starts_on > today + timedelta(days=366 * YEARS_AHEAD):
        raise DomainError(_("This day is too far away."), field="starts_on")
    if len(numbers) > CHOSEN_AT_MOST:
        raise DomainError(
            _("Name at most %(most)s subscriptions.") % {"most": CHOSEN_AT_MOST}, field="numbers"
        )
    if numbers:
        found = set(concerned(actor, plan, numbers).values_list("number", flat=True))
        missing = sorted(set(numbers) - found)
        if missing:
            raise DomainError(
                _("Not in force on this plan: %(numbers)s.") % {"numbers": ", ".join(missing[:10])},
                field="numbers",
            )
    elif not concerned(actor, plan).exists():
        raise DomainError(_("Nobody has this plan: change the plan itself."), field="plan")


def _check_alone(change: PriceChange) -> None:
    standing = PriceChange.objects.filter(
        plan=change.plan,
        is_chosen=False,
        state__in=[PriceChangeState.PREPARING, PriceChangeState.ANNOUNCED],
    )
    if not change.is_chosen and standing.exists():
        raise Conflict(
            _("A new price of this plan is announced already: withdraw it before another.")
        )


def _note(change: PriceChange, pks: Sequence[int]) -> None:
    lines = [PriceLine(change=change, subscription_id=pk) for pk in pks]
    PriceLine.objects.bulk_create(lines, ignore_conflicts=True)


def run_announcement(actor: Actor, operation: Operation, progress: Progress) -> None:
    """Notes every subscription that the change is for, and tells their holders, once.

    Goes on where it was killed: what is noted is not noted twice, what is told is marked.
    """
    change = get_visible(PriceChange.objects, actor, pk=operation.data["change"])
    if change.state == PriceChangeState.PREPARING and not change.is_chosen:
        rows = concerned(actor, change.plan).order_by("pk").values_list("pk", flat=True)
        total, done = rows.count(), 0
        while part := list(rows.filter(pk__gt=operation.data.get("after", 0))[:BATCH]):
            with transaction.atomic():
                _note(change, part)
            operation.data["after"] = part[-1]
            done += len(part)
            progress(done, max(done, total))
    with transaction.atomic():
        change = PriceChange.objects.select_for_update().get(pk=change.pk)
        if change.state == PriceChangeState.PREPARING:
            _announced(actor, change)
    operation.summary = {
        "facts": [[_("Subscriptions"), change.count]],
        "back": reverse("price_change", args=[change.public_id]),
        "back_label": _("To the announcement"),
    }


def _announced(actor: Actor, change: PriceChange) -> None:
    now = clock.now()
    change.state = PriceChangeState.ANNOUNCED
    change.count = change.lines.count()
    change.announced_at = now
    today = clock.today(ZoneInfo(change.provider.time_zone))
    if change.starts_on <= today + timedelta(days=REMINDED_DAYS):
        change.reminded_at = now
    change.save()
    _tell(actor, change, "price_change.announced", provider=True)
    refresh_later(holder for holder, _role, _count in _payers(change))


def withdraw(actor: Actor, change: PriceChange) -> PriceChange:
    """Takes an announcement back, before its day. Raises Forbidden, NotVisible, Conflict."""
    if not announces_prices(actor):
        raise Forbidden(_("Only a manager of a verified provider announces prices."))
    get_visible(PriceChange.objects, actor, pk=change.pk)
    with transaction.atomic():
        row = PriceChange.objects.select_for_update().get(pk=change.pk)
        today = clock.today(ZoneInfo(row.provider.time_zone))
        standing = (PriceChangeState.PREPARING, PriceChangeState.ANNOUNCED)
        if row.state not in standing or row.starts_on <= today:
            raise Conflict(_("It is too late: this price is in force, or was withdrawn."))
        was_told = row.state == PriceChangeState.ANNOUNCED
        row.state, row.closed_at = PriceChangeState.WITHDRAWN, clock.now()
        row.save()
        if was_told:
            _tell(actor, row, "price_change.withdrawn", provider=True)
            refresh_later(holder for holder, _role, _count in _payers(row))
    return row


# --- when the day comes -------------------------------------------------------------------------
def remind() -> int:
    """Tells holders of prices that begin within a week; how many changes."""
    reminded = 0
    near = clock.today() + timedelta(days=REMINDED_DAYS)
    rows = PriceChange.objects.filter(
        state=PriceChangeState.ANNOUNCED, reminded_at__isnull=True, starts_on__lte=near
    )
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            change = rows.select_for_update().filter(pk=pk).first()
            if change is None:
                continue
            change.reminded_at = clock.now()
            change.save(update_fields=["reminded_at"])
            _tell(system_actor(), change, "price_change.reminded")
            reminded += 1
    return reminded


def apply_due() -> int:
    """Applies every price whose day has come at its provider; how many subscriptions."""
    applied = 0
    latest = clock.today(ZoneInfo("Asia/Kamchatka"))
    rows = PriceChange.objects.filter(state=PriceChangeState.ANNOUNCED, starts_on__lte=latest)
    for change in rows.select_related("provider").order_by("starts_on", "pk"):
        if change.starts_on <= clock.today(ZoneInfo(change.provider.time_zone)):
            applied += _apply(change)
    return applied


def _apply(change: PriceChange) -> int:
    """Batch by batch, each with its lines in one transaction: killed, it goes on with the rest."""
    applied = 0
    while (count := _apply_batch(change)) is not None:
        applied += count
    with transaction.atomic():
        row = PriceChange.objects.select_for_update().get(pk=change.pk)
        if row.state != PriceChangeState.ANNOUNCED:
            return applied
        row.state, row.closed_at = PriceChangeState.APPLIED, clock.now()
        row.applied = row.lines.filter(state=PriceLineState.APPLIED).count()
        row.save()
        _tell(system_actor(), row, "price_change.applied", provider=True)
        refresh_later(holder for holder, _role, _count in _payers(row))
    return applied


def _apply_batch(change: PriceChange) -> int | None:
    """How many prices were set; None when no line waits any more."""
    with transaction.atomic():
        state = PriceChange.objects.select_for_update().get(pk=change.pk).state
        waiting = change.lines.filter(state=PriceLineState.WAITING).order_by("subscription_id")
        lines = list(waiting.select_for_update()[:BATCH])
        if not lines or state != PriceChangeState.ANNOUNCED:
            return None
        pks = [line.subscription_id for line in lines]
        locked = Subscription.objects.select_for_update().filter(pk__in=pks).order_by("pk")
        found = {row.pk: row for row in locked}
        for line in lines:
            line.state = _apply_line(change, found[line.subscription_id])
        PriceLine.objects.bulk_update(lines, ["state"])
        return sum(line.state == PriceLineState.APPLIED for line in lines)


def _apply_line(change: PriceChange, row: Subscription) -> PriceLineState:
    """What has ended or has another plan by now keeps what it has; what is suspended goes on with
    what a suspension costs, and resumes at the new price."""
    if row.state == SubscriptionState.ENDED or row.plan_id != change.plan_id:
        return PriceLineState.SKIPPED
    if row.state == SubscriptionState.SUSPENDED:
        row.resume_price = change.price
        touched(row)
        row.save(update_fields=["resume_price", "version", "updated_at"])
        return PriceLineState.APPLIED
    try:
        set_price(
            row,
            price=change.price,
            starts_on=change.starts_on,
            reason=PriceReason.PRICE_CHANGED,
        )
    except DomainError:
        # A later price counts already: that was agreed upon after this one.
        return PriceLineState.SKIPPED
    return PriceLineState.APPLIED


# --- who is told --------------------------------------------------------------------------------
def _payers(change: PriceChange) -> Iterator[tuple[int, PartyRole, int]]:
    """Whom the change concerns: the holder, or who filed where nobody has taken over; for how
    many subscriptions."""
    lines = change.lines.exclude(state=PriceLineState.SKIPPED).order_by()
    payers = lines.annotate(
        payer=Coalesce(F("subscription__holder_id"), F("subscription__owner_id"))
    )
    counts = payers.values_list("payer", "subscription__holder_id").annotate(Count("pk"))
    for payer, holder, count in counts.order_by("payer"):
        yield payer, PartyRole.HOLDER if holder else PartyRole.OWNER, count


def _tell(actor: Actor, change: PriceChange, kind: str, *, provider: bool = False) -> None:
    """One event for each holder, however many of its subscriptions it is about."""
    facts = {
        "price": str(change.price),
        "currency": change.currency,
        "starts_on": change.starts_on.isoformat(),
    }
    drafts = [
        Draft(kind, change, {role: Organization(pk=payer)}, facts | {"count": count})
        for payer, role, count in _payers(change)
    ]
    if provider:
        parties = {PartyRole.PROVIDER: change.provider}
        drafts.append(Draft(kind, change, parties, facts | {"count": change.count}))
    emit_many(actor, drafts)
