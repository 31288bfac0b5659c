"""What comes out of a connected request: the service in force, and what the agency earned."""

from functools import partial
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.ids import new_number
from core.querysets import PartyQuerySet
from subscriptions.choices import CommissionRule, SubscriptionState
from subscriptions.models.money import MoneyField, currency_field
from subscriptions.models.teams import at_places

NUMBER_PREFIX = "ES"


class SubscriptionQuerySet(PartyQuerySet):
    def _restrict(self, column: str, actor: Actor) -> Self:
        rows = super()._restrict(column, actor)
        return at_places(rows, actor, building="building_id", city="building__city_id")


class Subscription(models.Model):
    """A service in force at a unit."""

    number = models.CharField(
        _("number"),
        max_length=12,
        unique=True,
        default=partial(new_number, NUMBER_PREFIX),
        editable=False,
    )
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=SubscriptionState.choices,
        default=SubscriptionState.ACTIVE,
    )
    owner = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    provider = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    holder = models.ForeignKey(
        "users.Organization", models.PROTECT, null=True, blank=True, related_name="+"
    )
    client = models.ForeignKey(
        "subscriptions.Client", models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    # The CONNECT request it came out of: at most one subscription for each.
    origin = models.OneToOneField(
        "subscriptions.ConnectionRequest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="outcome",
    )
    unit = models.ForeignKey("locations.Unit", models.PROTECT, related_name="subscriptions")
    building = models.ForeignKey("locations.Building", models.PROTECT, related_name="subscriptions")
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="+")
    plan = models.ForeignKey("subscriptions.Plan", models.PROTECT, related_name="subscriptions")
    price = MoneyField(_("price a month"))
    currency = currency_field()
    started_at = models.DateTimeField(_("in force since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [
            models.Index(fields=["owner", "-id"], name="subscription_owner"),
            models.Index(fields=["provider", "-id"], name="subscription_provider"),
            models.Index(fields=["holder", "-id"], name="subscription_holder"),
            # What is in force at a unit; who is affected at a building.
            models.Index(fields=["unit", "category", "state"], name="subscription_unit"),
            models.Index(fields=["building", "provider"], name="subscription_building"),
        ]

    def __str__(self) -> str:
        return self.number


class CommissionQuerySet(PartyQuerySet):
    """Accruals concern the agency and the provider; the holder never sees them."""

    party_columns = {
        OrganizationKind.AGENCY: "owner",
        OrganizationKind.PROVIDER: "provider",
    }


class Commission(models.Model):
    """An accrual, written once at CONNECTED and never changed; or its reversal."""

    class Kind(models.TextChoices):
        ACCRUAL = "ACCRUAL", _("Accrual")
        REVERSAL = "REVERSAL", _("Reversal")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ACCRUAL)
    request = models.ForeignKey(
        "subscriptions.ConnectionRequest", models.PROTECT, related_name="commissions"
    )
    owner = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    provider = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    amount = MoneyField(_("amount"), signed=True)
    currency = currency_field()
    rule = models.CharField(_("rule"), max_length=10, choices=CommissionRule.choices)
    value = models.DecimalField(_("value"), max_digits=10, decimal_places=2)
    accrued_at = models.DateTimeField(_("accrued"))

    objects = CommissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        constraints = [
            models.UniqueConstraint(fields=["request", "kind"], name="commission_once"),
        ]
        indexes = [
            models.Index(fields=["owner", "-accrued_at", "-id"], name="commission_owner"),
            models.Index(fields=["provider", "-accrued_at", "-id"], name="commission_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.amount}"
