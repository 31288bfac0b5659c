"""Colleagues who are told of a ticket beside who asked."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import Policy, access
from core.actor import Actor
from core.errors import DomainError
from core.http import Request
from support.choices import DeskSide
from support.models import Ticket
from support.models.tickets import LEAST_TO_WRITE
from support.selectors.colleagues import colleagues_of, observers_shown
from support.selectors.tickets import get_ticket
from support.services.observers import add_observer, remove_observer
from support.ticket_workflow import sides_of


def observers_panel(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """Who observes, and whom of the actor's colleagues may be added."""
    may_change = DeskSide.CUSTOMER.value in sides_of(actor, ticket) and actor.leave is None
    observers = observers_shown(actor, ticket)
    return {
        "observers": observers,
        "may_observe": may_change,
        "colleagues": colleagues_of(actor, ticket, observers) if may_change else [],
    }


@access(Policy(least=LEAST_TO_WRITE, guests=False))
@require_POST
def ticket_observers(request: Request, number: str) -> HttpResponse:
    """`add` or `remove`: the public id of a colleague."""
    actor = request.actor
    ticket = get_ticket(actor, number)
    people = {
        user.public_id: user
        for user in [
            *observers_shown(actor, ticket),
            *colleagues_of(actor, ticket, ()),
        ]
    }
    key = request.POST.get("add") or request.POST.get("remove") or ""
    user = people.get(key)
    if user is None:
        raise DomainError(_("Choose one of your colleagues."), field="add")
    if "add" in request.POST:
        add_observer(actor, ticket, user)
        messages.success(request, _("%(name)s is told of this ticket too.") % {"name": user})
    else:
        remove_observer(actor, ticket, user)
        messages.success(request, _("%(name)s is told no longer.") % {"name": user})
    return redirect("ticket_detail", ticket.number)
