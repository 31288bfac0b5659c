"""Two tickets about one thing become one; one about two things becomes two."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.http import Request
from subscriptions.forms.errors import show as show_error
from support.drawing import drawn
from support.forms.desk import MergeForm, SplitForm
from support.models import Ticket
from support.selectors.desk_ticket import mergeable_with
from support.selectors.thread import EntryKind, thread_of
from support.selectors.tickets import get_ticket
from support.services.merging import CONFIRMED, merge_tickets
from support.services.splitting import split_ticket
from support.views.desk.door import workers
from support.views.desk.ticket import page_of, trail_of


@workers
@require_http_methods(["GET", "POST"])
def desk_merge(request: Request, number: str) -> HttpResponse:
    """Into which ticket this one goes; where another person will read it, it is asked once more."""
    ticket = get_ticket(request.actor, number)
    if request.method == "GET":
        return _merge_page(request, ticket, MergeForm(auto_id="merge_%s"))
    form = MergeForm(request.POST, auto_id="merge_%s")
    asks = ""
    if form.is_valid():
        try:
            target = get_ticket(request.actor, form.cleaned_data["target"])
            merged = merge_tickets(
                request.actor, ticket, target, confirmed=bool(request.POST.get(CONFIRMED))
            )
        except DomainError as error:
            if error.status == 403:
                raise
            if error.field == CONFIRMED:
                asks = str(error.message)
            else:
                form.add_error("target", str(error.message))
        else:
            told = _("%(one)s is merged into %(other)s.")
            messages.success(request, told % {"one": ticket.number, "other": merged.number})
            return redirect(page_of(request, merged.number))
    return _merge_page(request, ticket, form, asks=asks, status=422)


def _merge_page(
    request: Request, ticket: Ticket, form: MergeForm, *, asks: str = "", status: int = 200
) -> HttpResponse:
    context = _context(request, ticket, _("Merge")) | {
        "form": form,
        "asks": asks,
        "confirmed": CONFIRMED,
        "mergeable": mergeable_with(request.actor, ticket),
    }
    return render(request, "support/desk/merge.html", context, status=status)


@workers
@require_http_methods(["GET", "POST"])
def desk_split(request: Request, number: str) -> HttpResponse:
    """The messages of which a new ticket is made, ticked in the thread."""
    ticket = get_ticket(request.actor, number)
    if request.method == "GET":
        return _split_page(request, ticket, SplitForm(), request.GET.getlist("messages"))
    form, chosen = SplitForm(request.POST), request.POST.getlist("messages")
    refused = ""
    if form.is_valid():
        try:
            made = split_ticket(request.actor, ticket, chosen, form.cleaned_data["subject"])
        except DomainError as error:
            if error.status != 400:
                raise
            if error.field == "messages":
                refused = str(error.message)
            else:
                show_error(form, error)
        else:
            told = _("A new ticket: %(number)s.") % {"number": made.number}
            messages.success(request, told)
            return redirect(page_of(request, made.number))
    return _split_page(request, ticket, form, chosen, refused=refused, status=422)


def _split_page(
    request: Request,
    ticket: Ticket,
    form: SplitForm,
    chosen: list[str],
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    said = [
        (entry, drawn(entry), entry.id in chosen)
        for entry in thread_of(request.actor, ticket)
        if entry.kind == EntryKind.MESSAGE
    ]
    context = _context(request, ticket, _("Split")) | {
        "form": form,
        "said": said,
        "refused": refused,
    }
    return render(request, "support/desk/split.html", context, status=status)


def _context(request: Request, ticket: Ticket, last: str) -> dict[str, Any]:
    page = page_of(request, ticket.number)
    return {
        "ticket": ticket,
        "back": page,
        "trail": trail_of(request),
        "crumbs": [(_("Support desk"), reverse("desk_list")), (ticket.number, page), (last, "")],
    }
