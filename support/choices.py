"""Choices of the support desk."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketState(models.TextChoices):
    NEW = "NEW", pgettext_lazy("ticket", "New")
    OPEN = "OPEN", _("In work")
    PENDING = "PENDING", _("Waiting for your answer")
    ON_HOLD = "ON_HOLD", _("Waiting for others")
    SOLVED = "SOLVED", _("Solved")
    CLOSED = "CLOSED", pgettext_lazy("ticket", "Closed")


# Somebody of the staff has to do something, or will have to.
OPEN_STATES = frozenset(
    {TicketState.NEW, TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD}
)
# While a ticket stands in one of these, its deadline of solution does not run.
STOPPED_STATES = frozenset({TicketState.PENDING, TicketState.SOLVED, TicketState.CLOSED})


class Priority(models.TextChoices):
    LOW = "LOW", pgettext_lazy("priority", "Low")
    NORMAL = "NORMAL", pgettext_lazy("priority", "Normal")
    HIGH = "HIGH", pgettext_lazy("priority", "High")
    URGENT = "URGENT", pgettext_lazy("priority", "Urgent")

    @property
    def rank(self) -> int:
        """0 for the one that can wait longest."""
        return list(Priority).index(self)


class Channel(models.TextChoices):
    """How a ticket or a message came."""

    WEB = "WEB", _("Portal")
    MAIL = "MAIL", _("E-mail")
    API = "API", _("API")
    STAFF = "STAFF", _("Written down by staff")


class DeskSide(models.TextChoices):
    """Who wrote a message, who makes a move."""

    CUSTOMER = "CUSTOMER", _("Customer")
    STAFF = "STAFF", _("Support")
    # Moves that the portal makes by itself: closing what nobody reopened, mail that arrived.
    SYSTEM = "SYSTEM", _("System")


class Assignment(models.TextChoices):
    """How new tickets of a queue find somebody."""

    BY_HAND = "BY_HAND", _("By hand")
    ROUND_ROBIN = "ROUND_ROBIN", _("In turn")


class LinkKind(models.TextChoices):
    """What a ticket is about; the model of each is in `support.linking`."""

    REQUEST = "REQUEST", _("Request")
    SUBSCRIPTION = "SUBSCRIPTION", _("Subscription")
    CLIENT = "CLIENT", _("Client")
    BUILDING = "BUILDING", _("Building")


class TicketRelationKind(models.TextChoices):
    RELATED = "RELATED", _("Related")
    # The target is what the source was cut from, or what it goes on after.
    SPLIT_FROM = "SPLIT_FROM", _("Split from")
    FOLLOWS = "FOLLOWS", _("Goes on after")
    MERGED = "MERGED", _("Merged into")


class DeadlineKind(models.TextChoices):
    FIRST = "FIRST", _("First answer")
    NEXT = "NEXT", _("Next answer")
    SOLUTION = "SOLUTION", _("Solution")


class MailOutcome(models.TextChoices):
    """What became of a letter that came."""

    WAITING = "WAITING", _("Waiting")
    OPENED = "OPENED", _("Opened a ticket")
    ADDED = "ADDED", _("Added to a ticket")
    DUPLICATE = "DUPLICATE", _("Came before")
    AUTOMATIC = "AUTOMATIC", _("Automatic answer, left aside")
    LOOP = "LOOP", _("A loop, left aside")
    FLOOD = "FLOOD", _("Too many letters, left aside")
    BROKEN = "BROKEN", _("Could not be read")


class SendState(models.TextChoices):
    WAITING = "WAITING", _("Waiting")
    SENDING = "SENDING", _("Sending")
    SENT = "SENT", _("Sent")
    FAILED = "FAILED", _("Failed")
    # Nothing leaves a sandbox, and strangers' mail robots are not answered.
    HELD = "HELD", _("Not sent")


class ArticleState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    PUBLISHED = "PUBLISHED", _("Published")


class MacroFor(models.TextChoices):
    """What a prepared text is put into."""

    ANSWER = "ANSWER", _("Answer")
    NOTE = "NOTE", _("Internal note")
