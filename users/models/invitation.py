"""Who has been asked to join an organization."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import Role
from core.ids import new_public_id
from users.models.organization import Organization, Team


class Invitation(models.Model):
    """A letter to an address: who opens its link may join with this role, once, until it expires.

    Only the digest of the link's secret is kept; sending again makes a new secret.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    # "organization:address" while open, so that an address has one open invitation (a conditional
    # constraint would not exist on MariaDB).
    open_key = models.CharField(max_length=280, unique=True, null=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    sent_count = models.PositiveSmallIntegerField(_("times sent"), default=0)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes = [models.Index(fields=["organization", "-id"], name="invitation_organization")]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.role}"
