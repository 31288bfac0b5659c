"""New prices that providers announce to those who have a service already."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from subscriptions.choices import PriceChangeState, PriceLineState
from subscriptions.models.money import MoneyField, currency_field


class PriceChangeQuerySet(PartyQuerySet):
    """Whose it is, and nobody else's: others read of it on their subscriptions."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}


class PriceChange(models.Model):
    """A price from a day on, for existing subscriptions of a plan or for chosen ones."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    plan = models.ForeignKey("subscriptions.Plan", models.PROTECT, related_name="+")
    price = MoneyField(_("price a month"))
    currency = currency_field()
    starts_on = models.DateField(_("from"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=PriceChangeState.choices,
        default=PriceChangeState.PREPARING,
    )
    # Whether subscriptions were named one by one; otherwise all of the plan.
    is_chosen = models.BooleanField(default=False)
    # How many subscriptions it is for, and for how many of them it has been applied.
    count = models.PositiveIntegerField(_("subscriptions"), default=0)
    applied = models.PositiveIntegerField(_("applied to"), default=0)
    form_token = models.UUIDField(unique=True, editable=False)
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    announced_at = models.DateTimeField(_("announced"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    closed_at = models.DateTimeField(_("applied or withdrawn"), null=True, blank=True)

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        indexes = [
            models.Index(fields=["provider", "-id"], name="price_change_provider"),
            # What is to be applied, and reminded of.
            models.Index(fields=["state", "starts_on"], name="price_change_due"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.price}"


class PriceLineQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Of changes that are announced and have not come yet."""
        return self.filter(state=PriceLineState.WAITING, change__state=PriceChangeState.ANNOUNCED)

    def visible_to(self, actor: Actor) -> Self:
        """Those of the changes that are visible; holders read theirs by their subscriptions."""
        return self.filter(change__in=PriceChange.objects.visible_to(actor))


class PriceLine(models.Model):
    """One subscription of a price change: whom it was announced to, whether it was applied."""

    change = models.ForeignKey(PriceChange, models.CASCADE, related_name="lines")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", models.CASCADE, related_name="price_lines"
    )
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=PriceLineState.choices,
        default=PriceLineState.WAITING,
    )

    objects = PriceLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription of a price change")
        verbose_name_plural = _("subscriptions of price changes")
        constraints = [
            models.UniqueConstraint(fields=["change", "subscription"], name="price_line_once"),
        ]
        indexes = [models.Index(fields=["change", "state", "id"], name="price_line_waiting")]

    def __str__(self) -> str:
        return f"{self.change_id}: {self.subscription_id}"
