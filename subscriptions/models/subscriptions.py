"""What comes out of a connected request: the service in force, and what the agency earned."""

from functools import partial
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.ids import new_number
from core.querysets import PartyQuerySet
from locations.fields import KeyField
from locations.models import ServiceCategory
from subscriptions.choices import CommissionRule, ExitRule, PriceReason, SubscriptionState
from subscriptions.models.money import MoneyField, currency_field
from subscriptions.models.teams import at_places

NUMBER_PREFIX = "ES"


class SubscriptionQuerySet(PartyQuerySet):
    def _restrict(self, column: str, actor: Actor) -> Self:
        rows = super()._restrict(column, actor)
        return at_places(rows, actor, building="building_id", city="city_id")


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
    # The request it came out of, CONNECT or RELOCATE: at most one subscription for each.
    origin = models.OneToOneField(
        "subscriptions.ConnectionRequest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="outcome",
    )
    # The subscription that was ended at another address when this one was opened.
    moved_from = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="moved_to"
    )
    unit = models.ForeignKey("locations.Unit", models.PROTECT, related_name="subscriptions")
    building = models.ForeignKey("locations.Building", models.PROTECT, related_name="subscriptions")
    city = models.ForeignKey("locations.City", models.PROTECT, related_name="+")
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="+")
    plan = models.ForeignKey("subscriptions.Plan", models.PROTECT, related_name="subscriptions")
    price = MoneyField(_("price a month"))
    currency = currency_field()
    # What the provider calls it: the holder's papers and payments name these.
    contract_number = models.CharField(_("contract"), max_length=60, blank=True)
    account_number = models.CharField(_("personal account"), max_length=60, blank=True)
    started_at = models.DateTimeField(_("in force since"))
    # The last day of the term that was agreed; NULL: none was.
    term_ends_on = models.DateField(_("term until"), null=True, blank=True)
    # What ending it before then costs, as it was agreed upon.
    exit_rule = models.CharField(
        max_length=10, choices=ExitRule.choices, default=ExitRule.NONE, db_default=ExitRule.NONE
    )
    exit_value = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)
    # How many months the term goes on by itself when it ends; 0: it does not.
    renew_months = models.PositiveSmallIntegerField(_("renewed by, months"), default=0)
    # The last day of a suspension, and what is paid a month after it; NULL while not suspended.
    suspended_until = models.DateField(_("suspended until"), null=True, blank=True)
    resume_price = MoneyField(_("price a month when resumed"), null=True, blank=True)
    # The last day, agreed upon before it comes.
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # While in force (suspended too) in a category that a unit has once: "unit:category". NULL when
    # ended, and in other categories: MariaDB has no conditional unique constraints.
    in_force_key = models.CharField(max_length=42, null=True, unique=True, editable=False)
    # The holder's: what it is charged to.
    cost_centre = models.ForeignKey(
        "subscriptions.CostCentre", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # What holders' lists are sorted by: city, street, house and unit, folded. It follows from the
    # address and is written by `services.spend.refresh`.
    place_key = KeyField(max_length=200, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"))

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [
            models.Index(fields=["owner", "-id"], name="subscription_owner"),
            models.Index(fields=["provider", "-id"], name="subscription_provider"),
            models.Index(fields=["holder", "-id"], name="subscription_holder"),
            # The holder's list by cost, by the end of terms, by place.
            models.Index(fields=["holder", "price", "id"], name="subscription_by_price"),
            models.Index(fields=["holder", "term_ends_on", "id"], name="subscription_by_term"),
            models.Index(fields=["holder", "place_key", "id"], name="subscription_by_place"),
            # Whose terms and suspensions end on a day.
            models.Index(fields=["term_ends_on", "holder"], name="subscription_terms"),
            models.Index(fields=["suspended_until", "holder"], name="subscription_suspended"),
            # What is in force at a unit; who is affected at a building.
            models.Index(fields=["unit", "category", "state"], name="subscription_unit"),
            models.Index(fields=["building", "provider"], name="subscription_building"),
            # By what its papers call it.
            models.Index(fields=["contract_number"], name="subscription_contract"),
            models.Index(fields=["account_number"], name="subscription_account"),
            # The job that ends and resumes on the day.
            models.Index(fields=["state", "ends_on"], name="subscription_ends"),
            models.Index(fields=["state", "suspended_until"], name="subscription_resumes"),
        ]

    def __str__(self) -> str:
        return self.number


def force_key(unit_id: int, category: ServiceCategory) -> str | None:
    """What `Subscription.in_force_key` is while in force."""
    return f"{unit_id}:{category.pk}" if category.one_per_unit else None


class SubscriptionPrice(models.Model):
    """What a subscription costs a month from a day on, and by which plan; the rows of one follow
    each other without gaps, the last one is open."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="prices")
    plan = models.ForeignKey("subscriptions.Plan", models.PROTECT, related_name="+")
    price = MoneyField(_("price a month"))
    currency = currency_field()
    starts_on = models.DateField(_("from"))
    # The last day of it; NULL while it is in force.
    ends_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=15, choices=PriceReason.choices)

    objects = models.Manager()

    class Meta:
        verbose_name = _("price of a subscription")
        verbose_name_plural = _("prices of subscriptions")
        ordering = ["subscription", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "starts_on"], name="subscription_price_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="subscription_price_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.starts_on}: {self.price}"


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
