"""The record of changes: what happened, to what, for whom."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole, Via


class Event(models.Model):
    """One change, written in the transaction that made it. Append-only.

    `data` carries ids and states, never names or phones: personal data stays in rows that can be
    erased. `kind` is one of `core.events.kinds`.
    """

    kind = models.CharField(_("kind"), max_length=60)
    subject_type = models.CharField(_("subject"), max_length=60)
    subject_id = models.BigIntegerField(_("subject id"))
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    actor_organization = models.ForeignKey(
        "users.Organization", models.SET_NULL, null=True, related_name="+"
    )
    via = models.CharField(_("via"), max_length=10, choices=Via.choices, default=Via.WEB)
    data = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("time"))
    # Events of one transaction share a batch: one dispatch job reads them all.
    batch = models.UUIDField(_("batch"))
    # Given after commit, in one order for all readers: a reader by cursor misses nothing.
    position = models.BigIntegerField(_("feed position"), null=True, unique=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # The timeline of one subject, newest first.
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_subject"),
            models.Index(fields=["batch"], name="event_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not kwargs.get("force_insert"):
            raise TypeError("Events are append-only.")
        super().save(*args, **kwargs)


class EventParty(models.Model):
    """An organization that an event concerns, and the side it stands on."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="parties")
    organization = models.ForeignKey("users.Organization", models.CASCADE, related_name="+")
    role = models.CharField(_("side"), max_length=10, choices=PartyRole.choices)

    class Meta:
        verbose_name = _("party of an event")
        verbose_name_plural = _("parties of events")
        constraints = [
            # Serves "last events of my organization" too: read backwards from the newest.
            models.UniqueConstraint(
                fields=["organization", "event", "role"], name="event_party_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.role} {self.organization_id}"


class FeedCounter(models.Model):
    """The last feed position given; one row, whose lock puts all readers' feeds in one order."""

    last = models.BigIntegerField(_("last position"), default=0)

    class Meta:
        verbose_name = _("feed counter")
        verbose_name_plural = _("feed counters")

    def __str__(self) -> str:
        return str(self.last)


class Pulse(models.Model):
    """Counts the changes that concern an organization: what a poll compares to answer 304.

    Goes up by one after every commit that concerns it, and once more when its events are handled;
    never down, so that an old version never comes back with other content behind it.
    """

    organization = models.OneToOneField(
        "users.Organization", models.CASCADE, primary_key=True, related_name="pulse"
    )
    version = models.BigIntegerField(_("version"), default=0)

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulses")

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.version}"
