"""What the page of a request says of its deadline: warnings, a clock that stands, the question."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.models import Event
from core.parts.text import day_in_words
from core.timeline import sides_on
from core.workflow import Text
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, RequestNote
from subscriptions.selectors.request_history import CORRESPONDENTS
from subscriptions.services.requests.deadlines import awaited_side
from subscriptions.waiting import level_in_words

_MINUTES = 60


def deadline_lines(actor: Actor, request: ConnectionRequest) -> list[Text]:
    """In the order they are read; of roles, never of names of the other side."""
    lines: list[Text] = []
    if request.warned_at is not None and request.state != RequestState.ON_HOLD:
        lines.append(_("A warning was sent %(when)s.") % {"when": _moment(request.warned_at)})
    if request.escalated:
        lines.append(
            _("The missed deadline was passed on: %(whom)s.")
            % {"whom": _lowered(level_in_words(request.escalated, awaited_side(request)))}
        )
    stopped = clock_in_words(request)
    if stopped:
        lines.append(stopped)
    return lines


def clock_in_words(request: ConnectionRequest) -> str:
    """ "The provider's time stands still: 6 h used, 10 h left"; "" while it runs."""
    if request.state == RequestState.NEEDS_INFO and request.asked_left is not None:
        return _("The provider's time stands still: %(used)s used, %(left)s left.") % {
            "used": hours_in_words(request.asked_used or 0),
            "left": hours_in_words(request.asked_left),
        }
    if request.state == RequestState.ON_HOLD and request.held_left is not None:
        return _("The time stands still: %(used)s used, %(left)s left.") % {
            "used": hours_in_words(request.held_used or 0),
            "left": hours_in_words(request.held_left),
        }
    return ""


def hours_in_words(minutes: int) -> str:
    """Working minutes as "6 h", "6 h 30 min", "20 min"."""
    hours, left = divmod(minutes, _MINUTES)
    if not hours:
        return _("%(count)s min") % {"count": left}
    if not left:
        return _("%(count)s h") % {"count": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": left}


def question_of(actor: Actor, request: ConnectionRequest) -> str:
    """What the provider asks, while it is asked: for the two sides that correspond."""
    sides = sides_on(actor, request)
    if request.state != RequestState.NEEDS_INFO or not sides & CORRESPONDENTS:
        return ""
    asked = Event.objects.filter(
        subject_type=request._meta.label_lower, subject_id=request.pk, kind="request.needs_info"
    ).order_by("-id")
    data = asked.values_list("data", flat=True).first() or {}
    note = RequestNote.objects.filter(request=request, pk=data.get("note") or 0)
    return note.values_list("text", flat=True).first() or ""


def asked_of(actor: Actor, request: ConnectionRequest) -> str:
    """Of whom something is asked, as the reader knows them; "" while nothing is."""
    if request.state != RequestState.NEEDS_INFO:
        return ""
    if PartyRole.OWNER in sides_on(actor, request):
        return _("The provider asks you")
    return _("Asked of %(who)s") % {"who": request.owner.name}


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{day_in_words(local.date(), clock.today())}, {local:%H:%M}"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
