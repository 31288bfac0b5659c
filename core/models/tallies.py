"""The figures that home pages show, kept in a small table instead of counted from a large one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """An amount added to a figure of an organization on a day; the figure is the sum of its rows.

    Written with the change itself, so it neither drifts nor makes writers wait for one hot row;
    `core.jobs.fold_tallies` adds rows of one figure and day together later.
    """

    organization = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    figure = models.CharField(_("figure"), max_length=40)
    day = models.DateField(_("day"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        indexes = [
            # One range read gives all figures of an organization from a day on.
            models.Index(fields=["organization", "figure", "day"], name="tally_figure"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.figure} {self.day}: {self.amount}"
