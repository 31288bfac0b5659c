"""What holders want to be told of their use, and what they were told."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import OwnedQuerySet, PartyQuerySet
from subscriptions.choices import LimitKind, UsageUnit
from subscriptions.models.usage import AmountField, UsageQuerySet

LAST_DAY = 28
_DAY = [MinValueValidator(1), MaxValueValidator(LAST_DAY)]


class UsageLimit(models.Model):
    """A limit of a holder on one subscription, or on each of its subscriptions of a category.

    That of the subscription goes before that of the category. By its kind it has an `amount` (a
    month, in `unit`), a `percent` (above the usual), or a `day` of the month.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=LimitKind.choices)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, null=True, blank=True, related_name="limits"
    )
    category = models.ForeignKey(
        "locations.ServiceCategory", models.CASCADE, null=True, blank=True, related_name="+"
    )
    unit = models.CharField(
        _("unit of measure"), max_length=10, choices=UsageUnit.choices, blank=True
    )
    amount = AmountField(_("amount a month"), null=True, blank=True)
    percent = models.PositiveSmallIntegerField(_("per cent"), null=True, blank=True)
    day = models.PositiveSmallIntegerField(
        _("day of the month"), null=True, blank=True, validators=_DAY
    )
    # "owner:kind:s<subscription>" or "owner:kind:c<category>": one of a kind for each.
    key = models.CharField(max_length=60, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("limit of use")
        verbose_name_plural = _("limits of use")
        indexes = [models.Index(fields=["owner", "kind"], name="usage_limit_owner")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.kind}"


class UsageAlert(models.Model):
    """A limit that was passed in a month, told to the holder once."""

    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="usage_alerts"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LimitKind.choices)
    month = models.DateField(_("month"))  # its first day
    unit = models.CharField(
        _("unit of measure"), max_length=10, choices=UsageUnit.choices, blank=True
    )
    # What was used or is to be expected, and what was allowed.
    amount = AmountField(_("amount"), null=True, blank=True)
    allowed = AmountField(_("limit"), null=True, blank=True)
    is_forecast = models.BooleanField(_("forecast"), default=False)
    told_at = models.DateTimeField(_("told"))

    objects = UsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert of use")
        verbose_name_plural = _("alerts of use")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "kind", "month"], name="usage_alert_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.kind} {self.month:%Y-%m}"


class UsageSettingsQuerySet(PartyQuerySet):
    party_columns = dict.fromkeys(OrganizationKind, "organization")


class UsageSettings(models.Model):
    """By which day of the month an organization wants its meters read; no row: it is not asked."""

    organization = models.OneToOneField(
        "users.Organization", models.CASCADE, primary_key=True, related_name="+"
    )
    readings_by = models.PositiveSmallIntegerField(
        _("readings by day of the month"), null=True, blank=True, validators=_DAY
    )
    # The first day of the month it was last reminded in, and last told what is missing.
    reminded_in = models.DateField(null=True, editable=False)
    missing_told_in = models.DateField(null=True, editable=False)

    objects = UsageSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("settings of use")
        verbose_name_plural = _("settings of use")
        indexes = [models.Index(fields=["readings_by"], name="usage_settings_day")]

    def __str__(self) -> str:
        return str(self.organization_id)
