"""Work that takes longer than a page: imports, exports, archives."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.ids import new_public_id
from core.storage import private_storage


class OperationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, as started for the organization one acts for now (or for none)."""
        if actor.user is None:
            return self if actor.system else self.none()
        return self.filter(user_id=actor.user_id, organization_id=actor.organization_id)


class Operation(models.Model):
    """A long piece of work that a person started: its progress, and what came out of it.

    `kind` names a function (core.operations). `data` holds what it was asked for and where it
    stands, `summary` what came out; neither holds personal data. Files go when it expires.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    organization = models.ForeignKey(
        "users.Organization", models.CASCADE, null=True, blank=True, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    source = models.FileField(_("file given"), storage=private_storage, upload_to="operations")
    result = models.FileField(_("file made"), storage=private_storage, upload_to="operations")
    result_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), db_index=True)

    objects = OperationQuerySet.as_manager()

    class Meta:
        verbose_name = _("long operation")
        verbose_name_plural = _("long operations")
        indexes = [models.Index(fields=["user", "-id"], name="operation_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
