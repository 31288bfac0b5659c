"""Answers to customers and internal notes: two views, for two forms."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Conflict, DomainError, NotVisible
from core.http import Request
from core.parts.text import count_of_options
from core.querysets import refuse_invisible
from subscriptions.forms.errors import show as show_error
from support.choices import MacroFor
from support.desk_words import effects_of
from support.forms.desk import AnswerForm, NoteForm, SayForm
from support.models import Macro, Ticket
from support.selectors.desk_ticket import happened_since
from support.selectors.macros import get_macro
from support.selectors.thread import thread_of
from support.selectors.tickets import get_ticket
from support.services.macros import move_to, run_macro, text_of
from support.services.moving import move_ticket
from support.services.notes import who_reads
from support.services.talking import add_note, answer
from support.ticket_workflow import TICKET_WORKFLOW
from support.views.customer.held import FilesOfForm
from support.views.desk.door import readers, workers
from support.views.desk.ticket import page_of, show

SUGGESTIONS = 8


@workers
@require_POST
def desk_answer(request: Request, number: str) -> HttpResponse:
    """Sends what was written to the customer; `then` moves the ticket with it.

    What is refused is shown again. Where somebody was faster, the page says what they did, and
    nothing is sent until it is pressed once more.
    """
    ticket = get_ticket(request.actor, number)
    form = AnswerForm(request.POST)
    files = FilesOfForm(request, form.token)
    if files.was_changed:
        return _kept(request, ticket, form, files)
    try:
        is_said = _said(request, ticket, form, files, _answer)
    except Conflict as conflict:
        return _conflict(request, ticket, form, files, conflict)
    if not is_said:
        files.keep()
        return show(request, ticket, form, files=files, status=422)
    messages.success(request, _("The answer is sent."))
    return _done(request, ticket, form)


@readers
@require_POST
def desk_note(request: Request, number: str) -> HttpResponse:
    """Keeps an internal note, which nobody but the staff ever reads."""
    ticket = get_ticket(request.actor, number)
    form = NoteForm(request.POST)
    files = FilesOfForm(request, form.token)
    if files.was_changed:
        return _kept(request, ticket, form, files)
    if not _said(request, ticket, form, files, _note):
        files.keep()
        return show(request, ticket, note=form, files=files, status=422)
    messages.success(request, _("The internal note is added."))
    return _done(request, ticket, form)


def _said(request: Request, ticket: Ticket, form: SayForm, files: FilesOfForm, say: Any) -> bool:
    """Whether it was taken; otherwise what is wrong is in `form` or `files`."""
    if not form.is_valid() or files.refusals:
        return False
    try:
        with files.for_service() as uploads:
            say(request, ticket, form, uploads)
    except DomainError as refused:
        if refused.status != 400:
            raise
        show_error(form, refused)
        return False
    files.forget()
    return True


def _answer(request: Request, ticket: Ticket, form: SayForm, uploads: list[Any]) -> None:
    typed = form.cleaned_data
    then = request.POST.get("then", "")
    macro = _macro(request, typed["macro"])
    # What is sent to the address of answers is one, whatever was put in.
    if macro is None or macro.into != MacroFor.ANSWER:
        answer(
            request.actor,
            ticket,
            typed["body"],
            uploads=uploads,
            then=then,
            form_token=form.token,
            version=typed["version"],
        )
        return
    with transaction.atomic():
        moved = run_macro(
            request.actor,
            ticket,
            macro,
            typed["body"],
            uploads=uploads,
            form_token=form.token,
            version=typed["version"],
        )
        transition = TICKET_WORKFLOW.transitions.get(then)
        name = move_to(request.actor, moved, transition.target or "") if transition else ""
        if name:
            move_ticket(request.actor, moved.number, name)


def _note(request: Request, ticket: Ticket, form: SayForm, uploads: list[Any]) -> None:
    typed = form.cleaned_data
    macro = _macro(request, typed["macro"])
    if macro is not None and macro.into == MacroFor.NOTE:
        run_macro(
            request.actor, ticket, macro, typed["body"], uploads=uploads, form_token=form.token
        )
        return
    add_note(request.actor, ticket, typed["body"], uploads=uploads, form_token=form.token)


def _macro(request: Request, public_id: str) -> Macro | None:
    """The macro whose text was put in; one that is gone meanwhile leaves the text alone."""
    if not public_id:
        return None
    try:
        macro = get_macro(request.actor, public_id)
    except NotVisible:
        return None
    return macro if macro.archived_at is None else None


def _kept(request: Request, ticket: Ticket, form: SayForm, files: FilesOfForm) -> HttpResponse:
    """The form again, after one of its files was taken back."""
    files.keep()
    again = type(form)(initial=request.POST.dict())
    if isinstance(again, NoteForm):
        return show(request, ticket, note=again, files=files)
    return show(request, ticket, again, files=files)  # type: ignore[arg-type]


def _conflict(
    request: Request, ticket: Ticket, form: AnswerForm, files: FilesOfForm, conflict: Conflict
) -> HttpResponse:
    files.keep()
    now = get_ticket(request.actor, ticket.number)
    happened = happened_since(thread_of(request.actor, now), form.cleaned_data.get("since"))
    fresh = {
        "version": now.version,
        "since": clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
    }
    again = AnswerForm(initial=request.POST.dict() | fresh)
    return show(
        request, now, again, files=files, status=409, conflict=conflict.message, happened=happened
    )


def _done(request: Request, ticket: Ticket, form: SayForm) -> HttpResponse:
    """Back to the page, which then forgets the draft of the form that was sent."""
    return redirect(page_of(request, ticket.number, sent=str(form.token or "")))


# --- macros and names ---------------------------------------------------------------------------
@workers
@require_GET
def desk_macro_text(request: Request, number: str, public_id: str) -> HttpResponse:
    """The text of a macro for this ticket, and what else it will do; nothing is changed."""
    ticket = get_ticket(request.actor, number)
    macro = get_macro(request.actor, public_id)
    if macro.archived_at is not None:
        refuse_invisible()
    told = {
        "id": macro.public_id,
        "name": macro.name,
        "into": macro.into,
        "body": text_of(request.actor, ticket, macro),
        "effects": [str(effect) for effect in effects_of(macro)],
    }
    return JsonResponse(told)


@readers
@require_GET
def desk_colleagues(request: Request, number: str) -> HttpResponse:
    """Options for what is typed after an @ in a note: the staff who read the ticket."""
    ticket = get_ticket(request.actor, number)
    wanted = request.GET.get("q", "").strip().lower()[:80].replace("ё", "е")
    fitting = [
        one
        for one in who_reads(ticket)
        if wanted in f"{one.label} {one.email}".lower().replace("ё", "е")
    ][:SUGGESTIONS]
    context = {"colleagues": fitting, "status": count_of_options(len(fitting))}
    return render(request, "subscriptions/requests/colleagues.html", context)
