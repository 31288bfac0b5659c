"""What statements of coverage said before, and what a look over all of them has found."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import Via
from locations.models.coverage import (
    CoverageQuerySet,
    CoverageState,
    CoverageZone,
    ServiceCategory,
)
from locations.models.places import Building


class CoverageAction(models.TextChoices):
    """What was done to a statement."""

    STATED = "STATED", _("Stated")
    CHANGED = "CHANGED", _("Changed")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    RETIRED = "RETIRED", _("Retired")
    RESTORED = "RESTORED", _("Restored")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class CoverageRecord(models.Model):
    """One version of a statement: all that it said, since when, and who said it.

    Of a zone, or of a building: what was said of a building outlives the statement's withdrawal.
    """

    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    zone = models.ForeignKey(
        CoverageZone, models.CASCADE, null=True, blank=True, related_name="records"
    )
    building = models.ForeignKey(
        Building, models.CASCADE, null=True, blank=True, related_name="coverage_records"
    )
    action = models.CharField(_("action"), max_length=10, choices=CoverageAction.choices)
    version = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    category = models.ForeignKey(ServiceCategory, models.PROTECT, related_name="+")
    technology = models.CharField(_("technology"), max_length=30, blank=True)
    max_speed = models.PositiveIntegerField(_("maximum speed, Mbit/s"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=15, choices=CoverageState.choices)
    planned_from = models.DateField(_("planned from"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=100, blank=True)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    # The outline, where this version brought another.
    geometry = models.JSONField(_("geometry"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    via = models.CharField(_("via"), max_length=10, choices=Via.choices, default=Via.WEB)
    at = models.DateTimeField(_("when"))

    objects = CoverageQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a coverage statement")
        verbose_name_plural = _("versions of coverage statements")
        indexes = [
            # The history on a zone's page, and on that of a building's statement.
            models.Index(fields=["zone", "-id"], name="record_zone"),
            models.Index(fields=["building", "provider", "-id"], name="record_building"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.version}"


class FindingKind(models.TextChoices):
    """What is odd about a provider's statements taken together."""

    CONTRADICTION = "CONTRADICTION", _("Zones that contradict each other")
    OVERLAP = "OVERLAP", _("Zones that say the same twice")
    GAP = "GAP", _("Gap between neighbouring zones")
    OUTSIDE = "OUTSIDE", _("Connected outside every zone")


class CoverageFinding(models.Model):
    """An overlap or a gap, with its place; written anew whenever the provider's map is checked."""

    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=15, choices=FindingKind.choices)
    category = models.ForeignKey(ServiceCategory, models.CASCADE, related_name="+")
    zone = models.ForeignKey(CoverageZone, models.CASCADE, null=True, blank=True, related_name="+")
    # Of an overlap the second: it has the last word where the two contradict.
    other = models.ForeignKey(CoverageZone, models.CASCADE, null=True, blank=True, related_name="+")
    building = models.ForeignKey(Building, models.CASCADE, null=True, blank=True, related_name="+")
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    area_km2 = models.FloatField(_("area, km²"), default=0)
    # The outline of an overlap or a gap, simplified.
    geometry = models.JSONField(_("geometry"), null=True, blank=True)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding about coverage")
        verbose_name_plural = _("findings about coverage")
        indexes = [models.Index(fields=["provider", "kind", "id"], name="finding_provider")]

    def __str__(self) -> str:
        return f"{self.kind} {self.latitude:.5f}, {self.longitude:.5f}"


class CoverageCheck(models.Model):
    """When a provider's statements were last looked over, and whether all of them could be."""

    provider = models.OneToOneField("users.Organization", models.CASCADE, primary_key=True)
    # When the look began: what was changed since is not in it.
    checked_at = models.DateTimeField(_("checked"))
    zones = models.PositiveIntegerField(_("zones"), default=0)
    # More was found, or more would have to be compared, than is kept.
    is_partial = models.BooleanField(_("partial"), default=False)

    class Meta:
        verbose_name = _("check of coverage")
        verbose_name_plural = _("checks of coverage")

    def __str__(self) -> str:
        return f"{self.provider_id} {self.checked_at:%Y-%m-%d}"
