"""When the desk works, and what it promises."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.ids import new_public_id
from support.choices import Priority
from support.desk_hours import validate_spans, validate_week
from users.time_zones import validate_time_zone


class DeskCalendar(models.Model):
    """The week of a desk, by the clock on its wall.

    `week`: for each of seven days, Monday first, the spans worked, ["09:00", "13:00"] each, in
    order; an empty list is a day off. Lunch is the gap between two spans; ["00:00", "24:00"] is the
    whole day.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Moscow", validators=[validate_time_zone]
    )
    week = models.JSONField(_("week"), validators=[validate_week])
    # Public holidays of Russia are days off (core.working_hours); off: they are like other days.
    keeps_holidays = models.BooleanField(_("keeps public holidays"), default=True)

    class Meta:
        verbose_name = _("calendar of the desk")
        verbose_name_plural = _("calendars of the desk")

    def __str__(self) -> str:
        return self.name


class DeskDay(models.Model):
    """A day on which the desk works otherwise than its week says; no spans: not at all."""

    calendar = models.ForeignKey(DeskCalendar, models.CASCADE, related_name="days")
    day = models.DateField(_("day"))
    spans = models.JSONField(_("hours"), default=list, blank=True, validators=[validate_spans])
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("special day of the desk")
        verbose_name_plural = _("special days of the desk")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="desk_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id}: {self.day}"


class ServiceLevel(models.Model):
    """What is promised for a priority, in working minutes of the queue's calendar.

    The narrowest fits: of the organization, else of its kind, else of all (`scope_key`). NULL: no
    such promise.
    """

    priority = models.CharField(_("priority"), max_length=8, choices=Priority.choices)
    kind = models.CharField(
        _("kind of organization"), max_length=10, choices=OrganizationKind.choices, blank=True
    )
    organization = models.ForeignKey(
        "users.Organization", models.CASCADE, null=True, blank=True, related_name="+"
    )
    first_minutes = models.PositiveIntegerField(
        _("first answer, working minutes"), null=True, blank=True
    )
    next_minutes = models.PositiveIntegerField(
        _("next answer, working minutes"), null=True, blank=True
    )
    solution_minutes = models.PositiveIntegerField(
        _("solution, working minutes"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        constraints = [
            # `kind` is "" where `organization` is given; MariaDB has no partial constraints, so
            # that those without an organization are kept apart by the service that writes them.
            models.UniqueConstraint(
                fields=["priority", "kind", "organization"], name="service_level_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.priority} {self.kind or self.organization_id or ''}"
