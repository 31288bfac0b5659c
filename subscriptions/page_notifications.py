"""How people are told of what happened on the page of a request."""

from django.utils.translation import gettext as _

from core.notifications import Telling, sentence


@sentence("note.internal_added")
def noted_within(telling: Telling) -> str:
    return _("%(number)s: new internal note") % {"number": telling.number}


@sentence("note.mentioned")
def mentioned(telling: Telling) -> str:
    return _("%(number)s: you are mentioned in a note") % {"number": telling.number}
