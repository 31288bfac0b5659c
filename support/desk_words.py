"""What the desk's pages say in words."""

from django.utils.translation import gettext as _

from support.choices import Priority, TicketState
from support.desk_choices import STATE_WORDS
from support.models import Macro


def effects_of(macro: Macro) -> list[str]:
    """What a macro changes beside the text that it puts in, one line each."""
    lines = []
    if macro.state:
        words = STATE_WORDS[TicketState(macro.state)]
        lines.append(_("State: %(state)s") % {"state": words})
    if macro.priority:
        words = Priority(macro.priority).label
        lines.append(_("Priority: %(priority)s") % {"priority": words})
    if macro.queue is not None:
        lines.append(_("Queue: %(queue)s") % {"queue": macro.queue})
    if macro.takes:
        lines.append(_("The ticket becomes yours"))
    names = [tag.name for tag in macro.tags.all()]
    if names:
        lines.append(_("Tags: %(tags)s") % {"tags": ", ".join(names)})
    return lines
