"""Terms that end and go on, suspensions that end: reminded of, and renewed."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce

from core import clock
from core.actor import system_actor
from core.choices import PartyRole
from core.events import emit
from core.months import months_on
from core.workflow import touched
from subscriptions.centre_rights import told_of
from subscriptions.choices import ReminderKind, SubscriptionState
from subscriptions.models import HolderReminder, Subscription
from users.models import Organization

DAY = timedelta(days=1)
# (kind, column, event, days before, and the days of the next reminder)
_TERMS, _SUSPENSIONS = "subscriptions.terms_ending", "subscriptions.suspensions_ending"
_REMINDERS = (
    (ReminderKind.TERM_30, "term_ends_on", _TERMS, 7, 30),
    (ReminderKind.TERM_7, "term_ends_on", _TERMS, 0, 7),
    (ReminderKind.SUSPENSION_3, "suspended_until", _SUSPENSIONS, 0, 3),
)


def _told_of(column: str) -> QuerySet[Subscription]:
    """In force, and with something to come: no term goes on once an end is agreed upon, and of a
    suspension nothing is told where the service ends with it."""
    rows = Subscription.objects.exclude(state=SubscriptionState.ENDED)
    if column == "term_ends_on":
        return rows.filter(ends_on__isnull=True)
    return rows.exclude(ends_on__lte=F(column))


def remind_holders() -> int:
    """Tells who pays of terms and suspensions that end on a day, once for each day; how many told.

    A day that no worker lived through is made good on the next.
    """
    today = clock.today()
    told = 0
    for kind, column, event, after, until in _REMINDERS:
        rows = _told_of(column).filter(
            **{f"{column}__gt": today + after * DAY, f"{column}__lte": today + until * DAY}
        )
        counts = (
            rows.order_by()
            .annotate(payer=Coalesce(F("holder_id"), F("owner_id")))
            .values_list("payer", column)
            .annotate(Count("pk"))
        )
        for payer, day, count in counts:
            told += _remind(payer, kind, event, day, count, (day - today).days)
    return told


def _remind(payer: int, kind: str, event: str, day: date, count: int, days: int) -> bool:
    if HolderReminder.objects.filter(owner_id=payer, kind=kind, day=day).exists():
        return False
    try:
        with transaction.atomic():
            row = HolderReminder.objects.create(owner_id=payer, kind=kind, day=day)
            emit(
                system_actor(),
                event,
                row,
                {PartyRole.OWNER: Organization(pk=payer)},
                {"count": count, "day": day.isoformat(), "days": days},
            )
    except IntegrityError:
        # Another worker has told it at this moment.
        return False
    return True


def renew_terms() -> int:
    """Lets terms go on whose last day is past and that renew by themselves; how many."""
    over = _told_of("term_ends_on").filter(
        term_ends_on__lt=clock.today(ZoneInfo("Asia/Kamchatka")), renew_months__gt=0
    )
    renewed = 0
    for pk in list(over.order_by("pk").values_list("pk", flat=True)):
        renewed += _renew(pk)
    return renewed


def _renew(pk: int) -> bool:
    with transaction.atomic():
        Subscription.objects.select_for_update().get(pk=pk)
        row = Subscription.objects.select_related("owner", "provider", "holder").get(pk=pk)
        today = clock.today(ZoneInfo(row.provider.time_zone))
        if row.term_ends_on is None or not row.renew_months or row.term_ends_on >= today:
            return False
        if row.ends_on is not None or row.state == SubscriptionState.ENDED:
            return False
        while row.term_ends_on < today:
            row.term_ends_on = months_on(row.term_ends_on + DAY, row.renew_months) - DAY
        touched(row)
        row.save(update_fields=["term_ends_on", "version", "updated_at"])
        data = {"number": row.number, "fields": ["term_ends_on"]}
        emit(system_actor(), "subscription.terms_changed", row, told_of(row), data)
    return True
