"""How what is told of deadlines is said."""

from django.utils.translation import gettext as _

from core.notifications import Telling, sentence
from subscriptions.choices import RequestState
from subscriptions.waiting import passed_on_to


@sentence("request.due_soon")
def due_soon(telling: Telling) -> str:
    state = telling.data.get("state")
    label = RequestState(state).label if state in RequestState.values else ""
    return _("%(number)s: the deadline is near (%(state)s)") % {
        "number": telling.number,
        "state": label,
    }


@sentence("request.hold_ending")
def hold_ending(telling: Telling) -> str:
    return _("%(number)s: the hold ends today, resume the work") % {"number": telling.number}


@sentence("request.escalated")
def escalated(telling: Telling) -> str:
    return _("%(number)s: the missed deadline has not been mended. %(whom)s") % {
        "number": telling.number,
        "whom": passed_on_to(telling.data),
    }
