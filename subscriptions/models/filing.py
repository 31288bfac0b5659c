"""What stands around filing: what somebody has begun to fill in, and what was filed in spite of."""

from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.ids import new_public_id
from core.querysets import OwnedQuerySet


class FilingDraftQuerySet(OwnedQuerySet):
    """What one types is one's own: colleagues see it once it is a request."""

    def _restrict(self, column: str, actor: Actor) -> Self:
        return super()._restrict(column, actor).filter(created_by_id=actor.user_id)


class FilingDraft(models.Model):
    """The wizard's first step as somebody left it; gone when its requests are filed.

    The bundle that came of it has the same `form_token`: until then there is none.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    building = models.ForeignKey("locations.Building", models.CASCADE, related_name="+")
    unit_number = models.CharField(_("flat or office"), max_length=20, blank=True)
    # Public ids of the plans that are ticked.
    plans = models.JSONField(default=list)
    # What stands in the fields, by their names; consent is never among it: it is asked anew.
    typed: Any = models.JSONField(default=dict)
    form_token = models.UUIDField(unique=True, default=uuid4, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = FilingDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing that was begun")
        verbose_name_plural = _("filings that were begun")
        indexes = [
            # One's own, newest first.
            models.Index(fields=["created_by", "owner", "-updated_at"], name="filing_draft_own"),
            # What has lain too long.
            models.Index(fields=["updated_at"], name="filing_draft_age"),
        ]

    def __str__(self) -> str:
        return self.public_id


class FiledAnyway(models.Model):
    """That somebody knew of the same service at the same unit, and files another all the same."""

    request = models.OneToOneField(
        "subscriptions.ConnectionRequest", models.CASCADE, related_name="filed_anyway"
    )
    # Numbers of the requests and subscriptions that they were shown.
    known = models.JSONField(default=list)
    reason = models.CharField(_("reason"), max_length=300)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("duplicate filed on purpose")
        verbose_name_plural = _("duplicates filed on purpose")

    def __str__(self) -> str:
        return f"{self.request_id}"
