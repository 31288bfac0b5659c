"""Who comes to the desk: support and administrators work it, account managers read it.

They come as themselves. Staff who act for an organization see one customer's world at that time:
the desk is shut, and says how to come back to it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.access import access, staff
from core.actor import Actor
from core.choices import StaffScope
from core.errors import Forbidden
from support.ticket_workflow import works_the_desk

View = Callable[..., HttpResponseBase]

_READERS = access(staff(StaffScope.SUPPORT, StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER))
_WORKERS = access(staff(StaffScope.SUPPORT, StaffScope.ADMIN))


def readers(view: View) -> View:
    """For all who read tickets with their notes."""
    return _READERS(_as_oneself(view))


def workers(view: View) -> View:
    """For who answers customers."""
    return _WORKERS(_as_oneself(view))


def check_works(actor: Actor) -> None:
    """Raises Forbidden for who reads the desk and does not work it."""
    if not works_the_desk(actor):
        raise Forbidden(_("Only support answers and changes tickets."))


def _as_oneself(view: View) -> View:
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.organization is None:
            return view(request, *args, **kwargs)
        context = {"organization": actor.organization, "crumbs": [(_("Support desk"), "")]}
        status = 200 if request.method in ("GET", "HEAD") else 409
        return render(request, "support/desk/acting.html", context, status=status)

    return opened
