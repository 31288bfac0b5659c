"""Where a new ticket goes, and who takes it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from core import clock
from core.folding import fold
from core.querysets import locked_by_key
from support.choices import OPEN_STATES, Assignment, Priority
from support.models import DeskRule, Queue, QueueMember, Ticket
from support.selectors.people import desk_people

# Words of a rule stand between these; what has spaces in it is sought as it stands.
_BETWEEN = re.compile(r"[,;\n]+")
# So that two who are given tickets in the same moment still have an order.
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Routed:
    """What a rule decided beside the columns that it has set."""

    tag_ids: Sequence[int] = ()
    rule: DeskRule | None = None


def route(ticket: Ticket, text: str) -> Routed:
    """Sets queue, priority and assignee of an unsaved ticket, by its category and by rules.

    `text` is what the customer wrote. A priority that was chosen already stays, unless a rule
    says another; "" is that of the category. An assignee who was named stays.
    """
    _by_category(ticket)
    rule = deciding_rule(ticket, text)
    if rule is None:
        return Routed()
    _by_rule(ticket, rule)
    return Routed([tag.pk for tag in rule.tags.all()], rule)


def deciding_rule(ticket: Ticket, text: str) -> DeskRule | None:
    """The first rule in use whose conditions all hold."""
    rules = DeskRule.objects.filter(is_active=True).order_by("position", "pk")
    written = fold(f"{ticket.subject} {text}")
    # The city is asked once, and only where a rule asks for it.
    rows = rules.select_related("queue", "assignee").prefetch_related("tags")
    return next((rule for rule in rows if _fits(rule, ticket, written)), None)


def give_in_turn(ticket: Ticket) -> bool:
    """Assigns a ticket of a queue that gives in turn; whether anybody was found.

    To be called in the transaction that saves the ticket: until its end nobody else is given a
    ticket by these people's turns. Takes whoever is on duty and waits longest, and leaves out those
    who have as many open tickets as they take.
    """
    if ticket.assignee_id or ticket.queue.assignment != Assignment.ROUND_ROBIN:
        return False
    rows = _locked_members(ticket.queue_id)
    here = [row for row in rows if row.queue_id == ticket.queue_id and row.is_on_duty]
    member = _next_of(here)
    if member is None:
        return False
    member.last_given_at = _later_than(row.last_given_at for row in here)
    member.save(update_fields=["last_given_at"])
    ticket.assignee = member.user
    return True


# --- rules ------------------------------------------------------------------------------------
def _by_category(ticket: Ticket) -> None:
    category = ticket.category
    queue = category.queue if category else None
    ticket.queue = queue if queue and queue.is_active else default_queue()
    if not ticket.priority:
        ticket.priority = category.priority if category else Priority.NORMAL


def default_queue() -> Queue:
    """Where goes what nothing sends elsewhere."""
    return Queue.objects.order_by("-is_active", "-is_default", "position", "pk")[0]


def _by_rule(ticket: Ticket, rule: DeskRule) -> None:
    if rule.queue and rule.queue.is_active:
        ticket.queue = rule.queue
    if rule.priority:
        ticket.priority = rule.priority
    assignee = rule.assignee
    # Whoever has left the desk since the rule was made is given nothing.
    if assignee and not ticket.assignee_id and desk_people().filter(pk=assignee.pk).exists():
        ticket.assignee = assignee


def _fits(rule: DeskRule, ticket: Ticket, written: str) -> bool:
    owner = ticket.owner
    return (
        (rule.category_id is None or rule.category_id == ticket.category_id)
        and (rule.organization_id is None or rule.organization_id == ticket.owner_id)
        and (not rule.kind or (owner is not None and owner.kind == rule.kind))
        and (rule.city_id is None or rule.city_id == _city_of(ticket))
        and (not rule.words or _has_any(written, words_of(rule.words)))
    )


def _city_of(ticket: Ticket) -> int | None:
    if ticket.city_id or ticket.building is None:
        return ticket.city_id
    return ticket.building.city_id


def words_of(text: str) -> list[str]:
    """The folded words and phrases of a rule."""
    return [word for word in (fold(part) for part in _BETWEEN.split(text)) if word]


def _has_any(written: str, words: Iterable[str]) -> bool:
    """By their beginnings: endings change ("интернет", "интернета")."""
    spaced = f" {written}"
    return any(f" {word}" in spaced for word in words)


# --- in turn ----------------------------------------------------------------------------------
def _locked_members(queue_id: int) -> list[QueueMember]:
    """The rows of all who take tickets here, in other queues too: so counts of theirs hold."""
    people = list(
        QueueMember.objects.filter(queue=queue_id, user__in=desk_people()).values_list("user_id")
    )
    ids = [user_id for (user_id,) in people]
    return locked_by_key(QueueMember.objects.filter(user__in=ids))


def _next_of(members: list[QueueMember]) -> QueueMember | None:
    free = _with_room(members)
    if not free:
        return None
    never = datetime.min.replace(tzinfo=clock.now().tzinfo)
    return min(free, key=lambda row: (row.last_given_at or never, row.pk))


def _with_room(members: list[QueueMember]) -> list[QueueMember]:
    limited = [row.user_id for row in members if row.most_open]
    if not limited:
        return members
    rows = Ticket.objects.filter(assignee__in=limited, state__in=OPEN_STATES).order_by()
    counted = rows.values("assignee").annotate(count=Count("pk"))
    counts = {row["assignee"]: row["count"] for row in counted}
    return [
        row for row in members if not row.most_open or counts.get(row.user_id, 0) < row.most_open
    ]


def _later_than(moments: Iterable[datetime | None]) -> datetime:
    """Now, or a tick after the last: whoever was given a ticket stands behind all the others."""
    last = max((moment for moment in moments if moment), default=None)
    now = clock.now()
    return now if last is None or now > last else last + _TICK
