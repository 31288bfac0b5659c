"""What is done with a ticket beside writing: who works it, what it is about, where it stands."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.http import Request
from subscriptions.forms.errors import show as show_error
from subscriptions.views.way_back import way_back
from support.choices import DeskSide
from support.desk_choices import desk_choices
from support.forms.desk import HoldForm, SortForm
from support.models import Queue, Ticket, TicketCategory
from support.selectors.tickets import get_ticket
from support.services.assignment import assign
from support.services.fields import fields_of
from support.services.linking import link_ticket, unlink_ticket
from support.services.moving import move_ticket
from support.services.observers import add_observer, remove_observer
from support.services.presence import mark_gone, mark_present
from support.services.relations import relate, unrelate
from support.services.sorting import sort_ticket
from support.services.tags import tag_ticket
from support.ticket_workflow import TICKET_WORKFLOW
from support.views.desk.door import readers, workers
from support.views.desk.ticket import aside_context, page_of, show
from users.models import CustomUser

NOBODY = "none"


def _refused(request: Request, number: str, work: Callable[[], object], told: str) -> HttpResponse:
    """Does `work`, and says on the ticket's page what came of it."""
    try:
        work()
    except DomainError as error:
        if error.status not in (400, 404, 409):
            raise
        messages.error(request, str(error.message))
    else:
        messages.success(request, told)
    return redirect(way_back(request, page_of(request, number)))


@workers
@require_POST
def desk_take(request: Request, number: str) -> HttpResponse:
    """Gives the ticket to who presses the button; from the list too."""
    ticket = get_ticket(request.actor, number)
    told = _("%(number)s is yours now.") % {"number": ticket.number}
    return _refused(
        request, ticket.number, lambda: assign(request.actor, ticket, request.actor.user), told
    )


@workers
@require_POST
def desk_assign(request: Request, number: str) -> HttpResponse:
    ticket = get_ticket(request.actor, number)
    person = request.POST.get("user", "")
    user = None if person == NOBODY else CustomUser.objects.filter(public_id=person).first()
    if user is None and person != NOBODY:
        raise DomainError(_("Choose someone who works the desk."), field="user")
    told = _("Assigned to %(name)s.") % {"name": user} if user else _("The ticket is nobody's now.")
    return _refused(request, ticket.number, lambda: assign(request.actor, ticket, user), told)


@workers
@require_POST
def desk_move(request: Request, number: str, transition: str) -> HttpResponse:
    """Moves the ticket; on hold with whom it waits for, and until when."""
    ticket = get_ticket(request.actor, number)
    row = TICKET_WORKFLOW.transitions.get(transition)
    if row is None or DeskSide.STAFF.value not in row.sides:
        raise DomainError(_("There is no such action."))
    data: dict[str, Any] = {}
    if row.requires:
        form = HoldForm(request.POST, auto_id="hold_%s")
        if not form.is_valid():
            return show(request, ticket, status=422, hold_form=form, hold_refused=True)
        data = form.cleaned_data
    version = request.POST.get("version", "")
    seen = int(version) if version.isascii() and version.isdecimal() else None
    try:
        move_ticket(request.actor, ticket.number, transition, data=data, version=seen)
    except Conflict as conflict:
        messages.error(request, str(conflict.message))
    except DomainError as error:
        if not row.requires or error.status != 400:
            raise
        show_error(form, error)
        return show(request, ticket, status=422, hold_form=form, hold_refused=True)
    else:
        messages.success(request, _("Done: %(action)s.") % {"action": row.label})
    return redirect(page_of(request, ticket.number))


@workers
@require_POST
def desk_sort(request: Request, number: str) -> HttpResponse:
    """Subject, category with its fields, queue, priority."""
    ticket = get_ticket(request.actor, number)
    known, own = desk_choices(), fields_of(ticket.category, internal=True)
    form = SortForm(ticket, known, own, request.POST)
    if form.is_valid():
        try:
            _sort(request, ticket, form)
        except Conflict as conflict:
            messages.error(request, str(conflict.message))
            return redirect(page_of(request, ticket.number))
        except DomainError as error:
            if error.status != 400:
                raise
            show_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(page_of(request, ticket.number))
    return show(request, ticket, status=422, **aside_context(request.actor, ticket, form))


def _sort(request: Request, ticket: Ticket, form: SortForm) -> None:
    typed = form.cleaned_data
    category = TicketCategory.objects.filter(public_id=typed["category"]).first()
    # Fields of a category that was just changed are filled in afterwards.
    is_same = category == ticket.category
    sort_ticket(
        request.actor,
        ticket,
        subject=typed["subject"],
        priority=typed["priority"],
        queue=Queue.objects.get(public_id=typed["queue"]),
        category=category,
        fields=form.typed_fields() if is_same and form.own else None,
        version=typed["version"],
    )


@workers
@require_POST
def desk_tags(request: Request, number: str) -> HttpResponse:
    """`add`: names between commas; `remove`: one."""
    ticket = get_ticket(request.actor, number)
    added = [name for name in request.POST.get("add", "").split(",") if name.strip()]
    removed = request.POST.getlist("remove")
    return _refused(
        request,
        ticket.number,
        lambda: tag_ticket(request.actor, ticket, add=added, remove=removed),
        _("Saved."),
    )


@workers
@require_POST
def desk_link(request: Request, number: str) -> HttpResponse:
    """`key`, a number or public id, of the kind `kind`; with `remove` (KIND:key) no more."""
    ticket = get_ticket(request.actor, number)
    removed = request.POST.get("remove", "")
    if removed:
        kind, _colon, key = removed.partition(":")
        return _refused(
            request,
            ticket.number,
            lambda: unlink_ticket(request.actor, ticket, kind, key),
            _("The link is removed."),
        )
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "").strip()
    return _refused(
        request,
        ticket.number,
        lambda: link_ticket(request.actor, ticket, kind, key),
        _("Linked."),
    )


@workers
@require_POST
def desk_observers(request: Request, number: str) -> HttpResponse:
    """`add` or `remove`: the public id of a person."""
    ticket = get_ticket(request.actor, number)
    is_added = "add" in request.POST
    person = request.POST.get("add") or request.POST.get("remove", "")
    user = CustomUser.objects.filter(public_id=person).first()
    if user is None:
        raise DomainError(_("Choose someone who can open this ticket."), field="user")
    work = add_observer if is_added else remove_observer
    return _refused(request, ticket.number, lambda: work(request.actor, ticket, user), _("Saved."))


@workers
@require_POST
def desk_relate(request: Request, number: str) -> HttpResponse:
    """`other`: the number of the ticket that has to do with this one; with `remove` no more."""
    ticket = get_ticket(request.actor, number)
    removed = request.POST.get("remove", "")

    def work() -> None:
        other = get_ticket(request.actor, removed or request.POST.get("other", ""))
        (unrelate if removed else relate)(request.actor, ticket, other)

    told = _("They are no longer related.") if removed else _("The tickets are related.")
    return _refused(request, ticket.number, work, told)


@readers
@require_POST
def desk_presence(request: Request, number: str) -> HttpResponse:
    """Says that one has the ticket before them: `writes`, or `gone` when the page is left."""
    ticket = get_ticket(request.actor, number)
    if request.POST.get("gone"):
        mark_gone(request.actor, ticket)
    else:
        mark_present(request.actor, ticket, writes=bool(request.POST.get("writes")))
    return HttpResponse(status=204)
