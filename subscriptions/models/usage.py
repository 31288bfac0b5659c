"""Metered use of subscriptions: meters and their readings, figures of periods, sums of months.

Days are calendar days at the place of the service (the time zone of its city); they are stored as
dates and never converted.
"""

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from core.storage import private_storage
from subscriptions.choices import ReadingState, Tariff, UsageSource, UsageUnit, UsageZone
from subscriptions.models.teams import at_places
from subscriptions.rights import PORTFOLIO_KINDS

MOST = Decimal("99999999999.999")


class AmountField(models.DecimalField):
    """An amount of use or a meter's figure: thousandths, never negative."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        kwargs.setdefault("validators", [MinValueValidator(0)])
        super().__init__(*args, **kwargs)


class UsageQuerySet(PartyQuerySet):
    """Rows of a subscription. Who filed it reads them until it is handed over to its holder."""

    # The lookup to the subscription; its parties are the rows'.
    through = "subscription__"

    def _restrict(self, column: str, actor: Actor) -> Self:
        through = self.through
        rows = self.filter(**{f"{through}{column}_id": actor.organization.pk})
        if actor.kind in PORTFOLIO_KINDS:
            rows = rows.filter(
                models.Q(**{f"{through}holder__isnull": True})
                | models.Q(**{f"{through}holder_id": actor.organization.pk})
            )
        return at_places(rows, actor, building=f"{through}building_id", city=f"{through}city_id")


class Meter(models.Model):
    """A device that counts a subscription's use; its first figures are readings of its own."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="meters"
    )
    unit = models.CharField(_("unit of measure"), max_length=10, choices=UsageUnit.choices)
    serial = models.CharField(_("serial number"), max_length=40)
    # Where it hangs, in the holder's words: "kitchen, cold".
    label = models.CharField(_("where it is"), max_length=60, blank=True)
    tariff = models.CharField(
        _("registers"), max_length=10, choices=Tariff.choices, default=Tariff.SINGLE
    )
    # Before the decimal point: past 99999 a meter of five begins anew.
    digits = models.PositiveSmallIntegerField(
        _("digits before the point"),
        default=5,
        validators=[MinValueValidator(3), MaxValueValidator(9)],
    )
    coefficient = models.DecimalField(
        _("coefficient"),
        max_digits=9,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    installed_on = models.DateField(_("installed"))
    removed_on = models.DateField(_("removed"), null=True, blank=True)
    # While it hangs: "subscription:folded serial". NULL when removed.
    live_key = models.CharField(max_length=70, null=True, unique=True, editable=False)
    created_at = models.DateTimeField(_("added"))

    objects = UsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(removed_on__isnull=True)
                | models.Q(removed_on__gte=models.F("installed_on")),
                name="meter_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class ReadingQuerySet(UsageQuerySet):
    through = "meter__subscription__"


class MeterReading(models.Model):
    """What one register of a meter showed as a day began. Never overwritten: a correction is a
    reading of its own that supersedes."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    meter = models.ForeignKey(Meter, models.CASCADE, related_name="readings")
    zone = models.CharField(
        _("register"), max_length=10, choices=UsageZone.choices, default=UsageZone.ALL
    )
    day = models.DateField(_("day"))
    value = AmountField(_("figure"))
    # How often the counter had passed its last figure since the reading before.
    rollovers = models.PositiveSmallIntegerField(default=0, editable=False)
    source = models.CharField(_("source"), max_length=10, choices=UsageSource.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=ReadingState.choices, default=ReadingState.ACCEPTED
    )
    # Why it is doubtful or was refused, in words.
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    photo = models.ImageField(
        _("photo"), storage=private_storage, upload_to="readings", blank=True, max_length=200
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    organization = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    supersedes = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="superseded_by"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("entered"))
    # While it counts or waits: "meter:zone:day". NULL when refused or corrected.
    live_key = models.CharField(max_length=50, null=True, unique=True, editable=False)
    # "form:zone": a form sent twice makes one reading.
    form_key = models.CharField(max_length=50, null=True, unique=True, editable=False)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meter reading")
        verbose_name_plural = _("meter readings")
        indexes = [
            # The chain of a register, and the list of a meter's readings.
            models.Index(fields=["meter", "zone", "day"], name="reading_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.day}: {self.value}"

    def set_live_key(self) -> None:
        live = self.state in (ReadingState.ACCEPTED, ReadingState.DOUBTFUL)
        self.live_key = f"{self.meter_id}:{self.zone}:{self.day:%Y%m%d}" if live else None


class UsageRecord(models.Model):
    """Use in a period, both days included. Once for each subscription, unit, series and period."""

    subscription = models.ForeignKey(
        # Its unique key begins with the subscription: no index of its own.
        "subscriptions.Subscription",
        models.CASCADE,
        related_name="usage",
        db_index=False,
    )
    unit = models.CharField(_("unit of measure"), max_length=10, choices=UsageUnit.choices)
    # What counted it: "" for a figure that was told, "meter:zone" for one worked out of readings.
    series = models.CharField(max_length=32, blank=True, default="", editable=False)
    zone = models.CharField(
        _("register"), max_length=10, choices=UsageZone.choices, default=UsageZone.ALL
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    amount = AmountField(_("amount"))
    source = models.CharField(_("source"), max_length=10, choices=UsageSource.choices)
    # Who told it: a provider's figure is not overwritten by its customer's.
    organization = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"))

    objects = UsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage record")
        verbose_name_plural = _("usage records")
        constraints = [
            # Serves the records of a subscription around a month as well.
            models.UniqueConstraint(
                fields=["subscription", "unit", "series", "zone", "starts_on", "ends_on"],
                name="usage_record_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="usage_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.starts_on}: {self.amount} {self.unit}"


class UsageMonth(models.Model):
    """What a subscription used in a month: the sum of its records' shares, kept for charts."""

    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="usage_months", db_index=False
    )
    unit = models.CharField(_("unit of measure"), max_length=10, choices=UsageUnit.choices)
    month = models.DateField(_("month"))  # its first day
    amount = AmountField(_("amount"))
    # Days of the month that records tell of: the run rate is amount / days.
    days = models.PositiveSmallIntegerField(_("days known"))
    # Worked out of readings alone; False where figures were told.
    by_meters = models.BooleanField(_("by readings"), default=False)

    objects = UsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("month of use")
        verbose_name_plural = _("months of use")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "unit", "month"], name="usage_month_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.month:%Y-%m}: {self.amount} {self.unit}"
