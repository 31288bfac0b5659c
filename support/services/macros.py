"""Prepared texts: kept, and put to use with what goes with them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError
from core.events import emit
from subscriptions.services.requests.input import clean_text
from support.choices import MacroFor, Priority, TicketState
from support.macros import rendered, unknown_variables
from support.models import Macro, Queue, Tag, Ticket, TicketCategory
from support.selectors.macros import get_macro
from support.services.assignment import give
from support.services.desk_rows import check_works, locked_for_desk
from support.services.moving import move_ticket
from support.services.notes import add_note, was_noted
from support.services.sorting import sort_ticket
from support.services.tags import change_tags, tags_named
from support.services.talking import answer
from support.ticket_workflow import TICKET_WORKFLOW, cases_of, sides_of

NAME_LENGTH, BODY_LENGTH = 80, 10_000
OWN_AT_MOST = 100
# A hold needs a day and a name, which no macro knows; what is new was never touched.
STATES = (TicketState.OPEN, TicketState.PENDING, TicketState.SOLVED, TicketState.CLOSED)


# --- kept -------------------------------------------------------------------------------------
def save_macro(
    actor: Actor,
    macro: Macro | None,
    *,
    name: str,
    body: str = "",
    into: str = MacroFor.ANSWER,
    category: TicketCategory | None = None,
    state: str = "",
    priority: str = "",
    queue: Queue | None = None,
    takes: bool = False,
    tags: Iterable[str] = (),
    is_own: bool = True,
    position: int = 0,
) -> Macro:
    """Adds a macro, or (with `macro`) changes it: one's own, or with `is_own` off the desk's.

    Raises NotVisible, Forbidden, or DomainError with `field`.
    """
    check_works(actor)
    with transaction.atomic():
        row = _row(actor, macro) if macro else _new(actor)
        row.owner = (row.owner or actor.user) if is_own else None
        row.name, row.body = name, body
        row.into, row.state, row.priority = into, state, priority
        row.category, row.queue, row.takes, row.position = category, queue, takes, position
        wanted = tags_named(tags)
        check_macro(row, has_tags=bool(wanted))
        row.save()
        row.tags.set(wanted)
        tell_macro(actor, row)
    return row


def archive_macro(actor: Actor, macro: Macro, *, archived: bool = True) -> Macro:
    """Takes a macro out of use, or back into it. Raises NotVisible, Forbidden."""
    check_works(actor)
    with transaction.atomic():
        row = _row(actor, macro)
        if (row.archived_at is not None) != archived:
            row.archived_at = clock.now() if archived else None
            row.save(update_fields=["archived_at"])
            tell_macro(actor, row)
    return row


def check_macro(macro: Macro, *, has_tags: bool = False) -> None:
    """Cleans what was typed. Raises DomainError with `field`."""
    macro.name = " ".join(clean_text(macro.name, NAME_LENGTH, "name").split())
    if not macro.name:
        raise DomainError(_("Say what the macro is called."), field="name")
    macro.body = clean_text(macro.body, BODY_LENGTH, "body")
    unknown = unknown_variables(macro.body)
    if unknown:
        raise DomainError(
            _("There is no variable “%(name)s”.") % {"name": unknown[0].strip()[:60]}, field="body"
        )
    for column, known in (("into", MacroFor.values), ("priority", ["", *Priority.values])):
        if getattr(macro, column) not in known:
            raise DomainError(_("Choose one of the list."), field=column)
    if macro.state not in ("", *STATES):
        raise DomainError(_("A macro cannot set this state."), field="state")
    if macro.only_text and not macro.body and not has_tags:
        raise DomainError(_("Write a text, or say what is done."), field="body")


def tell_macro(actor: Actor, macro: Macro) -> None:
    emit(actor, "desk.changed", macro, {}, {"what": "macro", "id": macro.pk})


def _row(actor: Actor, macro: Macro) -> Macro:
    found = get_macro(actor, macro.public_id)
    return Macro.objects.select_for_update().get(pk=found.pk)


def _new(actor: Actor) -> Macro:
    own = Macro.objects.filter(owner=actor.user, archived_at=None)
    if actor.user is not None and own.count() >= OWN_AT_MOST:
        raise DomainError(_("There are enough macros of yours: archive one first."), field="name")
    return Macro()


# --- put to use -------------------------------------------------------------------------------
def text_of(actor: Actor, ticket: Ticket, macro: Macro) -> str:
    """The macro's text for this ticket, to be read once more before it is sent."""
    return rendered(macro.body, actor, ticket)


def run_macro(
    actor: Actor,
    ticket: Ticket,
    macro: Macro,
    body: str | None = None,
    *,
    uploads: Sequence[UploadedFile] = (),
    form_token: UUID | None = None,
    version: int | None = None,
) -> Ticket:
    """Answers (or notes) and sets what the macro sets, all of it or nothing; the ticket afterwards.

    `body` is the text as it was gone over, None for the macro's own; with no text nothing is said.
    `form_token` is that of the answer's form: the second time nothing is done. Raises what its
    steps raise.
    """
    found = get_macro(actor, macro.public_id)
    if found.archived_at is not None:
        raise Conflict(_("This macro is not in use any more."))
    with transaction.atomic():
        row = locked_for_desk(actor, ticket, None if _was_sent(ticket, form_token) else version)
        if _was_sent(row, form_token):
            return row
        _sort(actor, row, found)
        text = text_of(actor, row, found) if body is None else body
        _say_and_move(actor, row, found, text, uploads, form_token)
    return Ticket.objects.get(pk=row.pk)


def _was_sent(ticket: Ticket, form_token: UUID | None) -> bool:
    if form_token is None:
        return False
    was_said = ticket.messages.filter(form_token=form_token).exists()
    return was_said or was_noted(ticket, form_token)


def _sort(actor: Actor, ticket: Ticket, macro: Macro) -> None:
    queue = macro.queue if macro.queue and macro.queue.is_active else None
    if macro.priority or queue:
        sort_ticket(actor, ticket, priority=macro.priority, queue=queue)
    row = Ticket.objects.get(pk=ticket.pk)
    kept = {tag.pk for tag in row.tags.all()}
    added: list[Tag] = [tag for tag in macro.tags.all() if tag.pk not in kept]
    change_tags(actor, row, added, [])
    if macro.takes and actor.user is not None and row.assignee_id != actor.user_id:
        give(actor, row, actor.user)


def _say_and_move(
    actor: Actor,
    ticket: Ticket,
    macro: Macro,
    text: str,
    uploads: Sequence[UploadedFile],
    form_token: UUID | None,
) -> None:
    row = Ticket.objects.get(pk=ticket.pk)
    then = move_to(actor, row, macro.state)
    says = bool(text.strip() or uploads)
    extra: dict[str, Any] = {"uploads": uploads, "form_token": form_token}
    if says and macro.into == MacroFor.ANSWER:
        answer(actor, row, text, then=then, **extra)
        return
    if says:
        add_note(actor, row, text, **extra)
    if then:
        move_ticket(actor, row.number, then)


def move_to(actor: Actor, ticket: Ticket, state: str) -> str:
    """The name of the move that leads to `state`; "" where the ticket is in it already.

    Raises Conflict where none leads there from where it is.
    """
    if not state or ticket.state == state:
        return ""
    offered = TICKET_WORKFLOW.offered(ticket.state, sides_of(actor, ticket), cases_of(ticket))
    for transition in offered:
        if transition.target == state and not transition.requires:
            return transition.name
    raise Conflict(
        _("The ticket is “%(now)s” now: it cannot become “%(wanted)s”.")
        % {"now": ticket.get_state_display(), "wanted": TicketState(state).label}  # type: ignore[attr-defined]
    )
