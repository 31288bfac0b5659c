"""A ticket that the staff write down: of a call, of a talk, of a letter on paper."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.http import Request
from core.querysets import refuse_invisible
from subscriptions.forms.errors import show as show_error
from support.choices import Channel
from support.desk_choices import desk_choices
from support.forms.desk_new import WrittenDownForm
from support.models import Ticket, TicketCategory
from support.selectors.desk_people import Caller, callers_of, find_callers
from support.services.opening import NewTicket, Sender, open_ticket
from support.views.customer.held import FilesOfForm, files_hint
from support.views.desk.door import workers
from users.models import CustomUser

PAGE = "support/desk/new.html"


@workers
@require_http_methods(["GET", "POST"])
def desk_new(request: Request) -> HttpResponse:
    """First who asks, then what: `person` and `organization` name a customer that was found."""
    given = request.POST or request.GET
    caller = _caller(given.get("person", ""), given.get("organization", ""))
    text = request.GET.get("q", "").strip()[:100]
    form = WrittenDownForm(
        request.actor, desk_choices(), request.POST or None, has_caller=caller is not None
    )
    files = FilesOfForm(request, form.token)
    if request.method == "POST" and not files.was_changed:
        ticket = _opened(request, form, files, caller)
        if ticket is not None:
            messages.success(request, _("The ticket is written down."))
            return redirect("desk_ticket", ticket.number)
    files.keep()
    context = {
        "form": form,
        "files": files,
        "file_hint": files_hint(),
        "caller": caller,
        "text": text,
        "found": find_callers(text) if text and caller is None else [],
        "is_stranger": "stranger" in given or bool(form.is_bound and caller is None),
        "crumbs": [(_("Support desk"), reverse("desk_list")), (_("New ticket"), "")],
    }
    is_refused = request.method == "POST" and bool(form.errors or files.refusals)
    return render(request, PAGE, context, status=422 if is_refused else 200)


def _caller(person: str, organization: str) -> Caller | None:
    """Who was found; NotVisible for a pair that does not belong together."""
    if not person:
        return None
    user = CustomUser.objects.filter(public_id=person, is_active=True).first()
    for one in callers_of(user) if user else ():
        named = one.organization.public_id if one.organization else ""
        if named == organization:
            return one
    return refuse_invisible()


def _opened(
    request: Request, form: WrittenDownForm, files: FilesOfForm, caller: Caller | None
) -> Ticket | None:
    """The ticket, or None with what is wrong in `form` or `files`."""
    if not form.is_valid() or files.refusals:
        return None
    typed = form.cleaned_data
    try:
        with files.for_service() as uploads:
            new = NewTicket(
                typed["subject"],
                typed["body"],
                category=TicketCategory.objects.filter(public_id=typed["category"]).first(),
                priority=typed["priority"],
                building=form.building,
                unit=form.unit,
                uploads=uploads,
                form_token=form.token,
            )
            ticket = open_ticket(request.actor, new, channel=Channel.STAFF, **_asks(typed, caller))
    except DomainError as refused:
        if refused.status != 400:
            raise
        show_error(form, refused)
        return None
    files.forget()
    return ticket


def _asks(typed: dict[str, Any], caller: Caller | None) -> dict[str, Any]:
    if caller is None:
        return {"sender": Sender(typed["name"], typed["email"])}
    return {"owner": caller.organization, "requester": caller.user}
