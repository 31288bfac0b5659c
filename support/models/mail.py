"""Letters: what came and what became of it, what was sent and by which ids answers are known."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import StaffScope
from core.storage import private_storage
from support.choices import MailOutcome, SendState


class Mailbox(models.Model):
    """How far a mailbox has been read; one row for each address of `SUPPORT_MAIL_URL`."""

    # Server, user and folder, without the password.
    name = models.CharField(max_length=250, unique=True)
    # Another validity means that the server has numbered its letters anew (RFC 9051, 2.3.1.1).
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField(_("asked"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    # Until then one worker reads it, and no other; a killed one's time runs out by itself.
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return self.name


class IncomingQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """For who works the desk: a letter is a stranger's until it has become a ticket."""
        works = actor.organization is None and actor.staff in {StaffScope.SUPPORT, StaffScope.ADMIN}
        return self if actor.system or works else self.none()

    def left_aside(self) -> Self:
        """Those that became no message."""
        return self.exclude(
            outcome__in=[MailOutcome.WAITING, MailOutcome.OPENED, MailOutcome.ADDED]
        )


class IncomingMail(models.Model):
    """A letter as it came, stored before it is understood: none is lost by an error of ours."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="letters")
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    # The letter's own id, or a digest of the letter where it has none.
    letter_id = models.CharField(max_length=250, db_index=True)
    # Of whom it says that it is, and about what: neither is proof of anything.
    sender = models.CharField(_("sender"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    raw = models.FileField(storage=private_storage, upload_to="mail")
    size = models.PositiveIntegerField(_("size"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=MailOutcome.choices, default=MailOutcome.WAITING
    )
    error = models.CharField(_("error"), max_length=300, blank=True)
    ticket = models.ForeignKey(
        "support.Ticket", models.SET_NULL, null=True, blank=True, related_name="letters"
    )
    message = models.ForeignKey(
        "support.TicketMessage", models.SET_NULL, null=True, blank=True, related_name="letters"
    )
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    objects = IncomingQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming letter")
        verbose_name_plural = _("incoming letters")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"], name="incoming_mail_once"
            ),
        ]
        indexes = [
            # What waits; what is kept no longer.
            models.Index(fields=["outcome", "id"], name="incoming_mail_outcome"),
            models.Index(fields=["received_at"], name="incoming_mail_received"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}: {self.uid}"


class LetterId(models.Model):
    """Ids by which a letter that answers is known: of letters sent, and of letters taken in."""

    letter_id = models.CharField(max_length=250, unique=True)
    ticket = models.ForeignKey("support.Ticket", models.CASCADE, related_name="letter_ids")

    class Meta:
        verbose_name = _("id of a letter")
        verbose_name_plural = _("ids of letters")

    def __str__(self) -> str:
        return self.letter_id


class OutgoingMail(models.Model):
    """A message on its way to one address. Made with the message, so that none is forgotten."""

    message = models.ForeignKey("support.TicketMessage", models.CASCADE, related_name="outgoing")
    # Whom it goes to: an account, whose address is read when it is sent, or an address alone.
    user = models.ForeignKey(
        "users.CustomUser", models.CASCADE, null=True, blank=True, related_name="+"
    )
    address = models.EmailField(blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=SendState.choices, default=SendState.WAITING
    )
    error = models.CharField(_("error"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(null=True, editable=False)
    # Sent once more after a worker was killed in the middle; never twice more.
    is_resent = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing letter")
        verbose_name_plural = _("outgoing letters")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user", "address"], name="outgoing_mail_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="outgoing_mail_state"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.state}"
