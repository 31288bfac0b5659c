"""A support conversation: the ticket, what is said in it, and what the staff keep to themselves."""

from datetime import UTC, datetime
from functools import partial
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import Role, StaffScope
from core.ids import new_number, new_public_id
from core.storage import private_storage
from subscriptions.models.teams import at_places, works_at_places
from support.choices import Channel, DeskSide, Priority, TicketState
from users.models import Organization
from users.models.fields import FoldedField

NUMBER_PREFIX = "ET"
# What has no deadline stands behind all that has one.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class TicketQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Support and administrators: all. Account managers: their organizations'. Others: theirs.

        A private person's and an organization's tickets are read by all of its members; members
        whose team has places read what they wrote themselves and what is about these places.
        """
        if actor.organization is None:
            return self._of_staff(actor)
        rows = self.filter(owner_id=actor.organization_id)
        if not works_at_places(actor):
            return rows
        there = at_places(rows, actor, building="building_id", city="city_id")
        return rows.filter(models.Q(requester_id=actor.user_id) | models.Q(pk__in=there))

    def _of_staff(self, actor: Actor) -> Self:
        if actor.system or actor.is_admin or actor.staff == StaffScope.SUPPORT:
            return self
        if actor.user is None or actor.staff != StaffScope.ACCOUNT_MANAGER:
            return self.none()
        theirs = Organization.objects.in_charge_of(actor.user, StaffScope.ACCOUNT_MANAGER)
        return self.filter(owner__in=theirs)


class Ticket(models.Model):
    """One problem that a customer wants solved; its life is `support.ticket_workflow`."""

    number = models.CharField(
        _("number"),
        max_length=12,
        unique=True,
        default=partial(new_number, NUMBER_PREFIX),
        editable=False,
    )
    # Part of the address that answers by mail come to: not to be guessed, shown nowhere else.
    mail_token = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    # Made once when the form is shown: a form sent twice makes one ticket.
    form_token = models.UUIDField(unique=True, null=True, editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    state = models.CharField(
        _("state"), max_length=8, choices=TicketState.choices, default=TicketState.NEW
    )
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL
    )
    channel = models.CharField(
        _("came by"), max_length=8, choices=Channel.choices, default=Channel.WEB
    )
    queue = models.ForeignKey("support.Queue", models.PROTECT, related_name="tickets")
    category = models.ForeignKey(
        "support.TicketCategory", models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    # Values of the category's fields: public id of the field → text, bool, date or number as text.
    fields = models.JSONField(default=dict, blank=True)
    # Whose it is. A stranger's letter has neither organization nor account behind it: then the
    # address alone is the customer, who is answered by mail and sees nothing of the portal.
    owner = models.ForeignKey(
        "users.Organization", models.PROTECT, null=True, blank=True, related_name="+"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requester_name = models.CharField(_("name"), max_length=150, blank=True)
    requester_email = models.EmailField(_("e-mail"), blank=True)
    search_name = FoldedField("requester_name")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Where the problem is: what outages are gathered by, and what members with places see.
    building = models.ForeignKey(
        "locations.Building", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    unit = models.ForeignKey(
        "locations.Unit", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    city = models.ForeignKey(
        "locations.City", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    tags = models.ManyToManyField("support.Tag", blank=True, related_name="tickets")

    # Deadlines (support.services.deadlines): of each kind the one that runs now; NULL: none.
    first_due_at = models.DateTimeField(_("first answer by"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next answer by"), null=True, blank=True)
    solution_due_at = models.DateTimeField(_("solution by"), null=True, blank=True)
    # The earliest of the three: lists of work are ordered by it, so it is never NULL.
    due_at = models.DateTimeField(_("deadline"), default=NEVER)
    # When the desk is to be warned of `due_at`, or reminded that it was missed; NULL: of nothing.
    alarm_at = models.DateTimeField(null=True, editable=False)
    # How far the worst of what was missed has been passed on.
    alarm_level = models.PositiveSmallIntegerField(default=0, editable=False)
    # What has been told of each deadline (support.ticket_clocks).
    alarms_told = models.PositiveSmallIntegerField(default=0, editable=False)
    # Working seconds of the promised solution that are left while the clock stands; NULL: it runs.
    solution_left = models.PositiveIntegerField(null=True, editable=False)
    # When that clock stood: [began, ended] each, null where it stands still.
    stops = models.JSONField(default=list, blank=True, editable=False)
    reopened_at = models.DateTimeField(null=True, editable=False)
    # Why others are awaited, who, and until when (ON_HOLD).
    held_until = models.DateTimeField(_("waits until"), null=True, blank=True)
    held_for = models.CharField(_("waits for"), max_length=200, blank=True)

    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))
    state_since = models.DateTimeField(_("in this state since"))
    first_answered_at = models.DateTimeField(_("first answered"), null=True, blank=True)
    # The customer's words that nobody has answered yet, since when; NULL: the staff spoke last.
    awaits_since = models.DateTimeField(_("customer waits since"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # What it took, in working seconds of the desk: what figures are made of.
    first_answer_seconds = models.PositiveIntegerField(null=True, editable=False)
    solution_seconds = models.PositiveIntegerField(null=True, editable=False)
    # Whether what was promised was kept (support.services.promises); NULL: nothing was promised, or
    # it is not known yet.
    first_kept = models.BooleanField(_("answered in time"), null=True, editable=False)
    solution_kept = models.BooleanField(_("solved in time"), null=True, editable=False)
    reopened = models.PositiveSmallIntegerField(_("reopened"), default=0)
    messages_count = models.PositiveIntegerField(default=0, editable=False)
    # What the customer thought of it (support.models.Score), beside the ticket for lists.
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            # The desk's list by what is due: all, of one state, queue or person.
            models.Index(fields=["due_at", "id"], name="ticket_due"),
            models.Index(fields=["state", "due_at", "id"], name="ticket_state_due"),
            models.Index(fields=["queue", "state", "due_at", "id"], name="ticket_queue_due"),
            models.Index(fields=["assignee", "state", "due_at", "id"], name="ticket_assignee_due"),
            # The same by what changed last; of a customer, theirs.
            models.Index(fields=["-updated_at", "-id"], name="ticket_changed"),
            models.Index(fields=["owner", "-updated_at", "-id"], name="ticket_owner_changed"),
            # What waits for them, or is not solved yet, stands above it.
            models.Index(
                fields=["owner", "state", "-updated_at", "-id"], name="ticket_owner_state"
            ),
            models.Index(fields=["requester", "-updated_at"], name="ticket_requester"),
            # Letters of an address; what is open in one building.
            models.Index(fields=["requester_email", "-id"], name="ticket_email"),
            models.Index(fields=["building", "state"], name="ticket_building"),
            # The job that warns.
            models.Index(fields=["alarm_at"], name="ticket_alarm"),
            # What is closed by itself, and the figures of a period.
            models.Index(fields=["state", "state_since"], name="ticket_state_since"),
            # They hold all that is counted (support.selectors.figures): rows are not read for it.
            models.Index(
                fields=[
                    "created_at",
                    "merged_into",
                    "assignee",
                    "category",
                    "first_answer_seconds",
                    "first_kept",
                ],
                name="ticket_figures_opened",
            ),
            models.Index(
                fields=[
                    "solved_at",
                    "merged_into",
                    "assignee",
                    "category",
                    "solution_seconds",
                    "solution_kept",
                    "reopened",
                    "score",
                ],
                name="ticket_figures_solved",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state not in (TicketState.SOLVED, TicketState.CLOSED)


class MessageQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        if actor.system:
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))


class TicketMessage(models.Model):
    """What customer and staff say to each other: all of it is seen by both, and is sent out.

    What the staff write for themselves is an `InternalNote`, another table: no query of messages,
    whatever it is for, can find one.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    side = models.CharField(_("side"), max_length=8, choices=DeskSide.choices)
    channel = models.CharField(
        _("came by"), max_length=8, choices=Channel.choices, default=Channel.WEB
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Of who has no account, or wrote from an address that is not their account's.
    author_name = models.CharField(_("name"), max_length=150, blank=True)
    author_email = models.EmailField(_("e-mail"), blank=True)
    # Plain text, drawn as Markdown of `core.markdown` for staff and as lines for customers' mail.
    body = models.TextField(_("text"))
    # What a letter repeats of earlier ones: folded away on the page.
    quoted = models.TextField(blank=True)
    # Made once when the form is shown: an answer sent twice is written once.
    form_token = models.UUIDField(unique=True, null=True, editable=False)
    # Of a split ticket: the message that this one is a copy of.
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("time"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["ticket", "id"], name="ticket_message_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.side}"


class NoteQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Staff alone, whoever else may see the ticket; nobody who acts for an organization."""
        if actor.system:
            return self
        if actor.organization is not None or not actor.is_staff:
            return self.none()
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))


class InternalNote(models.Model):
    """What the staff write for themselves: never sent, never shown to a customer."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    body = models.TextField(_("text"))
    form_token = models.UUIDField(unique=True, null=True, editable=False)
    created_at = models.DateTimeField(_("time"))

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        indexes = [
            models.Index(fields=["ticket", "id"], name="ticket_note_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.author_id}"


class MessageFile(models.Model):
    """A file of a message, in private storage: both sides may take it."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    message = models.ForeignKey(TicketMessage, models.CASCADE, related_name="files")
    file = models.FileField(_("file"), storage=private_storage, upload_to="tickets")
    name = models.CharField(_("name"), max_length=150)
    size = models.PositiveIntegerField(_("size"))
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("file of a message")
        verbose_name_plural = _("files of messages")

    def __str__(self) -> str:
        return self.name


class NoteFile(models.Model):
    """A file of an internal note, in private storage: staff alone may take it."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    note = models.ForeignKey(InternalNote, models.CASCADE, related_name="files")
    file = models.FileField(_("file"), storage=private_storage, upload_to="notes")
    name = models.CharField(_("name"), max_length=150)
    size = models.PositiveIntegerField(_("size"))
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("file of an internal note")
        verbose_name_plural = _("files of internal notes")

    def __str__(self) -> str:
        return self.name


class Observer(models.Model):
    """Who is told of a ticket beside its requester and assignee: staff, or the owner's people."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="observers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("observer")
        verbose_name_plural = _("observers")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user"], name="observer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user_id}"


class TicketWord(models.Model):
    """A folded word of a ticket's subject or of its requester's name: found by its beginning, alike
    on every database.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="words")
    # Whose ticket it is, 0 for a stranger's: a customer's search reads their words alone.
    owner_key = models.BigIntegerField(default=0)
    word = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("word of a ticket")
        verbose_name_plural = _("words of tickets")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "word"], name="ticket_word_once"),
        ]
        indexes = [
            models.Index(
                fields=["word", "ticket"],
                name="ticket_word",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(
                fields=["owner_key", "word", "ticket"],
                name="ticket_word_owner",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.word


# Who may write to a ticket on the customer's side.
LEAST_TO_WRITE = Role.MEMBER
