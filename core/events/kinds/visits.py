"""Visits and the slots they take. That a visit is agreed upon or moved is told by `requests`."""

from django.utils.translation import gettext_lazy as _

from core.choices import PartyRole
from core.events.kinds.audiences import EITHER_SIDE, OWNER, PROVIDER, owner
from core.events.registry import EventKind


def _both(*fields: str) -> dict[PartyRole, frozenset[str]]:
    return dict.fromkeys((OWNER, PROVIDER), frozenset(fields))


KINDS = [
    EventKind(
        "visit.held",
        _("Time of a visit held"),
        _both("number", "starts_at", "ends_at"),
        icon="calendar-plus",
    ),
    EventKind(
        "visit.released",
        _("Held time given up"),
        _both("number", "starts_at"),
        icon="calendar-minus",
    ),
    EventKind(
        "visit.hold_expired",
        _("Held time ran out"),
        _both("number", "starts_at"),
        frozenset({OWNER}),
        "calendar-off",
    ),
    EventKind(
        "visit.reminded",
        _("Reminder of a visit"),
        _both("number", "starts_at"),
        EITHER_SIDE,
        "calendar-due",
    ),
    EventKind(
        "visit.link_revoked",
        _("Client's link of a visit revoked"),
        _both("number"),
        icon="link-off",
    ),
    EventKind("slots.changed", _("Slots of visits changed"), owner("what"), icon="calendar-cog"),
    EventKind("calendar_feed.created", _("Calendar feed created"), owner("scope"), icon="rss"),
    EventKind("calendar_feed.revoked", _("Calendar feed revoked"), owner("scope"), icon="rss"),
]
