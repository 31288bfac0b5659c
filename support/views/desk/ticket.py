"""The page of one ticket for the staff: what was said, what is promised, what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.http import Request
from core.navigation import url_if_any
from core.parts.rows import FileRow
from core.polling import go_by, not_modified, stamp
from core.uploads import ending_of
from core.workflow import Transition
from support.choices import DeskSide, MacroFor
from support.desk_choices import desk_choices
from support.drawing import drawn
from support.filters import TicketFilter
from support.forms.desk import AnswerForm, HoldForm, MergeForm, NoteForm, SayForm, SortForm
from support.linking import LINKABLE, links_of
from support.models import Ticket
from support.selectors.desk_observers import observers_panel
from support.selectors.desk_ticket import (
    Block,
    Neighbours,
    blocks_of,
    due_lines,
    mergeable_with,
    neighbours,
    newest_event,
    others_of_customer,
)
from support.selectors.macros import get_macro, macros_for
from support.selectors.outages import outage_at
from support.selectors.relations import relations_of
from support.selectors.thread import FileLine, ThreadEntry, thread_of
from support.selectors.tickets import get_ticket
from support.services.fields import fields_of
from support.services.macros import text_of
from support.services.presence import others_at
from support.services.scoring import scoring_of
from support.ticket_workflow import TICKET_WORKFLOW, cases_of, sides_of, works_the_desk
from support.views.customer.held import FilesOfForm, files_hint
from support.views.desk.door import readers
from support.views.desk.list import TRAIL, sort_of

PAGE = "support/desk/ticket.html"
# What refreshes itself; what is being written stands between the two.
FRAGMENTS = {
    "standing": "support/desk/standing.html",
    "thread": "support/desk/thread.html",
}
TRAIL_LENGTH = 2000
PICTURES = frozenset({"jpg", "jpeg", "png"})
# Made in the same step as an answer, where the table allows it from where the ticket is.
WITH_ANSWER = ("await_customer", "solve", "reopen")


@readers
@require_GET
def desk_ticket(request: Request, number: str) -> HttpResponse:
    actor = request.actor
    fragment = request.GET.get("fragment", "")
    ticket = get_ticket(actor, number)
    if fragment in FRAGMENTS:
        go_by(request, (newest_event(ticket), ticket.version, _present(actor, ticket)))
        unchanged = not_modified(request)
        if unchanged is not None:
            return unchanged
        context = _refreshed(actor, ticket, fragment) | trail_context(request, actor, ticket)
        return stamp(request, render(request, FRAGMENTS[fragment], context))
    return show(request, ticket)


def show(
    request: Request,
    ticket: Ticket,
    answer: AnswerForm | None = None,
    note: NoteForm | None = None,
    *,
    files: FilesOfForm | None = None,
    status: int = 200,
    **changed: Any,
) -> HttpResponse:
    """The page, with what was typed where it was refused. `files` belong to the form given."""
    actor = request.actor
    acts = works_the_desk(actor)
    entries = thread_of(actor, ticket)
    answer, note = _with_macro(request, ticket, answer, note)
    seen = _seen(ticket)
    context = (
        _thread(entries)
        | _standing(actor, ticket)
        | {
            "acts": acts,
            "answer": _composer(request, answer, AnswerForm, seen, files) if acts else None,
            "note": _composer(request, note, NoteForm, seen, files),
            "opens": "note" if note is not None or not acts else "answer",
            "file_hint": files_hint(),
            "with_answer": _with_answer(actor, ticket),
            "to": _recipient(ticket),
            "macros": macros_for(actor, ticket) if acts else [],
            "help_url": url_if_any("help_suggest"),
        }
        | aside_context(actor, ticket)
        | trail_context(request, actor, ticket)
        | {"crumbs": [(_("Support desk"), _back(request)), (ticket.number, "")]}
        | changed
    )
    return render(request, PAGE, context, status=status)


def _with_macro(
    request: Request, ticket: Ticket, answer: AnswerForm | None, note: NoteForm | None
) -> tuple[AnswerForm | None, NoteForm | None]:
    """Without scripts a macro is chosen by a link to this page, which then has its text."""
    key = request.GET.get("macro", "")
    if not key or answer or note or not works_the_desk(request.actor):
        return answer, note
    macro = get_macro(request.actor, key)
    if macro.archived_at is not None:
        return answer, note
    text = text_of(request.actor, ticket, macro)
    put_in = {"macro": macro.public_id, "body": text} | _seen(ticket)
    if macro.into == MacroFor.NOTE:
        return answer, NoteForm(initial=put_in)
    return AnswerForm(initial=put_in), note


def _seen(ticket: Ticket) -> dict[str, Any]:
    """What the writer is looking at: what happens from now on is told as a conflict."""
    return {"version": ticket.version, "since": clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f%z")}


@dataclass(frozen=True, slots=True)
class Composer:
    """A form in which something is written, with the files that are kept for it."""

    form: SayForm
    files: FilesOfForm

    @property
    def is_refused(self) -> bool:
        return bool(self.form.errors or self.files.refusals)


def _composer(
    request: Request,
    given: SayForm | None,
    empty: type[SayForm],
    seen: dict[str, Any],
    files: FilesOfForm | None,
) -> Composer:
    """The form as it was sent, with its files; otherwise an empty one."""
    if given is not None and files is not None:
        return Composer(given, files)
    form = given or empty(initial=seen)
    return Composer(form, FilesOfForm(request, form.token))


# --- what refreshes itself ----------------------------------------------------------------------
def _refreshed(actor: Actor, ticket: Ticket, fragment: str) -> dict[str, Any]:
    if fragment == "thread":
        return _thread(thread_of(actor, ticket)) | {"ticket": ticket}
    return _standing(actor, ticket)


def _thread(entries: Sequence[ThreadEntry]) -> dict[str, Any]:
    return {"blocks": [_shown(block) for block in blocks_of(entries)]}


def _shown(block: Block) -> dict[str, Any]:
    """A block with its words drawn and its files as rows."""
    if block.kind == "earlier":
        inner = [_shown(one) for one in block.blocks]
        return {"kind": block.kind, "key": block.key, "said": block.said, "blocks": inner}
    if block.kind == "events":
        return {"kind": block.kind, "key": block.key, "entries": block.entries, "last": block.last}
    entry = block.entry
    files = [_file_row(file, entry.is_internal) for file in entry.files]
    return {"kind": block.kind, "entry": entry, "html": drawn(entry), "files": files}


def _file_row(file: FileLine, is_internal: bool) -> FileRow:
    picture = ""
    if ending_of(file.name) in PICTURES:
        kind = "note" if is_internal else "message"
        picture = reverse("desk_picture", args=[kind, file.public_id])
    return FileRow(
        file.name,
        file.url,
        file.size,
        thumbnail=f"{picture}?small=1" if picture else "",
        preview=picture,
    )


def _standing(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """Where the ticket stands, who is there, and what this reader may do with it."""
    return {
        "ticket": ticket,
        "url": reverse("desk_ticket", args=[ticket.number]),
        "acts": works_the_desk(actor),
        "due_lines": due_lines(ticket),
        "present": others_at(actor, ticket),
        "moves": _moves(actor, ticket),
        "hold_form": HoldForm(auto_id="hold_%s"),
        "is_mine": ticket.assignee_id is not None and ticket.assignee_id == actor.user_id,
    }


def _present(actor: Actor, ticket: Ticket) -> list[tuple[int, bool]]:
    return [(one.user.pk, one.writes) for one in others_at(actor, ticket)]


def _moves(actor: Actor, ticket: Ticket) -> list[Transition]:
    sides = [side for side in sides_of(actor, ticket) if side == DeskSide.STAFF]
    return TICKET_WORKFLOW.offered(ticket.state, sides, cases_of(ticket))


def _with_answer(actor: Actor, ticket: Ticket) -> list[Transition]:
    return [move for move in _moves(actor, ticket) if move.name in WITH_ANSWER]


# --- what is read once --------------------------------------------------------------------------
def aside_context(
    actor: Actor, ticket: Ticket, sort_form: SortForm | None = None
) -> dict[str, Any]:
    known = desk_choices()
    own = fields_of(ticket.category, internal=True)
    acts = works_the_desk(actor)
    return {
        "sort_form": sort_form or (SortForm(ticket, known, own) if acts else None),
        "filled_in": [
            (field.label, _in_words(ticket.fields[field.public_id]))
            for field in own
            if ticket.fields.get(field.public_id) not in (None, "")
        ],
        "people": known.people,
        "links": links_of(actor, [ticket]).get(ticket.pk, []),
        "link_kinds": [(kind.value, kind.label) for kind in LINKABLE],
        "tags": sorted(tag.name for tag in ticket.tags.all()),
        "known_tags": list(known.tags),
        "others": others_of_customer(actor, ticket),
        "mergeable": mergeable_with(actor, ticket) if acts else [],
        "relations": relations_of(actor, ticket),
        "merge_form": MergeForm(auto_id="merge_%s"),
        "scoring": scoring_of(ticket),
        "outage": outage_at(actor, ticket.building_id),
    } | observers_panel(actor, ticket)


def _in_words(value: Any) -> str:
    return {True: _("yes"), False: _("no")}[value] if isinstance(value, bool) else str(value)


def _recipient(ticket: Ticket) -> str:
    """To whom an answer goes: who must not be mistaken is named."""
    name, email = ticket.requester_name, ticket.requester_email
    return f"{name} <{email}>" if name and email else name or email


# --- the list that it was opened from -----------------------------------------------------------
def trail_of(request: Request) -> str:
    """The query of the list that the ticket was opened from; "" where it was none."""
    return (request.POST.get(TRAIL) or request.GET.get(TRAIL, ""))[:TRAIL_LENGTH]


def trail_context(request: Request, actor: Actor, ticket: Ticket) -> dict[str, Any]:
    trail = trail_of(request)
    suffix = QueryDict(mutable=True)
    if trail:
        suffix[TRAIL] = trail
    return {
        "trail": trail,
        "trail_suffix": f"?{suffix.urlencode()}" if trail else "",
        "trail_more": f"&{suffix.urlencode()}" if trail else "",
        "beside": _beside(actor, ticket, trail),
    }


def _beside(actor: Actor, ticket: Ticket, trail: str) -> Neighbours:
    if not trail:
        return Neighbours()
    query = QueryDict(trail)
    try:
        sort = sort_of(TicketFilter(query, actor=actor), query.get("sort", ""))
    except DomainError:
        return Neighbours()
    return neighbours(actor, ticket, query, sort)


def _back(request: Request) -> str:
    trail = trail_of(request)
    return f"{reverse('desk_list')}?{trail}" if trail else reverse("desk_list")


def page_of(request: Request, number: str, **more: str) -> str:
    """The address of the ticket's page, on the way through the same list."""
    query = QueryDict(mutable=True)
    if trail := trail_of(request):
        query[TRAIL] = trail
    query.update(more)
    address = reverse("desk_ticket", args=[number])
    return f"{address}?{query.urlencode()}" if query else address
