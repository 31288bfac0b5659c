"""The order: one client, one unit, one plan, one provider."""

from functools import partial
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import OrganizationKind
from core.ids import new_number, new_public_id
from core.querysets import OwnedQuerySet, PartyQuerySet
from core.storage import private_storage
from subscriptions.choices import (
    AppointmentState,
    CommissionRule,
    FileKind,
    RequestKind,
    RequestState,
)
from subscriptions.models.money import MoneyField, currency_field
from subscriptions.models.teams import at_places, works_at_places

NUMBER_PREFIX = "EC"


class BundleQuerySet(OwnedQuerySet):
    def _restrict(self, column: str, actor: Actor) -> Self:
        rows = super()._restrict(column, actor)
        if not works_at_places(actor):
            return rows
        theirs = ConnectionRequest.objects.visible_to(actor).filter(bundle=models.OuterRef("pk"))
        return rows.filter(models.Exists(theirs))


class RequestBundle(models.Model):
    """Requests filed together for one client and unit; its state is derived from theirs."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    # Made once when the form is shown: a form sent twice makes one bundle.
    form_token = models.UUIDField(unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    objects = BundleQuerySet.as_manager()

    class Meta:
        verbose_name = _("bundle of requests")
        verbose_name_plural = _("bundles of requests")

    def __str__(self) -> str:
        return self.public_id


class RequestQuerySet(PartyQuerySet):
    def _restrict(self, column: str, actor: Actor) -> Self:
        rows = super()._restrict(column, actor)
        if actor.kind == OrganizationKind.PROVIDER:
            # A draft is the agent's alone, also when it was cancelled without being filed.
            rows = rows.filter(submitted_at__isnull=False)
        return at_places(rows, actor, building="building_id", city="city_id")


class ConnectionRequest(models.Model):
    """A request for connection; its life is the table in `subscriptions.request_workflow`."""

    number = models.CharField(
        _("number"),
        max_length=12,
        unique=True,
        default=partial(new_number, NUMBER_PREFIX),
        editable=False,
    )
    kind = models.CharField(
        _("kind"), max_length=12, choices=RequestKind.choices, default=RequestKind.CONNECT
    )
    state = models.CharField(
        _("state"), max_length=12, choices=RequestState.choices, default=RequestState.DRAFT
    )
    bundle = models.ForeignKey(
        RequestBundle, models.PROTECT, null=True, blank=True, related_name="requests"
    )
    # The parties: one indexed column each, see PartyQuerySet.
    owner = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    provider = models.ForeignKey("users.Organization", models.PROTECT, related_name="+")
    holder = models.ForeignKey(
        "users.Organization", models.PROTECT, null=True, blank=True, related_name="+"
    )
    client = models.ForeignKey(
        "subscriptions.Client", models.PROTECT, null=True, blank=True, related_name="requests"
    )
    # Where: the unit, and what lists filter by without a join.
    unit = models.ForeignKey("locations.Unit", models.PROTECT, related_name="requests")
    building = models.ForeignKey("locations.Building", models.PROTECT, related_name="requests")
    city = models.ForeignKey("locations.City", models.PROTECT, related_name="+")
    # What: the plan, and its terms as they were when the request was filed.
    category = models.ForeignKey("locations.ServiceCategory", models.PROTECT, related_name="+")
    plan = models.ForeignKey("subscriptions.Plan", models.PROTECT, related_name="requests")
    price = MoneyField(_("price a month"))
    connection_fee = MoneyField(_("connection fee"))
    currency = currency_field()
    commission_rule = models.CharField(
        max_length=10, choices=CommissionRule.choices, default=CommissionRule.NONE
    )
    commission_value = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    # The subscription that a request of another kind than CONNECT changes.
    subscription = models.ForeignKey(
        "subscriptions.Subscription",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="change_requests",
    )
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    preferred_visit = models.CharField(_("convenient time for a visit"), max_length=200, blank=True)
    # Who works it on each side.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # When: the deadline of the present state; NULL in final states and drafts.
    due_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, editable=False)
    state_since = models.DateTimeField(_("in this state since"))
    submitted_at = models.DateTimeField(_("filed"), null=True, blank=True)
    # The first time each was reached: what the provider's promised times are compared with.
    checked_at = models.DateTimeField(_("taken up"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    reason_text = models.CharField(_("reason in words"), max_length=500, blank=True)
    # ON_HOLD: where it resumes, until when and whom it waits for.
    held_from = models.CharField(max_length=12, choices=RequestState.choices, blank=True)
    held_until = models.DateField(_("on hold until"), null=True, blank=True)
    awaited = models.CharField(_("waiting for"), max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection request")
        verbose_name_plural = _("connection requests")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[RequestState.DRAFT, RequestState.CANCELLED])
                | models.Q(submitted_at__isnull=False),
                name="request_filed_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=RequestState.ON_HOLD)
                | (models.Q(held_until__isnull=False) & ~models.Q(awaited="")),
                name="request_hold_has_date_and_name",
            ),
            # Lets a provider's queue be counted by the index of deadlines alone.
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=True) | models.Q(submitted_at__isnull=False),
                name="request_deadline_means_filed",
            ),
        ]
        indexes = [
            # Lists, newest first, whole and by state, for each kind of organization.
            models.Index(fields=["owner", "-id"], name="request_owner"),
            models.Index(fields=["owner", "state", "-id"], name="request_owner_state"),
            models.Index(fields=["provider", "-id"], name="request_provider"),
            models.Index(fields=["provider", "state", "-id"], name="request_provider_state"),
            models.Index(fields=["holder", "-id"], name="request_holder"),
            # Lists of a time of filing, at any depth of the past.
            models.Index(fields=["owner", "-submitted_at", "-id"], name="request_owner_filed"),
            models.Index(
                fields=["provider", "-submitted_at", "-id"], name="request_provider_filed"
            ),
            # The provider's queue, and what is late on the agent's side.
            models.Index(fields=["provider", "due_at", "id"], name="request_provider_due"),
            models.Index(fields=["owner", "due_at", "id"], name="request_owner_due"),
            # The job that tells of missed deadlines: what is late and not told of yet.
            models.Index(fields=["overdue_told_at", "due_at"], name="request_due"),
            # Is this service being connected here already?
            models.Index(fields=["unit", "category", "state"], name="request_unit"),
        ]

    def __str__(self) -> str:
        return self.number


class Appointment(models.Model):
    """A provider's visit in a slot."""

    request = models.ForeignKey(ConnectionRequest, models.CASCADE, related_name="appointments")
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=AppointmentState.choices,
        default=AppointmentState.CONFIRMED,
    )
    created_at = models.DateTimeField(_("created"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="visit_ends_after_start",
                violation_error_message=_("The visit must end after it begins."),
            ),
        ]
        indexes = [
            # The visits of a provider on a day.
            models.Index(fields=["provider", "starts_at"], name="visit_provider_day"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.starts_at:%Y-%m-%d %H:%M}"


class NoteQuerySet(models.QuerySet):
    def readable_by(self, actor: Actor) -> Self:
        """Those of a request that the actor corresponds on: internal ones of its own side alone."""
        if actor.organization_id is None:
            return self if actor.system or actor.is_admin else self.none()
        return self.filter(
            models.Q(is_internal=False) | models.Q(organization_id=actor.organization_id)
        )


class RequestNote(models.Model):
    """A note that both sides read, or an internal one of the organization that wrote it."""

    request = models.ForeignKey(ConnectionRequest, models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    organization = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, related_name="+"
    )
    text = models.TextField(_("note"), max_length=4000)
    is_internal = models.BooleanField(_("internal"), default=False, db_default=False)
    # Made once when the form is shown: a form sent twice adds one note.
    form_token = models.UUIDField(unique=True, null=True, editable=False)
    created_at = models.DateTimeField(_("time"))

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:60]


class RequestFile(models.Model):
    """A document of a request; kept in private storage under a random name."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    request = models.ForeignKey(ConnectionRequest, models.CASCADE, related_name="files")
    file = models.FileField(_("file"), storage=private_storage, upload_to="requests/%Y/%m/")
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveIntegerField(_("size, bytes"))
    kind = models.CharField(
        _("kind of document"),
        max_length=8,
        choices=FileKind.choices,
        default=FileKind.OTHER,
        db_default=FileKind.OTHER.value,
    )
    # Written anew by the worker from a picture, small and middle-sized; empty for what is none.
    thumbnail = models.FileField(
        _("thumbnail"),
        storage=private_storage,
        upload_to="requests/%Y/%m/",
        blank=True,
        default="",
        db_default="",
    )
    preview = models.FileField(
        _("preview"),
        storage=private_storage,
        upload_to="requests/%Y/%m/",
        blank=True,
        default="",
        db_default="",
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    organization = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("file of a request")
        verbose_name_plural = _("files of requests")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
