"""The order: one client, one unit, one plan, one provider."""

from functools import partial
from typing import TYPE_CHECKING, Any, Self

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
    Awaited,
    CommissionRule,
    ExitRule,
    FileKind,
    RequestKind,
    RequestState,
    Side,
)
from subscriptions.models.money import MoneyField, currency_field
from subscriptions.models.teams import at_places, works_at_places

if TYPE_CHECKING:
    from locations.models import Building, Unit

NUMBER_PREFIX = "EC"
# Shown of a change that the provider has confirmed, and whose day is ahead.
AGREED = "CONNECTED.AGREED"


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
    # Made once when the form of a change is shown: a form sent twice makes one request.
    form_token = models.UUIDField(unique=True, null=True, editable=False)
    # What it was when the change was filed, and where to it goes.
    former_plan = models.ForeignKey(
        "subscriptions.Plan", models.PROTECT, null=True, blank=True, related_name="+"
    )
    former_price = MoneyField(_("price a month before"), null=True, blank=True)
    target_unit = models.ForeignKey(
        "locations.Unit", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # From which day (of a disconnection the last one), and to which a suspension lasts. NULL: from
    # the day on which the provider does it.
    effective_on = models.DateField(_("from the day"), null=True, blank=True)
    until_on = models.DateField(_("until the day"), null=True, blank=True)
    # Done, and its day is still ahead: the job that makes changes on their day finds it by this.
    apply_on = models.DateField(_("takes effect"), null=True, editable=False)
    # Terms of leaving, copied from the plan at filing; `exit_fee` is what they come to.
    exit_fee = MoneyField(_("for ending early"), default=0, db_default=0)
    exit_rule = models.CharField(
        max_length=10, choices=ExitRule.choices, default=ExitRule.NONE, db_default=ExitRule.NONE
    )
    exit_value = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)
    clawback_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Whether somebody has to come for it: else it is done from APPROVED at once.
    needs_visit = models.BooleanField(_("needs a visit"), default=True, db_default=True)
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
    awaited_kind = models.CharField(
        _("waiting for"),
        max_length=10,
        choices=Awaited.choices,
        blank=True,
        default="",
        db_default="",
    )
    # In words: who exactly.
    awaited = models.CharField(_("who exactly"), max_length=120, blank=True)
    # Who put it on hold, and hears when the hold ends; and the side whose turn it is then.
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    held_side = models.CharField(
        max_length=10, choices=Side.choices, blank=True, default="", db_default="", editable=False
    )
    # The clock, see `subscriptions.services.requests.clocks`. Minutes are working minutes of the
    # provider's calendar. What the present state had used up before its clock was last stopped:
    clock_used = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # What a question stopped: of the provider's time used, and left.
    asked_used = models.PositiveIntegerField(null=True, editable=False)
    asked_left = models.PositiveIntegerField(null=True, editable=False)
    # What a hold stopped: of the time of the state held used, and left.
    held_used = models.PositiveIntegerField(null=True, editable=False)
    held_left = models.PositiveIntegerField(null=True, editable=False)
    # How long the provider has waited for the other side since filing; and had until approval.
    waited_minutes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    approval_waited = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # The end of the visit that the client's side called off, until another is agreed upon.
    visit_was = models.DateTimeField(null=True, editable=False)
    # Days to connect in, as the plan promised at filing.
    promised_days = models.PositiveSmallIntegerField(null=True, editable=False)
    # When something of the deadline is told next: the warning, then each level of escalation.
    alarm_at = models.DateTimeField(null=True, editable=False)
    warned_at = models.DateTimeField(null=True, editable=False)
    escalated = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
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
                | (
                    models.Q(held_until__isnull=False)
                    & (~models.Q(awaited_kind="") | ~models.Q(awaited=""))
                ),
                name="request_hold_has_date_and_name",
            ),
            # Lets a provider's queue be counted by the index of deadlines alone.
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=True) | models.Q(submitted_at__isnull=False),
                name="request_deadline_means_filed",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=RequestKind.CONNECT)
                | models.Q(subscription__isnull=False, former_plan__isnull=False),
                name="request_changes_something",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=RequestKind.RELOCATE)
                | models.Q(target_unit__isnull=False),
                name="request_relocates_somewhere",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=RequestKind.SUSPEND)
                | models.Q(
                    effective_on__isnull=False,
                    until_on__isnull=False,
                    until_on__gte=models.F("effective_on"),
                ),
                name="request_suspends_from_until",
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
            # The board: each state's column by deadline, and what was closed lately.
            models.Index(fields=["owner", "state", "due_at", "id"], name="request_owner_board"),
            models.Index(
                fields=["provider", "state", "due_at", "id"], name="request_provider_board"
            ),
            models.Index(fields=["owner", "-closed_at", "-id"], name="request_owner_closed"),
            models.Index(fields=["provider", "-closed_at", "-id"], name="request_provider_closed"),
            # What each person has open: the least loaded is given the next.
            models.Index(fields=["assignee", "due_at"], name="request_assignee_open"),
            # The job that tells of missed deadlines: what is late and not told of yet.
            models.Index(fields=["overdue_told_at", "due_at"], name="request_due"),
            # The job that warns of deadlines and escalates those missed.
            models.Index(fields=["alarm_at"], name="request_alarm"),
            # Is this service being connected here already?
            models.Index(fields=["unit", "category", "state"], name="request_unit"),
            # The job that makes agreed changes on their day.
            models.Index(fields=["apply_on"], name="request_apply_on"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def visited(self) -> "Building":
        """Where a crew comes: on a relocation the service is installed at the new address."""
        return self.building if self.target_unit is None else self.target_unit.building

    @property
    def visited_unit(self) -> "Unit":
        """The unit in `visited` that the crew comes to."""
        return self.unit if self.target_unit is None else self.target_unit

    @property
    def change_in_words(self) -> str:
        """What is asked for where it is not a connection; "" for one."""
        return "" if self.kind == RequestKind.CONNECT else str(self.get_kind_display())

    @property
    def shown_state(self) -> str:
        """The state as badges know it: the last one is named by its effect."""
        return shown_state(self)


def shown_state(row: Any) -> str:
    """`shown_state` of a request, or of a row with its `kind`, `state` and `apply_on`."""
    if row.state != RequestState.CONNECTED or row.kind == RequestKind.CONNECT:
        return str(row.state)
    return AGREED if row.apply_on else f"{RequestState.CONNECTED.value}.{row.kind}"


class VisitQuerySet(PartyQuerySet):
    """Visits of the requests that one may see."""

    party_columns = {
        OrganizationKind.AGENCY: "request__owner",
        OrganizationKind.BUILDER: "request__owner",
        OrganizationKind.PROVIDER: "provider",
        OrganizationKind.COMPANY: "request__holder",
        OrganizationKind.PERSON: "request__holder",
    }

    def _restrict(self, column: str, actor: Actor) -> Self:
        rows = super()._restrict(column, actor)
        if actor.kind == OrganizationKind.PROVIDER:
            # Of a draft the provider knows that a place is held, and no more.
            rows = rows.filter(request__submitted_at__isnull=False)
        return at_places(rows, actor, building="request__building_id", city="request__city_id")


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
    # The place it takes (`subscriptions.services.visits`); NULL: a time agreed upon freely.
    slot = models.ForeignKey(
        "subscriptions.VisitSlot", models.PROTECT, null=True, blank=True, related_name="visits"
    )
    # The crew that comes.
    team = models.ForeignKey(
        "users.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("crew"),
    )
    # HELD: when the place is given back unless the visit is confirmed before.
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    # Grows with every change of the request's visit, for calendars (RFC 5545, SEQUENCE).
    sequence = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    reminded_day_at = models.DateTimeField(null=True, editable=False)
    reminded_hours_at = models.DateTimeField(null=True, editable=False)
    # When the letter that the visit is agreed upon went out.
    told_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"), null=True)

    objects = VisitQuerySet.as_manager()

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
            # Whom to remind, and what is held too long.
            models.Index(fields=["state", "starts_at"], name="visit_reminder"),
            models.Index(fields=["state", "held_until"], name="visit_hold"),
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
