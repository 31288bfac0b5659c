"""What services cost their holders, summed up: pages read these few rows, never the services."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.querysets import OwnedQuerySet
from subscriptions.choices import CostBy, ReminderKind
from subscriptions.models.money import MoneyField, currency_field


class Holding(models.Model):
    """A holder's services as a whole; one row for each, written by `services.spend.refresh`."""

    owner = models.OneToOneField(
        "users.Organization", models.CASCADE, primary_key=True, related_name="+"
    )
    # In force, suspended ones too; and what those that run cost a month.
    count = models.PositiveIntegerField(_("services"), default=0)
    monthly = MoneyField(_("a month"), default=0)
    # Open findings, by the last look and what was decided since.
    findings = models.PositiveIntegerField(_("findings"), default=0)
    saving = MoneyField(_("could be saved in a year"), default=0)
    looked_at = models.DateTimeField(_("looked through"), null=True)
    # The refresh that has begun last: an older one that ends later writes nothing.
    run = models.PositiveIntegerField(default=0, editable=False)
    refreshed_at = models.DateTimeField(_("counted"), null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("services of a holder")
        verbose_name_plural = _("services of holders")

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.count}"


class CostNow(models.Model):
    """What a holder's services cost a month as things stand, by one thing: a category, a city.

    `key` is the id of that thing, 0 for none; of CostBy.TOTAL it is always 0.
    """

    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    by = models.CharField(max_length=10, choices=CostBy.choices)
    key = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField(_("services"))
    monthly = MoneyField(_("a month"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost by kind")
        verbose_name_plural = _("costs by kind")
        constraints = [models.UniqueConstraint(fields=["owner", "by", "key"], name="cost_now_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.by} {self.key}: {self.monthly}"


class Spend(models.Model):
    """What a holder's services cost in a month, by one thing; see docs/spend.md for the rule.

    The rows of one month and one `by` add up to the same whatever the `by`. Of buildings the
    dearest stand by themselves, and the rest together under the key 0.
    """

    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    month = models.DateField(_("month"))  # its first day
    by = models.CharField(max_length=10, choices=CostBy.choices)
    key = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField(_("services"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = currency_field()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("spend")
        verbose_name_plural = _("spend")
        constraints = [
            # Also what pages read by: one kind of sums over a range of months.
            models.UniqueConstraint(fields=["owner", "by", "month", "key"], name="spend_once"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.month:%Y-%m} {self.by} {self.key}: {self.amount}"


class HolderReminder(models.Model):
    """That a holder was reminded of something that comes on a day: so once is enough."""

    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=15, choices=ReminderKind.choices)
    day = models.DateField(_("day"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "day"], name="holder_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.kind} {self.day}"
