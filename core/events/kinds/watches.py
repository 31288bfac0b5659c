"""What somebody waits for."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import OWNER, owner
from core.events.registry import EventKind

KINDS = [
    EventKind("watch.created", _("Availability awaited"), owner("category"), icon="bell-plus"),
    EventKind("watch.cancelled", _("Awaiting cancelled"), owner("category"), icon="bell-off"),
    EventKind(
        "watch.came_true",
        _("What you waited for can be connected"),
        owner("category"),
        frozenset({OWNER}),
        "bell-ringing",
    ),
    EventKind(
        "watch.expired",
        _("Awaiting ran out"),
        owner("category"),
        frozenset({OWNER}),
        "bell-x",
    ),
    EventKind(
        "watch_list.created",
        _("Availability of a list awaited"),
        owner("category", "count"),
        icon="bell-plus",
    ),
    EventKind(
        "watch_list.cancelled",
        _("Awaiting of a list cancelled"),
        owner("category"),
        icon="bell-off",
    ),
    EventKind(
        "watch_list.came_true",
        _("At buildings of your list it can be connected"),
        owner("category", "count"),
        frozenset({OWNER}),
        "bell-ringing",
    ),
    EventKind(
        "watch_list.expired",
        _("Awaiting of a list ran out"),
        owner("category", "count"),
        frozenset({OWNER}),
        "bell-x",
    ),
]
