"""What a ticket is tied to, and who looks at it now."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from support.choices import LinkKind, TicketRelationKind


class TicketLink(models.Model):
    """What of the portal a ticket is about: a request, a subscription, a client, a building.

    By kind and id, and not by a foreign key each: what comes later (incidents) needs no column, and
    what is deleted leaves the ticket as it was.
    """

    ticket = models.ForeignKey("support.Ticket", models.CASCADE, related_name="links")
    kind = models.CharField(_("what it is"), max_length=12, choices=LinkKind.choices)
    object_id = models.BigIntegerField()
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("link of a ticket")
        verbose_name_plural = _("links of tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "object_id"], name="ticket_link_once"
            ),
        ]
        indexes = [
            # The tickets of a request's, a subscription's, a client's, a building's page.
            models.Index(fields=["kind", "object_id", "-ticket"], name="ticket_link_object"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind} {self.object_id}"


class TicketRelation(models.Model):
    """One ticket beside another; which the staff alone know."""

    source = models.ForeignKey("support.Ticket", models.CASCADE, related_name="relations")
    target = models.ForeignKey("support.Ticket", models.CASCADE, related_name="related_by")
    kind = models.CharField(
        _("what it is"),
        max_length=10,
        choices=TicketRelationKind.choices,
        default=TicketRelationKind.RELATED,
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("relation of tickets")
        verbose_name_plural = _("relations of tickets")
        constraints = [
            models.UniqueConstraint(fields=["source", "target"], name="ticket_relation_once"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="ticket_relation_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class Presence(models.Model):
    """Who of the staff looks at a ticket now, and whether they write; minutes old is gone."""

    ticket = models.ForeignKey("support.Ticket", models.CASCADE, related_name="presence")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(_("seen"), db_index=True)
    writes_at = models.DateTimeField(_("wrote"), null=True, blank=True)

    class Meta:
        verbose_name = _("presence at a ticket")
        verbose_name_plural = _("presences at tickets")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user"], name="ticket_presence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user_id}"
