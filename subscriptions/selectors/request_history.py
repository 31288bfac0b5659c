"""What happened to a request, as the reader's side may know it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, PartyRole
from core.parts.rows import TimelineEntry
from core.parts.text import day_in_words, money
from core.prepared import Prepared
from core.timeline import Entry, read_timeline, sides_on
from subscriptions.choices import CancelReason, RejectReason, RequestState
from subscriptions.models import (
    Commission,
    ConnectionRequest,
    RequestFile,
    RequestNote,
    Subscription,
)
from subscriptions.request_workflow import REQUEST_WORKFLOW
from subscriptions.selectors.request_things import notes_in_words, things_of
from subscriptions.waiting import passed_on_to
from users.models import CustomUser

TIMELINE_LENGTH = 50
_TONES = {
    "request.rejected": "bad",
    "request.overdue": "bad",
    "request.escalated": "bad",
    "request.due_soon": "wait",
    "request.hold_ending": "wait",
    "request.needs_info": "wait",
    "request.held": "wait",
    "request.cancelled": "stopped",
    "request.connected": "good",
    "request.completed": "good",
    "request.lapsed": "bad",
    "note.internal_added": "internal",
}
# Sides that exchange notes and files; the catalogue says the same of `note.added`, `file.added`.
CORRESPONDENTS = frozenset({PartyRole.OWNER, PartyRole.PROVIDER})
_REASONS = dict(RejectReason.choices) | dict(CancelReason.choices)


@dataclass(frozen=True, slots=True)
class History:
    """The timeline, and what was read for it that the rest of the page shows too."""

    lines: list[TimelineEntry]
    newest: int  # id of the newest event, 0 when there is none
    passed: frozenset[str]  # states that the request has been in
    files: list[RequestFile]
    subscription: Subscription | None
    commissions: list[Commission]

    @property
    def new(self) -> int:
        """How many of the lines are new to the reader."""
        return sum(line.is_new for line in self.lines)


def history(
    actor: Actor, request: ConnectionRequest, *, after: int = 0, seen: int | None = None
) -> History:
    """The newest events of the request and of what came out of it, later than the event `after`.

    What others did after the event `seen` is marked as new; nothing is where it is None. Eight
    queries at most, however many events. Files, subscription and commissions are those that the
    actor may see.
    """
    sides = sides_on(actor, request)
    subscription, commissions = _outcomes(actor, request)
    subjects: list[Model] = [request, *filter(None, [subscription]), *commissions]
    entries = read_timeline(actor, subjects, sides, limit=TIMELINE_LENGTH)
    entries = [entry for entry in entries if entry.id > after]
    files = _FILES.fetch(request.pk) if sides & CORRESPONDENTS else []
    words = _Words(actor, request, entries, files, seen)
    passed = {entry.data.get(end, "") for entry in entries for end in ("from", "to")}
    return History(
        [words.line(entry) for entry in entries],
        entries[0].id if entries else 0,
        frozenset(passed),
        files,
        subscription,
        commissions,
    )


def sees_commission(actor: Actor) -> bool:
    """Commission concerns who earns it and who owes it; a holder or a builder is never told."""
    if actor.organization is None:
        return actor.is_admin or actor.system
    return actor.kind in {OrganizationKind.AGENCY, OrganizationKind.PROVIDER}


def file_url(request: ConnectionRequest, file: RequestFile) -> str:
    return reverse("request_file", args=[request.number, file.public_id])


def visit_in_words(starts_at: datetime, ends_at: datetime) -> str:
    """ "tomorrow, 10:00–12:00", in the reader's time zone."""
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    day = day_in_words(start.date(), clock.today())
    if start.date() == end.date():
        return f"{day}, {start:%H:%M}–{end:%H:%M}"
    return f"{day}, {start:%H:%M} – {day_in_words(end.date(), clock.today())}, {end:%H:%M}"


def reason_in_words(reason: str) -> str:
    return str(_REASONS.get(reason, reason))


_FILES = Prepared(
    lambda request: RequestFile.objects.filter(request_id=request).select_related("organization")
)
_COMMISSIONS = Prepared(
    lambda request: Commission.objects.filter(request_id=request).order_by("pk")
)


def _outcomes(
    actor: Actor, request: ConnectionRequest
) -> tuple[Subscription | None, list[Commission]]:
    """The subscription and the commissions, which have events of their own."""
    if request.state != RequestState.CONNECTED:
        return None, []
    subscription = Subscription.objects.visible_to(actor).filter(origin=request).first()
    if not sees_commission(actor):
        return subscription, []
    return subscription, _COMMISSIONS.fetch(request.pk)


class _Words:
    """Turns entries into lines; the notes and people that they name are read in bulk."""

    def __init__(
        self,
        actor: Actor,
        request: ConnectionRequest,
        entries: Sequence[Entry],
        files: Sequence[RequestFile],
        seen: int | None,
    ) -> None:
        self._request = request
        self._seen = seen
        self._notes = _notes_of(actor, request, _named(entries, "note"))
        self._files = {file.pk: file for file in files}
        self._people = CustomUser.objects.in_bulk(_named(entries, "assignee"))
        self._things = things_of(actor, request, entries)

    def line(self, entry: Entry) -> TimelineEntry:
        # Of a subscription's papers the ids are others.
        file = self._files.get(entry.data.get("file", 0)) if entry.kind == "file.added" else None
        return TimelineEntry(
            icon=entry.icon,
            title=title_of_entry(entry),
            moment=entry.at,
            text="\n".join(part for part in self._texts(entry.data, file) if part),
            who=", ".join(part for part in (entry.person, entry.organization) if part),
            url=file_url(self._request, file) if file else "",
            tone=_TONES.get(entry.kind, "neutral"),
            is_new=self._seen is not None and entry.id > self._seen and not entry.by_reader,
        )

    def _texts(self, data: Mapping[str, Any], file: RequestFile | None) -> list[str]:
        return [
            file.name if file else "",
            self._assignee(data),
            _visit(data),
            reason_in_words(data.get("reason", "")),
            _until(data),
            passed_on_to(data),
            money(Decimal(data["amount"]), data["currency"]) if "amount" in data else "",
            self._things.words(data),
            self._notes.get(data.get("note", 0), ""),
        ]

    def _assignee(self, data: Mapping[str, Any]) -> str:
        if "assignee" not in data:
            return ""
        person = self._people.get(data["assignee"] or 0)
        return str(person) if person else _("to nobody")


def _notes_of(actor: Actor, request: ConnectionRequest, ids: Sequence[int]) -> dict[int, str]:
    """The notes that the reader may read, with the names of colleagues whom they mention."""
    notes = RequestNote.objects.readable_by(actor).filter(request=request, pk__in=ids)
    return notes_in_words(actor, notes.select_related("organization"))


def _named(entries: Sequence[Entry], field: str) -> list[int]:
    return [entry.data[field] for entry in entries if entry.data.get(field)]


def title_of_entry(entry: Entry) -> Any:
    """A plain move is called by the state it led to: "Approved" says more than "moved on"."""
    target = REQUEST_WORKFLOW.states.get(entry.data.get("to", ""))
    if entry.kind == "request.moved" and target is not None:
        return target.label
    return entry.title


def _visit(data: Mapping[str, Any]) -> str:
    starts_at = parse_datetime(data.get("starts_at", ""))
    ends_at = parse_datetime(data.get("ends_at", ""))
    return visit_in_words(starts_at, ends_at) if starts_at and ends_at else ""


def _until(data: Mapping[str, Any]) -> str:
    until = parse_date(data.get("until", ""))
    if until is None:
        return ""
    return _("Until %(day)s") % {"day": day_in_words(until, clock.today())}
