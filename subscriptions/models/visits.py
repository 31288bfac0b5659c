"""Slots of visits: when a provider's crews come, how many visits they take, and who knows of it."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from subscriptions.choices import FeedScope, SlotExceptionKind

ALL_DAYS = 127


class ProvidersOwnQuerySet(PartyQuerySet):
    """Rows that their provider alone sees: others are told what is free, not how it is made."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}


class SlotPattern(models.Model):
    """A week of slots: on these days, from one hour to another, so many visits at a time.

    Hours are those on the wall in the provider's time zone. A pattern that ends where it begins or
    before runs over midnight, and belongs to the day on which it begins.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    # Where: a city, one district of it, or (both empty) wherever the provider works.
    city = models.ForeignKey(
        "locations.City", models.PROTECT, null=True, blank=True, related_name="+"
    )
    district = models.ForeignKey(
        "locations.District", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # For which service; empty: for all.
    category = models.ForeignKey(
        "locations.ServiceCategory", models.PROTECT, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey("users.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    # Monday 1, Tuesday 2, Wednesday 4 … Sunday 64, added up.
    weekdays = models.PositiveSmallIntegerField(_("days of the week"), default=31)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    # How long one slot is; the hours of a day are cut into slots of this length.
    minutes = models.PositiveSmallIntegerField(_("length of a slot, minutes"), default=120)
    capacity = models.PositiveSmallIntegerField(
        _("visits in a slot"), default=1, validators=[MinValueValidator(1)]
    )
    # Agents and clients take a slot, and give it up, no later than so many hours before it begins.
    notice_hours = models.PositiveSmallIntegerField(_("hours of notice"), default=12)
    follows_calendar = models.BooleanField(_("on working days alone"), default=True)
    valid_from = models.DateField(_("from the day"))
    valid_until = models.DateField(_("until the day"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = ProvidersOwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("pattern of slots")
        verbose_name_plural = _("patterns of slots")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekdays__gte=1, weekdays__lte=ALL_DAYS),
                name="slot_pattern_has_days",
            ),
            models.CheckConstraint(
                condition=models.Q(minutes__gte=15), name="slot_pattern_has_length"
            ),
            models.CheckConstraint(
                condition=models.Q(district__isnull=True) | models.Q(city__isnull=False),
                name="slot_pattern_district_in_city",
            ),
        ]
        indexes = [
            # What a provider keeps now.
            models.Index(fields=["provider", "valid_until"], name="slot_pattern_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}: {self.starts:%H:%M}–{self.ends:%H:%M}"

    def runs_on(self, weekday: int) -> bool:
        """Whether the pattern has slots on a day of the week (Monday is 0)."""
        return bool(self.weekdays & (1 << weekday))


class SlotException(models.Model):
    """One day that differs: closed, with another capacity, or with an extra slot."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    # Empty with CLOSED alone: the whole provider is closed on that day.
    pattern = models.ForeignKey(
        SlotPattern, models.CASCADE, null=True, blank=True, related_name="exceptions"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=SlotExceptionKind.choices)
    day = models.DateField(_("day"))
    # Of an EXTRA slot.
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)
    # Of an EXTRA slot, or what the slots of the day have instead of the pattern's.
    capacity = models.PositiveSmallIntegerField(_("visits in a slot"), null=True, blank=True)
    note = models.CharField(_("why"), max_length=200, blank=True)
    # What it is about, in one text: the same exception is made once.
    key = models.CharField(max_length=60, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"))

    objects = ProvidersOwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("exception of slots")
        verbose_name_plural = _("exceptions of slots")
        indexes = [models.Index(fields=["provider", "day"], name="slot_exception_day")]

    def __str__(self) -> str:
        return self.key


class VisitSlot(models.Model):
    """A slot that somebody has taken a place in; `taken` never grows above its capacity.

    Made with the first place that is taken. `capacity` is what it was then, for those who look
    back: what holds now is worked out from the pattern and its exceptions.
    """

    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    pattern = models.ForeignKey(SlotPattern, models.PROTECT, related_name="slots")
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    capacity = models.PositiveSmallIntegerField(_("visits in a slot"))
    taken = models.PositiveSmallIntegerField(_("places taken"), default=0)

    objects = ProvidersOwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(
                fields=["pattern", "starts_at", "ends_at"], name="visit_slot_once"
            ),
        ]
        indexes = [models.Index(fields=["provider", "starts_at"], name="visit_slot_provider")]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.starts_at:%Y-%m-%d %H:%M}: {self.taken}"


class OfVisitQuerySet(PartyQuerySet):
    """What belongs to a visit, for the two who correspond about it."""

    party_columns = {
        OrganizationKind.AGENCY: "visit__request__owner",
        OrganizationKind.BUILDER: "visit__request__owner",
        OrganizationKind.COMPANY: "visit__request__owner",
        OrganizationKind.PERSON: "visit__request__owner",
        OrganizationKind.PROVIDER: "visit__provider",
    }


class VisitLink(models.Model):
    """The link of a letter by which a visit is moved or given up without an account.

    The link is the signed `public_id`; nothing secret is stored. It is good for one change of one
    visit: the letter about the new time brings another.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    visit = models.ForeignKey("subscriptions.Appointment", models.CASCADE, related_name="links")
    # The visit's id while the link can be used: one at a time.
    open_key = models.CharField(max_length=20, unique=True, null=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("link of a visit")
        verbose_name_plural = _("links of visits")

    def __str__(self) -> str:
        return self.public_id


class VisitReport(models.Model):
    """What a crew brought from a visit; it is kept even while the request cannot be moved."""

    visit = models.OneToOneField("subscriptions.Appointment", models.CASCADE, related_name="report")
    # Of the form that was taken in last: sent twice, its photos are kept once.
    form_token = models.UUIDField(editable=False)
    photos = models.ManyToManyField("subscriptions.RequestFile", blank=True, related_name="+")
    signature = models.ForeignKey(
        "subscriptions.RequestFile", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Who accepted the work: beside the drawn signature, or in its place.
    signed_name = models.CharField(_("accepted by"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    # When the request was connected with it.
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a visit")
        verbose_name_plural = _("reports of visits")

    def __str__(self) -> str:
        return str(self.visit_id)


class CalendarFeed(models.Model):
    """An iCalendar address of one member: whoever has it reads the visits, until it is revoked."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    organization = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    scope = models.CharField(_("what it holds"), max_length=5, choices=FeedScope.choices)
    team = models.ForeignKey("users.Team", models.CASCADE, null=True, blank=True, related_name="+")
    # Names and phones of clients leave the portal only where the owner wants it.
    with_contacts = models.BooleanField(_("with names and phones of clients"), default=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    # The secret of the address, sealed: its owner may look at it again.
    token = models.CharField(max_length=255, editable=False)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        indexes = [models.Index(fields=["user", "organization"], name="calendar_feed_owner")]

    def __str__(self) -> str:
        return self.public_id
