"""How long each step may take at a provider, when lateness is told of, and how long it took."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.querysets import PartyQuerySet
from subscriptions.choices import RequestState, WarnBy


class ProviderQuerySet(PartyQuerySet):
    """What a provider says of itself: its own to see."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}


class DeadlineRule(models.Model):
    """Working hours that a state may take at a provider, in place of those of the workflow."""

    provider = models.ForeignKey(
        "users.Organization", models.CASCADE, related_name="deadline_rules"
    )
    # NULL: every category that has no rule of its own.
    category = models.ForeignKey(
        "locations.ServiceCategory",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service category"),
    )
    state = models.CharField(_("state"), max_length=12, choices=RequestState.choices)
    hours = models.PositiveSmallIntegerField(_("working hours"))
    # "provider:category:state", category 0 for all: NULLs are no part of a unique constraint.
    key = models.CharField(max_length=60, unique=True, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline of a provider")
        verbose_name_plural = _("deadlines of providers")
        ordering = ["provider", "category", "state"]

    def __str__(self) -> str:
        return self.key

    @staticmethod
    def key_of(provider_id: int, category_id: int | None, state: str) -> str:
        return f"{provider_id}:{category_id or 0}:{state}"


class DeadlinePolicy(models.Model):
    """When a provider's people are warned of a deadline, and who hears of one that was missed.

    A provider without a row goes by the defaults of `subscriptions.deadline_terms`.
    """

    provider = models.OneToOneField(
        "users.Organization", models.CASCADE, related_name="deadline_policy"
    )
    warn_by = models.CharField(_("warn"), max_length=5, choices=WarnBy.choices)
    # Per cent of the time or working hours that are left then, by `warn_by`.
    warn_left = models.PositiveSmallIntegerField(_("what is left then"))
    # Working hours after the deadline, and then after the managers were told; NULL: never.
    managers_after = models.PositiveSmallIntegerField(_("managers hear after"), null=True)
    account_manager_after = models.PositiveSmallIntegerField(
        _("the account manager hears after"), null=True
    )
    updated_at = models.DateTimeField(_("changed"))

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("warnings of a provider")
        verbose_name_plural = _("warnings of providers")

    def __str__(self) -> str:
        return str(self.provider_id)


class RequestTimes(models.Model):
    """How long a request that was connected took its provider: written once, at CONNECTED.

    Times are working time by the provider's calendar since filing, less what the provider waited
    for the other side.
    """

    request = models.OneToOneField(
        "subscriptions.ConnectionRequest", models.CASCADE, related_name="times"
    )
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    category = models.ForeignKey("locations.ServiceCategory", models.CASCADE, related_name="+")
    city = models.ForeignKey("locations.City", models.CASCADE, related_name="+")
    # The day of the provider's time zone.
    connected_on = models.DateField(_("connected"))
    check_minutes = models.PositiveIntegerField(_("taken up in, working minutes"), null=True)
    approve_minutes = models.PositiveIntegerField(_("approved in, working minutes"), null=True)
    connect_minutes = models.PositiveIntegerField(_("connected in, working minutes"))
    # Whole working days, the last one begun counted in.
    connect_days = models.PositiveSmallIntegerField(_("connected in, working days"))
    # What the plan promised when the request was filed.
    promised_days = models.PositiveSmallIntegerField(_("promised, days"))

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("times of a request")
        verbose_name_plural = _("times of requests")
        indexes = [
            # The rollup reads a provider's last year, slice by slice.
            models.Index(fields=["provider", "connected_on", "id"], name="times_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.connect_days}"


class ProviderPace(models.Model):
    """What the times of a provider come to: of the last 90 days, or of one month.

    A rollup of RequestTimes, made anew every night (`services.pace`). NULL category or city: all.
    """

    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="paces")
    category = models.ForeignKey(
        "locations.ServiceCategory", models.CASCADE, null=True, related_name="+"
    )
    city = models.ForeignKey("locations.City", models.CASCADE, null=True, related_name="+")
    # The first day of the month; NULL: the last 90 days.
    month = models.DateField(_("month"), null=True)
    sample = models.PositiveIntegerField(_("connected"))
    kept = models.PositiveIntegerField(_("connected in time"))
    # Working hours.
    check_median = models.PositiveIntegerField(_("taken up in, median"), null=True)
    check_p90 = models.PositiveIntegerField(_("taken up in, 90th percentile"), null=True)
    approve_median = models.PositiveIntegerField(_("approved in, median"), null=True)
    approve_p90 = models.PositiveIntegerField(_("approved in, 90th percentile"), null=True)
    # Working days.
    connect_median = models.PositiveIntegerField(_("connected in, median"))
    connect_p90 = models.PositiveIntegerField(_("connected in, 90th percentile"))
    promised_median = models.PositiveIntegerField(_("promised, median"))

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("pace of a provider")
        verbose_name_plural = _("paces of providers")
        indexes = [
            # What an answer for a city reads; and a provider's own figures.
            models.Index(fields=["city", "month"], name="pace_city"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.category_id} {self.city_id} {self.month}"
