"""What needs attention at each organization, counted beforehand (core.attention)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Attention(models.Model):
    """The figures of one organization as they were last counted.

    One small row, so that staff see thousands of organizations in the order of urgency without
    counting the rows of any. Written by `core.attention` alone.
    """

    organization = models.OneToOneField(
        "users.Organization", models.CASCADE, primary_key=True, related_name="attention"
    )
    # Counts by the figure's name, {"overdue": 12}; what is zero is left out.
    figures = models.JSONField(_("figures"), default=dict)
    # The figures weighed and added up: 0 when nothing waits.
    urgency = models.PositiveIntegerField(_("urgency"), default=0)
    # The newest event that concerns the organization, or its registration.
    active_at = models.DateTimeField(_("last activity"))
    # The version of the organization's pulse that was counted: another one means a change since.
    pulse = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(_("counted"))

    class Meta:
        verbose_name = _("attention")
        verbose_name_plural = _("attention")
        indexes = [
            # The staff's list: the most urgent first, or the longest inactive.
            models.Index(fields=["-urgency", "organization"], name="attention_urgency"),
            models.Index(fields=["active_at", "organization"], name="attention_active"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.urgency}"
