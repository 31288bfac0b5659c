"""What a person agreed to, and when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.choices import ConsentDocument


class Consent(models.Model):
    """A person's agreement to one version of one document; kept when withdrawn, with both dates."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="consents")
    document = models.CharField(_("document"), max_length=30, choices=ConsentDocument.choices)
    version = models.CharField(_("version"), max_length=20)
    given_at = models.DateTimeField(_("given"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            # A version that was withdrawn may be agreed to again: both stay on record.
            models.UniqueConstraint(
                fields=["user", "document", "version", "given_at"], name="consent_once_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.document} {self.version}"
