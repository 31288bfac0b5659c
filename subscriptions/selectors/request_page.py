"""What the page of one request shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.parts.rows import FileRow, Step
from core.parts.text import day_in_words
from core.prepared import Prepared, PreparedVisible
from core.timeline import sides_on
from core.uploads import ending_of
from core.workflow import Transition
from subscriptions.choices import AppointmentState, FileKind, RequestKind, RequestState, Side
from subscriptions.models import (
    Appointment,
    AttributionDispute,
    ChecklistItem,
    ConnectionRequest,
    CustomField,
    RequestFile,
    RequestSeen,
)
from subscriptions.request_workflow import EFFECTS, REQUEST_WORKFLOW, offered_to
from subscriptions.selectors.request_history import CORRESPONDENTS, History
from subscriptions.services.requests.files import may_remove
from subscriptions.waiting import whom
from users.models import Organization
from users.selectors import organization_by_id
from users.selectors.members import working_members

S = RequestState
# The straight way; what lies beside it is shown at the step that it left.
PATH = (S.SUBMITTED, S.CHECKING, S.APPROVED, S.SCHEDULED, S.IN_PROGRESS, S.CONNECTED)
_NOT_TAKEN = {S.REJECTED, S.CANCELLED}
_OF_A_VISIT = {S.SCHEDULED, S.IN_PROGRESS}
_FILE_ICONS = {"pdf": "file-type-pdf", "docx": "file-text", "txt": "file-text", "heic": "photo"}


_DISPUTES = AttributionDispute.objects.filter(request=OuterRef("pk")).order_by("-pk")


def _seen_by(user: int) -> QuerySet[RequestSeen]:
    return RequestSeen.objects.filter(request=OuterRef("pk"), user_id=user)


_WITH_WHAT_IS_NAMED: PreparedVisible[ConnectionRequest] = PreparedVisible(
    lambda number, user: (
        ConnectionRequest.objects.filter(number=number)
        .select_related("client", "building", "unit", "category", "plan")
        .annotate(
            dispute_state=Subquery(_DISPUTES.values("state")[:1]),
            # Seldom: what is there is read by a query of its own, what is not costs none.
            has_checklist=Exists(ChecklistItem.objects.filter(request=OuterRef("pk"))),
            has_fields=Exists(CustomField.objects.filter(provider=OuterRef("provider"))),
            # How far the reader has read; a query of its own would cost more than both.
            seen_event=Subquery(_seen_by(user).values("event_id")[:1]),
            seen_at=Subquery(_seen_by(user).values("seen_at")[:1]),
        )
    ),
    by_user=True,
)


def request_for_page(actor: Actor, number: str) -> ConnectionRequest:
    """The request with what every page about it names; NotVisible when not theirs.

    Two queries for a party. A join of all would take the planner longer than both: organizations
    are read by themselves unless the actor's own.
    """
    # People are read when they are shown: each side sees its own, and each join has its price.
    found: ConnectionRequest = _WITH_WHAT_IS_NAMED.get(actor, number)
    found.owner = _party(actor, found.owner_id)
    found.provider = _party(actor, found.provider_id)
    if actor.user is not None and found.created_by_id == actor.user_id:
        found.created_by = actor.user
    return found


def _party(actor: Actor, pk: int) -> Organization:
    own: Organization | None = actor.organization
    return own if own is not None and own.pk == pk else organization_by_id(pk)


def corresponds(actor: Actor, request: ConnectionRequest) -> bool:
    """Whether notes and files of the request are the actor's to read."""
    return bool(sides_on(actor, request) & CORRESPONDENTS)


def title_of(request: ConnectionRequest) -> str:
    """What is connected or changed, by whom, and where, in one line."""
    title = _("%(service)s “%(plan)s”, %(provider)s → %(place)s") % {
        "service": request.category.name,
        "plan": request.plan.name,
        "provider": request.provider.name,
        "place": place_in_words(request.building.address, request.unit.number),
    }
    if request.kind == RequestKind.CONNECT:
        return title
    return f"{request.get_kind_display()}: {title}"


def plan_in_words(kind: str, plan: str) -> str:
    """The plan, and what is asked for where it is not to connect it."""
    return plan if kind == RequestKind.CONNECT else f"{RequestKind(kind).label} · {plan}"


def place_in_words(address: str, unit: str) -> str:
    return _("%(address)s, unit %(unit)s") % {"address": address, "unit": unit} if unit else address


# --- what can be done -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Actions:
    """What the actor may do now: the one that is most likely, and the others."""

    primary: Transition | None
    others: list[Transition]


def actions_on(actor: Actor, request: ConnectionRequest) -> Actions:
    offered = offered_to(actor, request)
    primary = next((row for row in offered if row.style == "primary"), None)
    return Actions(primary, [row for row in offered if row is not primary])


def needs_page(transition: Transition) -> bool:
    """Whether the move asks for something, or for confirmation, before it is made."""
    return bool(transition.requires or transition.confirm)


# --- where it stands --------------------------------------------------------------------------
def steps_of(request: ConnectionRequest, passed: History) -> list[Step]:
    """The way of the request: done, where it is now, ahead; or where it ended."""
    if request.state in _NOT_TAKEN:
        done = [state for state in PATH if state in passed.passed]
        ending = REQUEST_WORKFLOW.states[request.state].label
        return [*(Step(_label(state), "done") for state in done), Step(ending, "stopped")]
    here = _step_of(request)
    note = "" if request.state == here else str(REQUEST_WORKFLOW.states[request.state].label)
    path = _path_of(request, here)
    reached = path.index(here) if here in path else -1
    return [
        Step(_label(state, request), _stage(index, reached, request), note * (index == reached))
        for index, state in enumerate(path)
    ]


def _path_of(request: ConnectionRequest, here: str) -> list[str]:
    """The steps of a visit stand on the way only where there is one, or is to be."""
    if request.needs_visit or here in _OF_A_VISIT:
        return [*PATH]
    return [state for state in PATH if state not in _OF_A_VISIT]


def _step_of(request: ConnectionRequest) -> str:
    state = request.held_from if request.state == S.ON_HOLD else request.state
    return S.CHECKING.value if state == S.NEEDS_INFO else state


def _stage(index: int, reached: int, request: ConnectionRequest) -> str:
    if index < reached or (index == reached and request.state == S.CONNECTED):
        return "done"
    return "current" if index == reached else "todo"


def _label(state: str, request: ConnectionRequest | None = None) -> Any:
    if state == S.CONNECTED and request is not None:
        return EFFECTS[RequestKind(request.kind)]
    return REQUEST_WORKFLOW.states[state].label


def awaited_in_words(request: ConnectionRequest) -> str:
    """Who has to act, for the line beside the deadline; "" in states that wait for nobody."""
    if request.state == S.ON_HOLD and request.held_until is not None:
        return _("Waiting for: %(who)s, until %(day)s") % {
            "who": whom(request),
            "day": day_in_words(request.held_until, clock.today()),
        }
    side = REQUEST_WORKFLOW.states[request.state].awaits
    if side is None:
        return ""
    return _("Next: %(who)s") % {
        "who": request.provider.name if side == Side.PROVIDER else request.owner.name
    }


def siblings_of(actor: Actor, request: ConnectionRequest) -> list[ConnectionRequest]:
    """The other requests of the bundle, for who filed it; a provider is not told of the others."""
    if request.bundle_id is None or PartyRole.OWNER not in sides_on(actor, request):
        return []
    rows = ConnectionRequest.objects.visible_to(actor).filter(bundle_id=request.bundle_id)
    shown = ("number", "state", "kind", "apply_on", "bundle__public_id")
    rows = rows.select_related("bundle").only(*shown)
    return list(rows.exclude(pk=request.pk).order_by("pk")[:20])


# --- beside the timeline ----------------------------------------------------------------------
_VISIT = Prepared(
    lambda request: (
        Appointment.objects.filter(request_id=request)
        .exclude(state=AppointmentState.CANCELLED)
        .annotate(crew=F("team__name"), signed_name=F("report__signed_name"))
        .order_by("-pk")[:1]
    )
)
_WORKERS = Prepared(
    lambda organization: (
        working_members(organization).select_related("user").order_by("user__full_name", "pk")
    )
)


def visit_of(request: ConnectionRequest) -> Appointment | None:
    """The visit that is agreed upon, or that took place."""
    visit = last_visit(request)
    return None if visit is None or visit.state == AppointmentState.HELD else visit


def last_visit(request: ConnectionRequest) -> Any:
    """The last visit that was not cancelled, a held one too; with `crew` and `signed_name`.

    Read once for a request: its state, and what a panel says of the visit, are of one moment.
    """
    known: list[Any] | None = request.__dict__.get("_last_visit")
    if known is None:
        known = request.__dict__["_last_visit"] = _VISIT.fetch(request.pk)
    return known[0] if known else None


def files_of(actor: Actor, request: ConnectionRequest, past: History) -> list[FileRow]:
    now, base = clock.now(), reverse("request_detail", args=[request.number])
    return [_file_row(actor, file, f"{base}files/{file.public_id}/", now) for file in past.files]


def _file_row(actor: Actor, file: RequestFile, url: str, now: datetime) -> FileRow:
    return FileRow(
        file.name,
        url,
        file.size,
        file.created_at,
        file.organization.name if file.organization else "",
        note="" if file.kind == FileKind.OTHER else FileKind(file.kind).label,
        icon=_FILE_ICONS.get(ending_of(file.name), "file"),
        thumbnail=f"{url}thumbnail/" if file.thumbnail else "",
        preview=f"{url}preview/" if file.preview else "",
        remove_url=f"{url}remove/" if may_remove(actor, file, now) else "",
    )


def workers_of(organization_id: int) -> dict[str, str]:
    """Who may be given a request of a provider: public id → name."""
    members = _WORKERS.fetch(organization_id)
    return {member.user.public_id: str(member.user) for member in members}
