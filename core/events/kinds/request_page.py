"""What people write, add and tick on the page of a request."""

from django.utils.translation import gettext_lazy as _

from core.events.kinds.audiences import EITHER_SIDE, OWNER, PROVIDER
from core.events.registry import EventKind


def _either(*fields: str) -> dict:
    return dict.fromkeys((OWNER, PROVIDER), frozenset({"number", *fields}))


def _provider(*fields: str) -> dict:
    return {PROVIDER: frozenset(fields)}


KINDS = [
    EventKind(
        "note.internal_added",
        _("Internal note"),
        # `mentioned`: ids of the colleagues it names, who are told by an event of their own.
        _either("note", "mentioned"),
        EITHER_SIDE,
        "lock",
        own_alone=True,
    ),
    EventKind(
        "note.mentioned",
        _("You are mentioned"),
        _either("note", "mentioned"),
        EITHER_SIDE,
        "at",
        own_alone=True,
        in_timeline=False,
    ),
    EventKind("file.removed", _("File removed"), _either(), icon="file-x"),
    EventKind(
        "request.linked",
        _("Request linked"),
        _either("other", "relation"),
        icon="link",
        own_alone=True,
    ),
    EventKind(
        "request.unlinked",
        _("Link removed"),
        _either("other", "relation"),
        icon="unlink",
        own_alone=True,
    ),
    EventKind("request.fields_changed", _("Data filled in"), _either("fields"), icon="forms"),
    EventKind(
        "request.own_fields_changed",
        _("Own data filled in"),
        _either("fields"),
        icon="forms",
        own_alone=True,
    ),
    EventKind(
        "checklist.ticked", _("Done by the checklist"), _provider("number", "item"), icon="checkbox"
    ),
    EventKind(
        "checklist.unticked",
        _("Taken back in the checklist"),
        _provider("number", "item"),
        icon="square",
    ),
    EventKind("checklist.template_changed", _("Checklist changed"), _provider(), icon="list-check"),
    EventKind("custom_field.created", _("Field added"), _provider(), icon="forms"),
    EventKind("custom_field.changed", _("Field changed"), _provider("fields"), icon="forms"),
    EventKind("custom_field.archived", _("Field archived"), _provider(), icon="archive"),
    EventKind("custom_field.restored", _("Field restored"), _provider(), icon="archive-off"),
]
