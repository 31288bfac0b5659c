"""Drafts of requests, before anybody but their owner sees them."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import owner
from core.events.registry import EventKind

KINDS = [
    EventKind("request.revised", _("Draft changed"), owner("number"), icon="pencil"),
    EventKind(
        "requests.filed_many",
        _("Requests filed from a file"),
        owner("filed", "drafted"),
        icon="upload",
    ),
]
