"""Wishes left on the public site, and which agency works them (DOMAIN.md, Lead)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from subscriptions.choices import (
    AttributionSource,
    DisputeState,
    LeadHold,
    LeadOfferState,
    LeadState,
)


class LeadQuerySet(PartyQuerySet):
    """A lead is seen by the agency that it is offered to now, or that took it; by nobody else."""

    party_columns = {OrganizationKind.AGENCY: "agency"}


class Lead(models.Model):
    """A visitor's wish: an address, categories, a name and a phone."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=LeadState.choices, default=LeadState.NEW
    )
    name = models.CharField(_("name"), max_length=200)
    phone = PhoneNumberField(_("phone"))
    email = models.EmailField(_("e-mail"), blank=True)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    # The address as it was chosen, or only as it was typed where no building was found.
    city = models.ForeignKey("locations.City", models.PROTECT, null=True, related_name="+")
    building = models.ForeignKey("locations.Building", models.PROTECT, null=True, related_name="+")
    unit_number = models.CharField(_("flat"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300)
    categories = models.ManyToManyField(
        "locations.ServiceCategory", related_name="+", verbose_name=_("services")
    )
    plans = models.ManyToManyField("subscriptions.Plan", related_name="+", verbose_name=_("plans"))
    # Made once when the form is shown: a form sent twice leaves one lead.
    form_token = models.UUIDField(unique=True, editable=False)
    consent_version = models.CharField(max_length=20)
    consent_at = models.DateTimeField(_("consent given"))
    source = models.CharField(_("page it came from"), max_length=200, blank=True)
    # Why staff are to look at it before any agency does; "" for most.
    held_as = models.CharField(
        _("held because of"), max_length=10, choices=LeadHold.choices, blank=True
    )
    # The agency it is offered to now, or that took it.
    agency = models.ForeignKey(
        "users.Organization", models.PROTECT, null=True, blank=True, related_name="+"
    )
    client = models.ForeignKey(
        "subscriptions.Client", models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    bundle = models.ForeignKey(
        "subscriptions.RequestBundle", models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    created_at = models.DateTimeField(_("left"))
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closing_note = models.CharField(_("how it ended"), max_length=300, blank=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes = [
            models.Index(fields=["agency", "-id"], name="lead_agency"),
            models.Index(fields=["state", "-id"], name="lead_state"),
            models.Index(fields=["phone", "-id"], name="lead_phone"),
        ]

    def __str__(self) -> str:
        return self.public_id


class LeadOffer(models.Model):
    """A lead shown to an agency until a deadline: taken, passed on, or let go."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="offers")
    agency = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=LeadOfferState.choices, default=LeadOfferState.OPEN
    )
    offered_at = models.DateTimeField(_("offered"))
    due_at = models.DateTimeField(_("to be taken by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("offer of a lead")
        verbose_name_plural = _("offers of leads")
        constraints = [
            models.UniqueConstraint(fields=["lead", "agency"], name="lead_offer_once"),
        ]
        indexes = [
            # What has run out; how many an agency was given since a moment.
            models.Index(fields=["state", "due_at"], name="lead_offer_due"),
            models.Index(fields=["agency", "-offered_at"], name="lead_offer_agency"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.agency_id}: {self.state}"


class LeadRuleQuerySet(PartyQuerySet):
    party_columns = {OrganizationKind.AGENCY: "agency"}


class LeadRule(models.Model):
    """Which leads an agency wants: a city or a region (none: anywhere), a category, how many a day.

    Of the agencies whose rules fit, the one with the least load for its weight is offered first.
    """

    agency = models.ForeignKey("users.Organization", models.CASCADE, related_name="lead_rules")
    region = models.ForeignKey(
        "locations.Region", models.CASCADE, null=True, blank=True, verbose_name=_("region")
    )
    city = models.ForeignKey(
        "locations.City", models.CASCADE, null=True, blank=True, verbose_name=_("city")
    )
    category = models.ForeignKey(
        "locations.ServiceCategory",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("service category"),
    )
    weight = models.PositiveSmallIntegerField(_("weight"), default=10)
    daily_limit = models.PositiveSmallIntegerField(_("at most a day"), null=True, blank=True)
    is_active = models.BooleanField(_("in force"), default=True)
    created_at = models.DateTimeField(_("created"))

    objects = LeadRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for leads")
        verbose_name_plural = _("rules for leads")
        indexes = [models.Index(fields=["city", "category"], name="lead_rule_city")]

    def __str__(self) -> str:
        return f"{self.agency_id}: {self.city_id}, {self.category_id}"


class AttributionQuerySet(PartyQuerySet):
    party_columns = {OrganizationKind.AGENCY: "agency"}


class ClientAttribution(models.Model):
    """Which agency was the first to register a client for an address and category, and when."""

    unit = models.ForeignKey("locations.Unit", models.PROTECT, related_name="+")
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="+")
    agency = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "subscriptions.Client", models.SET_NULL, null=True, related_name="attributions"
    )
    source = models.CharField(_("source"), max_length=10, choices=AttributionSource.choices)
    registered_at = models.DateTimeField(_("registered"))
    # Then the address is free for another agency's client.
    lasts_until = models.DateTimeField(_("lasts until"))

    objects = AttributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("attribution of a client")
        verbose_name_plural = _("attributions of clients")
        constraints = [
            models.UniqueConstraint(fields=["unit", "category"], name="attribution_once"),
        ]
        indexes = [models.Index(fields=["agency", "-id"], name="attribution_agency")]

    def __str__(self) -> str:
        return f"{self.unit_id}, {self.category_id}: {self.agency_id}"


class DisputeQuerySet(PartyQuerySet):
    """The claimant's own disputes; staff decide all of them."""

    party_columns = {OrganizationKind.AGENCY: "claimant"}

    def open(self) -> Self:
        return self.filter(state=DisputeState.OPEN)


class AttributionDispute(models.Model):
    """A later agency's claim to a client's address and category; staff decide between the two."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    attribution = models.ForeignKey(ClientAttribution, models.CASCADE, related_name="disputes")
    claimant = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    request = models.ForeignKey(
        "subscriptions.ConnectionRequest", models.PROTECT, null=True, related_name="disputes"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN
    )
    created_at = models.DateTimeField(_("claimed"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decision = models.TextField(_("decision"), max_length=1000, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute over a client")
        verbose_name_plural = _("disputes over clients")
        constraints = [
            models.UniqueConstraint(fields=["attribution", "claimant"], name="dispute_once"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="dispute_queue")]

    def __str__(self) -> str:
        return self.public_id
