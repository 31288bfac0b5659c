"""Where a provider offers a service category: polygons, and explicit buildings over them."""

from typing import Any, Self

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from core import clock
from core.choices import OrganizationKind
from core.ids import new_public_id
from core.querysets import PartyQuerySet
from locations.geometry import shape_of
from locations.models.places import Building


class ServiceCategory(models.Model):
    """What can be connected. It stands on this floor because coverage is stated about it."""

    code = models.SlugField(_("code"), unique=True, max_length=30)
    name_ru = models.CharField(_("name in Russian"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    icon = models.CharField(_("icon"), max_length=40, default="plug")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Two internet lines in one flat are normal; two electricity contracts are a mistake.
    one_per_unit = models.BooleanField(_("one per unit"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("service category")
        verbose_name_plural = _("service categories")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if translation.get_language() == "en" else self.name_ru


class CoverageState(models.TextChoices):
    """What a statement says of a place, best first."""

    AVAILABLE = "AVAILABLE", _("Available")
    PLANNED = "PLANNED", _("Planned")
    SURVEY = "SURVEY", _("Needs a survey")
    NOT_AVAILABLE = "NOT_AVAILABLE", _("Not available")


class Standing(models.TextChoices):
    """Why a statement is silent."""

    EXPIRED = "EXPIRED", _("Expired")
    RETIRED = "RETIRED", _("Retired")


# The badge of a statement that refusals contradict; it goes on answering, with a word of warning.
CONTRADICTED = "CONTRADICTED"


class CoverageQuerySet(PartyQuerySet):
    """Statements as their provider edits them; availability answers read them for everyone."""

    party_columns = {OrganizationKind.PROVIDER: "provider"}

    def in_force(self) -> Self:
        """Those that have not expired."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=clock.now()))

    def expired(self) -> Self:
        return self.filter(expires_at__lte=clock.now())

    def contradicted(self) -> Self:
        """Those that refusals contradict, until they are changed or confirmed."""
        return self.filter(contradicted_at__isnull=False)


class CoverageStatement(models.Model):
    """What zones and buildings have in common: who says what, since when, how long."""

    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    category = models.ForeignKey(ServiceCategory, models.PROTECT, related_name="+")
    technology = models.CharField(_("technology"), max_length=30, blank=True)
    max_speed = models.PositiveIntegerField(_("maximum speed, Mbit/s"), null=True, blank=True)
    state = models.CharField(
        _("state"),
        max_length=15,
        choices=CoverageState.choices,
        default=CoverageState.AVAILABLE,
    )
    planned_from = models.DateField(_("planned from"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=100, blank=True)
    stated_at = models.DateTimeField(_("stated"))
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    # Since when outcomes contradict it; whoever changes or confirms it answers for it anew.
    contradicted_at = models.DateTimeField(
        _("contradicted since"), null=True, blank=True, editable=False
    )
    # Grows with every change: an edit of an older one is refused (and see `CoverageZone`).
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=CoverageState.PLANNED)
                | models.Q(planned_from__isnull=False),
                name="%(class)s_planned_date",
                violation_error_message=_("Say from which date it is planned."),
            ),
        ]

    @property
    def standing(self) -> str:
        """The state as a page shows it: EXPIRED once it is no longer in force."""
        if self.expires_at is not None and self.expires_at <= clock.now():
            return Standing.EXPIRED
        return self.state


class CoverageZone(CoverageStatement):
    """A polygon or multipolygon, WGS84, GeoJSON order: longitude, latitude (RFC 7946)."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=120)
    geometry = models.JSONField(_("geometry"))
    # The box around the outline, so that a map opens there without reading outlines.
    west = models.FloatField(null=True, blank=True, editable=False)
    south = models.FloatField(null=True, blank=True, editable=False)
    east = models.FloatField(null=True, blank=True, editable=False)
    north = models.FloatField(null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    # Prepared shapes are kept in processes by `version`.

    class Meta(CoverageStatement.Meta):
        verbose_name = _("coverage zone")
        verbose_name_plural = _("coverage zones")
        constraints = [
            *CoverageStatement.Meta.constraints,
            # A file imported twice meets its own zones here.
            models.UniqueConstraint(
                fields=["provider", "category", "technology", "name"], name="zone_once"
            ),
        ]
        indexes = [
            # The provider's list.
            models.Index(fields=["provider", "name", "id"], name="zone_provider"),
            # What its provider must look at.
            models.Index(fields=["provider", "contradicted_at"], name="zone_contradicted"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> str:
        return super().standing if self.is_active else Standing.RETIRED

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the outline, in degrees."""
        box = (self.west, self.south, self.east, self.north)
        return None if None in box else box  # type: ignore[return-value]

    def set_outline(self, geometry: dict[str, Any]) -> None:
        """Gives it the outline `geometry`, and the box around that."""
        self.geometry = geometry
        self.west, self.south, self.east, self.north = shape_of(geometry).bounds


class ZoneCell(models.Model):
    """One H3 cell of a zone, of any resolution: wholly inside, or on its border.

    A point is in a zone when its cell or a parent is inside, or on the border and the exact test of
    the polygon says so (`locations.geometry.cells_of`).
    """

    zone = models.ForeignKey(CoverageZone, models.CASCADE, related_name="cells")
    cell = models.BigIntegerField(_("H3 cell"))
    is_border = models.BooleanField(_("on the border"))

    class Meta:
        verbose_name = _("cell of a zone")
        verbose_name_plural = _("cells of zones")
        # All that an answer needs, so that the table itself is not read.
        indexes = [models.Index(fields=["cell", "zone", "is_border"], name="zonecell_cell")]

    def __str__(self) -> str:
        return f"{self.cell:x}"


class BuildingCoverage(CoverageStatement):
    """A statement about one building; overrides the provider's zones there."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="coverage")

    class Meta(CoverageStatement.Meta):
        verbose_name = _("coverage of a building")
        verbose_name_plural = _("coverage of buildings")
        constraints = [
            *CoverageStatement.Meta.constraints,
            # Stated again, it is changed; serves the answer for a building too.
            models.UniqueConstraint(
                fields=["building", "provider", "category", "technology"], name="coverage_once"
            ),
        ]
        indexes = [
            # The provider's list, newest first.
            models.Index(fields=["provider", "-id"], name="coverage_provider"),
            # What its provider must look at.
            models.Index(fields=["provider", "contradicted_at"], name="coverage_contradicted"),
        ]

    def __str__(self) -> str:
        return f"{self.building_id} {self.state}"
