"""What an organization shows of itself, and what staff decide on it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.ids import new_public_id
from core.storage import private_storage
from users.choices import RefusalReason, VerificationKind, VerificationState
from users.models.organization import Organization

if TYPE_CHECKING:
    from users.models.user import CustomUser


class VerificationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """What staff have in their charge; for others what their organization asked for.

        A claim is its applicant's own, see `claims_of`.
        """
        if actor.system or actor.is_admin:
            return self
        if actor.user is None or (actor.organization is None and actor.staff is None):
            return self.none()
        if actor.staff is not None and actor.role is None:
            charge = Organization.objects.in_charge_of(actor.user, actor.staff)
            return self.filter(organization__in=charge)
        return self.filter(kind=VerificationKind.VERIFY, organization=actor.organization)

    def claims_of(self, user: "CustomUser") -> Self:
        return self.filter(kind=VerificationKind.CLAIM, applicant=user)


class Verification(models.Model):
    """An organization asks to be verified, or a person claims one that staff had entered."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(
        _("kind"), max_length=10, choices=VerificationKind.choices, default=VerificationKind.VERIFY
    )
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=VerificationState.choices,
        default=VerificationState.OPEN,
    )
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="verifications")
    # The one who asks; after an approved claim the first owner.
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="verifications"
    )
    comment = models.TextField(_("comment"), max_length=2000, blank=True)
    # "kind:organization" (for a claim with the applicant) while open: see Invitation.open_key.
    open_key = models.CharField(max_length=60, unique=True, null=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    refusal = models.CharField(
        _("reason of the refusal"), max_length=20, choices=RefusalReason.choices, blank=True
    )
    refusal_note = models.TextField(_("what to do about it"), max_length=2000, blank=True)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        indexes = [
            # The staff's queue, the longest waiting first; an organization's own history.
            models.Index(fields=["state", "submitted_at"], name="verification_queue"),
            models.Index(fields=["organization", "-id"], name="verification_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.state}"


class VerificationDocument(models.Model):
    """A document shown with a verification; private, for its organization and for staff."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    verification = models.ForeignKey(Verification, models.CASCADE, related_name="documents")
    file = models.FileField(_("file"), storage=private_storage, upload_to="verifications")
    name = models.CharField(_("name"), max_length=150)
    size = models.PositiveIntegerField(_("size"))
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("document of a verification")
        verbose_name_plural = _("documents of verifications")

    def __str__(self) -> str:
        return self.public_id
