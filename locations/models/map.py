"""What the map reads: buildings counted by cell, and zones drawn once.

Both follow from other rows: services keep them, and a nightly job mends what was missed.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from locations.models.coverage import CoverageZone


class BuildingCount(models.Model):
    """How many verified buildings stand in one H3 cell, and in the middle of them.

    `cell` is the key of `locations.cells.key_of`: all cells below another are one range of it.
    """

    resolution = models.PositiveSmallIntegerField(_("resolution"))
    cell = models.BigIntegerField(_("H3 cell"))
    count = models.PositiveIntegerField(_("buildings"))
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))

    class Meta:
        verbose_name = _("count of buildings")
        verbose_name_plural = _("counts of buildings")
        constraints = [
            # Serves the map too: ranges of cells of one resolution.
            models.UniqueConstraint(fields=["resolution", "cell"], name="buildingcount_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cell:x}: {self.count}"


class ZoneDrawing(models.Model):
    """A zone's outline as the map shows it small, and the box around it in degrees."""

    zone = models.OneToOneField(
        CoverageZone, models.CASCADE, primary_key=True, related_name="drawing"
    )
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    # The longer side of the box: the large ones are drawn first.
    extent = models.FloatField()
    outline = models.JSONField(_("outline"))

    class Meta:
        verbose_name = _("drawing of a zone")
        verbose_name_plural = _("drawings of zones")

    def __str__(self) -> str:
        return str(self.zone_id)
