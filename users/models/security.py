"""What concerns the safety of accounts: what happened to them, and who was let in."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from users.choices import SecurityKind
from users.models.organization import Organization


class SecurityRecord(models.Model):
    """Something that happened to an account; the person is told by mail, and reads it here."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(_("what happened"), max_length=20, choices=SecurityKind.choices)
    at = models.DateTimeField(_("when"))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("security record")
        verbose_name_plural = _("security records")
        indexes = [models.Index(fields=["user", "-id"], name="security_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind}"


class SupportAccess(models.Model):
    """The leave an organization gives staff to act in its cabinet, until it expires or is revoked.

    Without a row in force nobody of the staff may; what they do with it is an event of its own.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="support_access")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(_("what for"), max_length=300, blank=True)
    granted_at = models.DateTimeField(_("granted"))
    expires_at = models.DateTimeField(_("until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("leave for support")
        verbose_name_plural = _("leaves for support")
        indexes = [models.Index(fields=["organization", "-id"], name="support_access_org")]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.expires_at:%Y-%m-%d}"
