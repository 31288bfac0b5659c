"""The support desk: tickets, and what is written in them.

`SUPPORT` is the side of the staff: no organization stands on it, so that what is for it alone
reaches no webhook, no bell of a customer and no export of theirs.
"""

from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole
from core.events.kinds.audiences import OWNER
from core.events.registry import EventKind

SUPPORT = PartyRole.SUPPORT
_OWNER = frozenset({OWNER})
_DESK = frozenset({SUPPORT})


def _both(*fields: str) -> dict:
    return dict.fromkeys((OWNER, SUPPORT), frozenset({"number", *fields}))


def _desk(*fields: str) -> dict:
    return {SUPPORT: frozenset({"number", *fields})}


KINDS = [
    EventKind("ticket.opened", _("Ticket opened"), _both("category"), _OWNER, "message-plus"),
    EventKind(
        "ticket.answered",
        _("Support has answered"),
        _both("message"),
        _OWNER | _DESK,
        "message",
        # The letter with the answer itself goes out beside it (support.services.mail).
        mailed=False,
    ),
    EventKind(
        "ticket.replied",
        _("Answer of the customer"),
        _both("message"),
        _DESK,
        "message-reply",
        # Who works the desk all day would get a letter for every word.
        mailed=False,
    ),
    EventKind(
        "ticket.state_changed", _("State changed"), _both("from", "to", "until"), icon="refresh"
    ),
    EventKind("ticket.solved", _("Ticket solved"), _both(), _OWNER, "circle-check"),
    EventKind("ticket.reopened", _("Ticket reopened"), _both(), _DESK, "rotate", mailed=False),
    EventKind("ticket.closed", _("Ticket closed"), _both(), icon="archive"),
    EventKind("ticket.scored", _("Ticket scored"), _both("score"), _DESK, "star", mailed=False),
    EventKind("ticket.linked", _("Linked"), _both("link", "id"), icon="link"),
    EventKind("ticket.unlinked", _("Link removed"), _both("link", "id"), icon="unlink"),
    EventKind("ticket.merged", _("Tickets merged"), _both("other"), _OWNER, "arrow-merge"),
    EventKind("ticket.split", _("Ticket split"), _both("other"), icon="arrows-split"),
    # What follows is the desk's own.
    EventKind("ticket.noted", _("Internal note"), _desk("note", "mentioned"), _DESK, "lock"),
    EventKind("ticket.assigned", _("Assigned"), _desk("assignee", "by_rule"), _DESK, "user"),
    EventKind("ticket.sorted", _("Sorted"), _desk("fields", "from", "to"), icon="arrows-sort"),
    EventKind("ticket.tagged", _("Tags changed"), _desk("added", "removed"), icon="tag"),
    EventKind("ticket.related", _("Related to a ticket"), _desk("other", "kind"), icon="link"),
    EventKind("ticket.observed", _("Observers changed"), _desk("added", "removed"), icon="eye"),
    EventKind("ticket.fields_changed", _("Data filled in"), _desk("fields"), icon="forms"),
    EventKind(
        "ticket.due_soon", _("Deadline is near"), _desk("deadline"), _DESK, "clock-exclamation"
    ),
    EventKind(
        "ticket.escalated",
        _("Missed deadline passed on"),
        _desk("deadline", "level"),
        _DESK,
        "arrow-up-circle",
    ),
    EventKind(
        "ticket.mail_failed",
        _("Letter did not go out"),
        _desk("message"),
        _DESK,
        "mail-exclamation",
    ),
    EventKind("desk.changed", _("Desk set up anew"), {SUPPORT: frozenset({"what", "id"})}),
    EventKind("article.changed", _("Article changed"), {SUPPORT: frozenset({"article"})}),
    EventKind("article.published", _("Article published"), {SUPPORT: frozenset({"article"})}),
]
