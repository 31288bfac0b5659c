"""Refusals that speak against what a provider states of a place."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.models.requests import ConnectionRequest


class CoverageRefusal(models.Model):
    """A request refused as impossible, and the statement that had promised it: one of the two."""

    request = models.OneToOneField(
        ConnectionRequest, models.CASCADE, related_name="coverage_refusal"
    )
    zone = models.ForeignKey(
        "locations.CoverageZone", models.CASCADE, null=True, blank=True, related_name="+"
    )
    statement = models.ForeignKey(
        "locations.BuildingCoverage", models.CASCADE, null=True, blank=True, related_name="+"
    )
    refused_at = models.DateTimeField(_("refused"))

    class Meta:
        verbose_name = _("refusal against coverage")
        verbose_name_plural = _("refusals against coverage")
        indexes = [
            # Those of one statement since a day.
            models.Index(fields=["zone", "refused_at"], name="refusal_zone"),
            models.Index(fields=["statement", "refused_at"], name="refusal_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.refused_at:%Y-%m-%d}"
