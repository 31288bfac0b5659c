"""Fields that a provider adds to its requests, and what was filled in."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from subscriptions.choices import FieldKind, FieldNeeded, FieldSide
from subscriptions.models.checklists import ProvidersOwnQuerySet


class CustomField(models.Model):
    """One field; it is archived and never deleted, since requests hold values for it."""

    # Names it in values, columns, exports and the API; never changes.
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    # Empty: in all categories.
    category = models.ForeignKey(
        "locations.ServiceCategory", models.CASCADE, null=True, blank=True, related_name="+"
    )
    label = models.CharField(_("name of the field"), max_length=80)
    kind = models.CharField(
        _("what is filled in"), max_length=8, choices=FieldKind.choices, default=FieldKind.TEXT
    )
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    least = models.DecimalField(
        _("at least"), max_digits=15, decimal_places=3, null=True, blank=True
    )
    most = models.DecimalField(_("at most"), max_digits=15, decimal_places=3, null=True, blank=True)
    choices = models.JSONField(_("list"), default=list, blank=True)
    needed = models.CharField(
        _("required"), max_length=8, choices=FieldNeeded.choices, default="", blank=True
    )
    seen_by = models.CharField(
        _("who sees it"), max_length=8, choices=FieldSide.choices, default=FieldSide.BOTH
    )
    filled_by = models.CharField(
        _("who fills it in"), max_length=8, choices=FieldSide.choices, default=FieldSide.BOTH
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = ProvidersOwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["position", "pk"]
        indexes = [
            # The fields of a request's page, and those that a move must find filled in.
            models.Index(fields=["provider", "position"], name="custom_field_provider"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        return self.public_id

    @property
    def caption(self) -> str:
        """The name with its unit: "Cable, m"."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def is_for(self, category_id: int) -> bool:
        return self.category_id in (None, category_id)

    def is_seen_by(self, sides: Any) -> bool:
        return self.seen_by == FieldSide.BOTH or self.seen_by in sides

    def is_filled_by(self, sides: Any) -> bool:
        return self.filled_by == FieldSide.BOTH or self.filled_by in sides


class RequestFields(models.Model):
    """What was filled in on one request: code of the field → text, number, date as text, or bool.

    Numbers stand as texts, so that none loses a digit on its way through JSON.
    """

    request = models.OneToOneField(
        "subscriptions.ConnectionRequest", models.CASCADE, primary_key=True, related_name="fields"
    )
    values = models.JSONField(_("values"), default=dict)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("fields of a request")
        verbose_name_plural = _("fields of requests")

    def __str__(self) -> str:
        return str(self.request_id)
