"""What providers offer, and for how much."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from subscriptions.choices import CommissionRule, ExitRule, SaleState
from subscriptions.models.money import MoneyField, currency_field
from users.models.fields import FoldedField


class CategoryAttribute(models.Model):
    """A property that plans of a category have: speed, channels, kW."""

    class Kind(models.TextChoices):
        NUMBER = "NUMBER", _("Number")
        TEXT = "TEXT", _("Text")
        FLAG = "FLAG", _("Yes or no")

    category = models.ForeignKey(
        "locations.ServiceCategory", models.CASCADE, related_name="attributes"
    )
    code = models.SlugField(_("code"), max_length=30)
    name_ru = models.CharField(_("name in Russian"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NUMBER)
    unit_ru = models.CharField(_("unit in Russian"), max_length=20, blank=True)
    unit_en = models.CharField(_("unit in English"), max_length=20, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("attribute of a category")
        verbose_name_plural = _("attributes of categories")
        ordering = ["category", "position"]
        constraints = [
            models.UniqueConstraint(fields=["category", "code"], name="attribute_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if translation.get_language() == "en" else self.name_ru

    @property
    def unit(self) -> str:
        return self.unit_en if translation.get_language() == "en" else self.unit_ru


class PlanQuerySet(PartyQuerySet):
    """Plans as their provider edits them; availability answers read `offered` for everyone."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}

    def visible_to(self, actor: Actor) -> Self:
        """Without those that holders wrote down for services of their own."""
        return super().visible_to(actor).filter(private_to__isnull=True)

    def offered(self, on: date | None = None) -> Self:
        """Plans of working providers on sale on a day (today by default)."""
        day = on or clock.today()
        return self.filter(
            models.Q(private_to__isnull=True),
            models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=day),
            models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day),
            models.Q(provider__verified_at__isnull=False) | models.Q(provider__is_claimed=False),
            is_published=True,
            provider__is_active=True,
        )


class Plan(models.Model):
    """A tariff: what is connected, its price, and what the agency earns."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey("users.Organization", models.PROTECT, related_name="plans")
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="plans")
    name = models.CharField(_("name"), max_length=120)
    search_key = FoldedField("name", max_length=120)
    # Empty: any technology of the provider's coverage will do.
    technology = models.CharField(_("technology"), max_length=30, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    price = MoneyField(_("price a month"))
    connection_fee = MoneyField(_("connection fee"), default=Decimal(0))
    currency = currency_field()
    term_months = models.PositiveSmallIntegerField(
        _("term, months"), default=0, help_text=_("0: no fixed term.")
    )
    days_min = models.PositiveSmallIntegerField(_("connected in, days from"), default=1)
    days_max = models.PositiveSmallIntegerField(_("connected in, days to"), default=5)
    commission_rule = models.CharField(
        _("commission rule"),
        max_length=10,
        choices=CommissionRule.choices,
        default=CommissionRule.NONE,
    )
    commission_value = models.DecimalField(
        _("commission value"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    # What changes of a subscription cost: said before they are asked for, copied when filed.
    exit_rule = models.CharField(
        _("ending before the term costs"),
        max_length=10,
        choices=ExitRule.choices,
        default=ExitRule.NONE,
        db_default=ExitRule.NONE,
    )
    exit_value = models.DecimalField(
        _("amount or per cent"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        db_default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    change_fee = MoneyField(_("change to another plan"), default=Decimal(0), db_default=Decimal(0))
    relocation_fee = MoneyField(_("relocation"), default=Decimal(0), db_default=Decimal(0))
    suspension_price = MoneyField(
        _("a month while suspended"), default=Decimal(0), db_default=Decimal(0)
    )
    exit_visit = models.BooleanField(_("disconnected by a visit"), default=False, db_default=False)
    # An agency's commission goes back when the service ends within so many days; 0: never.
    clawback_days = models.PositiveSmallIntegerField(
        _("commission returned within, days"), default=0, db_default=0
    )
    valid_from = models.DateField(_("on sale from"), null=True, blank=True)
    valid_to = models.DateField(_("on sale until"), null=True, blank=True)
    is_published = models.BooleanField(_("published"), default=True)
    # None: wherever the provider's coverage reaches.
    cities = models.ManyToManyField("locations.City", blank=True, verbose_name=_("cities"))
    # Written down by a holder for a service that was not connected through the portal: neither
    # sold nor in its provider's list (docs/decisions/017).
    private_to = models.ForeignKey(
        "users.Organization", models.CASCADE, null=True, blank=True, related_name="+"
    )
    everywhere = models.BooleanField(_("in every city covered"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["category", "price"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days_max__gte=models.F("days_min")),
                name="plan_days_in_order",
                violation_error_message=_("The longest time cannot be below the shortest."),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="plan_dates_in_order",
                violation_error_message=_("The last day of sale cannot be before the first."),
            ),
        ]
        indexes = [
            # Plans on offer of the providers that cover an address.
            models.Index(fields=["provider", "category", "is_published"], name="plan_offer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lead_time(self) -> str:
        return lead_time(self.days_min, self.days_max)

    @property
    def sale_state(self) -> SaleState:
        """Whether it is on sale today, as far as the plan itself decides (see `offered`)."""
        today = clock.today()
        if not self.is_published:
            return SaleState.HIDDEN
        if self.valid_from and self.valid_from > today:
            return SaleState.LATER
        if self.valid_to and self.valid_to < today:
            return SaleState.OVER
        return SaleState.ON_SALE

    def commission_on(self, rule: str | None = None, value: Decimal | None = None) -> Decimal:
        """What one connection earns, by the plan's own rule or by one copied from it."""
        return commission_amount(
            rule or self.commission_rule,
            self.commission_value if value is None else value,
            price=self.price,
            fee=self.connection_fee,
        )


def lead_time(least: int, most: int) -> str:
    """How many days connecting takes, in words: "2–3 days"."""
    if least == most:
        return ngettext("%(most)s day", "%(most)s days", most) % {"most": most}
    text = ngettext("%(least)s–%(most)s day", "%(least)s–%(most)s days", most)
    return text % {"least": least, "most": most}


def commission_amount(rule: str, value: Decimal, *, price: Decimal, fee: Decimal) -> Decimal:
    """Roubles for one connection, to the kopeck, half a kopeck up.

    FIXED: `value` itself; FEE_SHARE: `value` per cent of the connection fee; MONTHS: `value`
    monthly prices; NONE: zero.
    """
    amounts: dict[str, Any] = {
        CommissionRule.FIXED: value,
        CommissionRule.FEE_SHARE: fee * value / 100,
        CommissionRule.MONTHS: price * value,
    }
    return Decimal(amounts.get(rule, 0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
