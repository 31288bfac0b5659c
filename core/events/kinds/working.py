"""Working many requests: rules that give them out, lists that are taken away."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import PROVIDER, owner
from core.events.registry import EventKind

KINDS = [
    EventKind(
        "assignment_rules.changed",
        _("Rules of assignment changed"),
        {PROVIDER: frozenset()},
        icon="adjustments",
    ),
    # Of the organization: who took its requests away in a file, and how many, is on record.
    EventKind("requests.exported", _("Requests exported"), owner("count"), icon="download"),
]
