"""The page of one ticket for whoever asked: what was said, what is promised, what can be done."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.html import linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import IN_CABINET, Policy, access
from core.actor import Actor
from core.errors import DomainError, NotVisible
from core.http import Request
from core.markdown import render_markdown
from core.polling import not_modified, stamp, tag_of
from core.workflow import Transition
from subscriptions.forms.errors import show
from support.choices import DeskSide
from support.forms.thread import AnswerForm, ScoreForm
from support.linking import links_of
from support.models import Ticket, TicketMessage
from support.models.tickets import LEAST_TO_WRITE
from support.selectors.customer import promises_of
from support.selectors.thread import ThreadEntry, thread_of
from support.selectors.tickets import get_ticket
from support.services.moving import is_closed_for_good, move_ticket
from support.services.scoring import ScoreState, Scoring, scoring_of
from support.services.talking import answer
from support.ticket_workflow import TICKET_WORKFLOW, cases_of, sides_of
from support.views.customer.held import FilesOfForm, files_hint
from support.views.customer.observers import observers_panel

PAGE = "support/customer/ticket.html"
# What refreshes itself; the answer that is being written stands between the two.
FRAGMENTS = {
    "standing": "support/customer/standing.html",
    "thread": "support/customer/thread.html",
}
_SAID = {
    "solve": gettext_lazy("Marked as solved. Thank you!"),
    "close": gettext_lazy("The ticket is closed."),
    "reopen": gettext_lazy("The ticket is open again: we look at it once more."),
}
WRITERS = access(Policy(least=LEAST_TO_WRITE))


@access(IN_CABINET)
@require_GET
def ticket_detail(request: Request, number: str) -> HttpResponse:
    actor = request.actor
    if actor.organization is None:
        return _to_the_desk(actor, number)
    fragment = request.GET.get("fragment", "")
    if fragment in FRAGMENTS:
        unchanged = not_modified(request)
        if unchanged is not None:
            return unchanged
    ticket = get_ticket(actor, number)
    if fragment in FRAGMENTS:
        context = _refreshed(actor, ticket, fragment)
        return stamp(request, render(request, FRAGMENTS[fragment], context))
    return page_again(request, ticket)


def _to_the_desk(actor: Actor, number: str) -> HttpResponse:
    """Staff who were sent a customer's address read the ticket where they work."""
    ticket = get_ticket(actor, number)
    try:
        return redirect("desk_ticket", ticket.number)
    except NoReverseMatch as error:
        raise NotVisible(_("There is no such page, or it is not yours to see.")) from error


def _refreshed(actor: Actor, ticket: Ticket, fragment: str) -> dict[str, Any]:
    base = {"ticket": ticket, "url": reverse("ticket_detail", args=[ticket.number])}
    if fragment == "thread":
        return base | {"entries": [(one, _drawn(one)) for one in thread_of(actor, ticket)]}
    return base | _standing(actor, ticket)


def _drawn(entry: ThreadEntry) -> SafeString:
    """The words of a message: what staff write is Markdown, what customers write is their own."""
    if entry.side == DeskSide.STAFF:
        return render_markdown(entry.body)
    # Escaped by the first of the two.
    return mark_safe(linebreaks(urlize(entry.body, nofollow=True, autoescape=True)))


def _standing(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """Where the ticket stands, and what this reader may do with it."""
    moves = moves_of(actor, ticket)
    scoring = scoring_of(ticket)
    return {
        "promises": promises_of(ticket),
        "moves": moves,
        "scoring": scoring,
        "may_score": _may_score(actor, ticket, scoring),
        "merged_into": ticket.merged_into,
    }


def _may_score(actor: Actor, ticket: Ticket, scoring: Scoring) -> bool:
    asked = DeskSide.CUSTOMER.value in sides_of(actor, ticket) and actor.leave is None
    return asked and scoring.state is ScoreState.OPEN


def moves_of(actor: Actor, ticket: Ticket) -> dict[str, Transition]:
    """The moves that this customer is offered, by name."""
    sides = [side for side in sides_of(actor, ticket) if side == DeskSide.CUSTOMER]
    offered = TICKET_WORKFLOW.offered(ticket.state, sides, cases_of(ticket))
    return {
        row.name: row for row in offered if row.name != "reopen" or not is_closed_for_good(ticket)
    }


def page_again(
    request: Request,
    ticket: Ticket,
    form: AnswerForm | None = None,
    files: FilesOfForm | None = None,
    **changed: Any,
) -> HttpResponse:
    actor = request.actor
    writes = DeskSide.CUSTOMER.value in sides_of(actor, ticket)
    form = form or AnswerForm()
    address = reverse("ticket_detail", args=[ticket.number])
    context = (
        _refreshed(actor, ticket, "thread")
        | _standing(actor, ticket)
        | {
            "form": form if writes else None,
            "files": files or FilesOfForm(request, form.token),
            "file_hint": files_hint(),
            "goes_on_elsewhere": is_closed_for_good(ticket),
            "links": links_of(actor, [ticket]).get(ticket.pk, []),
            "score_form": ScoreForm(initial=_score_given(ticket)),
            "filled_in": _filled_in(ticket),
            "poll_tag": tag_of(request, path=f"{address}?fragment=thread"),
            "crumbs": [(_("Support"), reverse("ticket_list")), (ticket.number, "")],
        }
        | observers_panel(actor, ticket)
        | changed
    )
    wrong = form.errors or context["files"].refusals or context["score_form"].errors
    return render(request, PAGE, context, status=422 if wrong else 200)


def _score_given(ticket: Ticket) -> dict[str, Any]:
    given = scoring_of(ticket).given
    return {"value": given.value, "comment": given.comment} if given else {}


def _filled_in(ticket: Ticket) -> list[tuple[str, str]]:
    """What the form of the category asked for, and what was answered."""
    if ticket.category is None or not ticket.fields:
        return []
    shown = []
    for field in ticket.category.fields.filter(is_internal=False):
        value = ticket.fields.get(field.public_id)
        if value not in (None, ""):
            words = {True: _("yes"), False: _("no")}.get(value) if value in (True, False) else value
            shown.append((field.label, str(words)))
    return shown


# --- what is done on it -------------------------------------------------------------------------
@WRITERS
@require_POST
def ticket_answer(request: Request, number: str) -> HttpResponse:
    """Adds an answer; with `then` the ticket is moved by it. What is refused is shown again."""
    ticket = get_ticket(request.actor, number)
    form = AnswerForm(request.POST)
    files = FilesOfForm(request, form.token)
    if files.was_changed:
        files.keep()
        return page_again(request, ticket, AnswerForm(initial=request.POST.dict()), files)
    message = _answered(request, ticket, form, files)
    if message is None:
        files.keep()
        return page_again(request, ticket, form, files)
    told = _("Your answer is sent.")
    if message.ticket.number != ticket.number:
        told = _("%(old)s is closed long ago, so that your words opened a new ticket.") % {
            "old": ticket.number
        }
    messages.success(request, told)
    return redirect("ticket_detail", message.ticket.number)


def _answered(
    request: Request, ticket: Ticket, form: AnswerForm, files: FilesOfForm
) -> TicketMessage | None:
    """The message, or None with what is wrong in `form` or `files`."""
    if not form.is_valid() or files.refusals:
        return None
    try:
        with files.for_service() as uploads:
            message = answer(
                request.actor,
                ticket,
                form.cleaned_data["body"],
                uploads=uploads,
                then=request.POST.get("then", ""),
                form_token=form.token,
            )
    except DomainError as error:
        if error.status != 400:
            raise
        show(form, error)
        return None
    files.forget()
    return message


@WRITERS
@require_POST
def ticket_move(request: Request, number: str) -> HttpResponse:
    """`move`: solve, close or reopen."""
    ticket = get_ticket(request.actor, number)
    name = request.POST.get("move", "")
    if name not in _SAID:
        raise DomainError(_("There is no such action."))
    moved = move_ticket(request.actor, ticket.number, name)
    messages.success(request, _SAID[name])
    return redirect("ticket_detail", moved.number)
