"""What customers wrote with their scores."""

from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor
from support.figures_period import Period
from support.selectors.figures.rows import scores

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Comment:
    number: str
    subject: str
    value: int
    text: str
    moment: datetime
    agent: str


def comments(actor: Actor, period: Period) -> list[Comment]:
    """The newest of the period."""
    rows = scores(actor).filter(created_at__gte=period.begins, created_at__lt=period.ends)
    rows = rows.exclude(comment="").order_by("-created_at", "-pk")
    found = rows.select_related("ticket", "assignee")[:SHOWN]
    return [
        Comment(
            row.ticket.number,
            row.ticket.subject,
            row.value,
            row.comment,
            row.created_at,
            str(row.assignee) if row.assignee else "",
        )
        for row in found
    ]
