"""What the page of a request keeps beside the request: mentions, relations, what was seen."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import RelationKind


class NoteMention(models.Model):
    """A colleague named in a note, whose text holds `@[public id]` in the place of the name."""

    note = models.ForeignKey("subscriptions.RequestNote", models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [
            models.UniqueConstraint(fields=["note", "user"], name="mention_once"),
        ]

    def __str__(self) -> str:
        return f"{self.note_id}: {self.user_id}"


class RequestRelation(models.Model):
    """One request named beside another by hand; known to the organization that did it alone."""

    source = models.ForeignKey(
        "subscriptions.ConnectionRequest", models.CASCADE, related_name="relations"
    )
    target = models.ForeignKey(
        "subscriptions.ConnectionRequest", models.CASCADE, related_name="named_by"
    )
    kind = models.CharField(
        _("what it is"),
        max_length=10,
        choices=RelationKind.choices,
        default=RelationKind.RELATED,
    )
    organization = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("relation of requests")
        verbose_name_plural = _("relations of requests")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "organization"], name="relation_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="relation_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class RequestSeen(models.Model):
    """How far a person has read what happened to a request."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    request = models.ForeignKey("subscriptions.ConnectionRequest", models.CASCADE, related_name="+")
    # Not a foreign key: a number to compare with.
    event_id = models.BigIntegerField(_("last event seen"), default=0)
    seen_at = models.DateTimeField(_("looked at"))

    class Meta:
        verbose_name = _("look at a request")
        verbose_name_plural = _("looks at requests")
        constraints = [
            models.UniqueConstraint(fields=["user", "request"], name="seen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.request_id}"
