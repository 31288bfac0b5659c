"""How the desk is set up: queues, categories and their fields, rules, prepared texts."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import OrganizationKind
from core.ids import new_public_id
from subscriptions.choices import FieldKind
from support.choices import Assignment, MacroFor, Priority, TicketState


class Queue(models.Model):
    """Where tickets wait for one group of people."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Where tickets go that no category and no rule sends elsewhere: the first such queue.
    is_default = models.BooleanField(_("takes what no rule sends elsewhere"), default=False)
    assignment = models.CharField(
        _("assignment"), max_length=12, choices=Assignment.choices, default=Assignment.BY_HAND
    )
    calendar = models.ForeignKey(
        "support.DeskCalendar", models.PROTECT, related_name="queues", verbose_name=_("calendar")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class QueueMember(models.Model):
    """A person of the staff who takes tickets of a queue."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # Off duty: gets nothing in turn.
    is_on_duty = models.BooleanField(_("on duty"), default=True)
    # More open tickets than so many are not given in turn; 0: no limit.
    most_open = models.PositiveSmallIntegerField(_("at most open"), default=0)
    last_given_at = models.DateTimeField(_("last given a ticket"), null=True, editable=False)

    class Meta:
        verbose_name = _("member of a queue")
        verbose_name_plural = _("members of queues")
        constraints = [
            models.UniqueConstraint(fields=["queue", "user"], name="queue_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.user_id}"


class TicketCategory(models.Model):
    """What tickets are about; archived and never deleted."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="message-circle")
    queue = models.ForeignKey(
        Queue, models.PROTECT, related_name="categories", verbose_name=_("queue")
    )
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL
    )
    # Kinds of organization to whom it is offered; empty: to all.
    kinds = models.JSONField(_("offered to"), default=list, blank=True)
    asks_place = models.BooleanField(_("asks for the place"), default=False)
    # Several of one building are an outage.
    is_outage = models.BooleanField(_("tells of an outage"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("category of tickets")
        verbose_name_plural = _("categories of tickets")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def is_offered_to(self, kind: OrganizationKind | None) -> bool:
        return self.archived_at is None and (not self.kinds or kind in self.kinds)


class CategoryField(models.Model):
    """A field that tickets of a category have; archived and never deleted."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    category = models.ForeignKey(TicketCategory, models.CASCADE, related_name="fields")
    label = models.CharField(_("name of the field"), max_length=80)
    kind = models.CharField(
        _("what is filled in"), max_length=8, choices=FieldKind.choices, default=FieldKind.TEXT
    )
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    choices = models.JSONField(_("list"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    # Kept from the customer: what staff note for themselves.
    is_internal = models.BooleanField(_("seen by staff alone"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("field of a category")
        verbose_name_plural = _("fields of categories")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label


class DeskRule(models.Model):
    """Of a new ticket that fits all conditions: its queue, its priority, who takes it, its tags.

    Rules are asked in order; the first that fits decides.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    # Conditions; an empty one holds for every ticket.
    category = models.ForeignKey(
        TicketCategory,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    kind = models.CharField(
        _("kind of organization"), max_length=10, choices=OrganizationKind.choices, blank=True
    )
    organization = models.ForeignKey(
        "users.Organization",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    city = models.ForeignKey(
        "locations.City",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("city"),
    )
    # Words of the subject or the text, any of which is enough; folded when compared.
    words = models.CharField(_("words"), max_length=300, blank=True)
    # What it does; empty: left as it is.
    queue = models.ForeignKey(
        Queue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("queue")
    )
    priority = models.CharField(_("priority"), max_length=8, choices=Priority.choices, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assignee"),
    )
    tags = models.ManyToManyField("support.Tag", blank=True, verbose_name=_("tags"))

    class Meta:
        verbose_name = _("rule of the desk")
        verbose_name_plural = _("rules of the desk")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Macro(models.Model):
    """A prepared text and what is done with it, in one click.

    A canned answer is a macro that changes nothing: only its text is put into the answer. Variables
    stand in double braces (`support.macros`).
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    body = models.TextField(_("text"), max_length=10_000, blank=True)
    into = models.CharField(
        _("put into"), max_length=6, choices=MacroFor.choices, default=MacroFor.ANSWER
    )
    # Empty: one's own category is not asked for.
    category = models.ForeignKey(
        TicketCategory,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for the category"),
    )
    # Set beside the text; empty: left as it is.
    state = models.CharField(
        _("state afterwards"), max_length=8, choices=TicketState.choices, blank=True
    )
    priority = models.CharField(_("priority"), max_length=8, choices=Priority.choices, blank=True)
    queue = models.ForeignKey(
        Queue, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("queue")
    )
    takes = models.BooleanField(_("assigned to who runs it"), default=False)
    tags = models.ManyToManyField("support.Tag", blank=True, verbose_name=_("tags"))
    # Whose own it is; empty: of the whole desk.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def only_text(self) -> bool:
        """Whether it is a canned answer: it changes nothing."""
        return not (self.state or self.priority or self.queue_id or self.takes)


class Tag(models.Model):
    """A word of the desk's own on tickets."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tag of tickets")
        verbose_name_plural = _("tags of tickets")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = " ".join(self.name.split()).lower()
        super().save(*args, **kwargs)
