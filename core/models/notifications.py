"""What people are told, and every attempt to tell them outside the portal."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.events import Event


class Notification(models.Model):
    """One line under a person's bell. Once per person and event, whatever is repeated."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    # For which of their organizations they are told; NULL: as staff, who act for none.
    organization = models.ForeignKey(
        "users.Organization", models.CASCADE, null=True, blank=True, related_name="+"
    )
    event = models.ForeignKey(Event, models.CASCADE, related_name="notifications")
    # The time of the event, by the clock of the service that wrote it.
    created_at = models.DateTimeField(_("time"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="notification_once"),
        ]
        indexes = [
            # The bell: the newest, and how many are unread, of one person in one organization.
            models.Index(fields=["user", "organization", "-id"], name="notification_bell"),
            models.Index(fields=["user", "organization", "read_at"], name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.event_id}"


class Delivery(models.Model):
    """One message through one channel to one person, with its outcome."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        SENDING = "SENDING", _("Sending")
        SENT = "SENT", _("Sent")
        FAILED = "FAILED", _("Failed")

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    channel = models.CharField(_("channel"), max_length=20)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # A worker died while sending, so the message may have gone out: it is sent once more only.
    is_resent = models.BooleanField(_("sent again after a crash"), default=False)
    # What the receiver or the network said, without addresses and names.
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration, ms"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "user", "channel"], name="delivery_once"),
        ]
        indexes = [
            # The staff's page "what failed".
            models.Index(fields=["state", "-id"], name="delivery_state"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.user_id}: {self.state}"
