"""Where one is signed in, and how to end that."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import SIGNED_IN, access
from core.actor import Actor
from users.services.security import Origin
from users.services.sessions import end_other_sessions, end_session, places_of


@access(SIGNED_IN)
@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    places = places_of(actor.user, request.session.session_key or "")
    return render(request, "users/account/sessions.html", {"places": places})


@access(SIGNED_IN)
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    is_current = end_session(actor.user, pk) == request.session.session_key
    if is_current:
        return _leave(request)
    messages.success(request, _("That session is ended."))
    return redirect("session_list")


@access(SIGNED_IN)
@require_POST
def session_end_all(request: HttpRequest) -> HttpResponse:
    """Everywhere else; here too when asked for."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    key = request.session.session_key or ""
    end_other_sessions(actor.user, key, Origin.of(request, actor.user))
    if request.POST.get("here"):
        return _leave(request)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("session_list")


def _leave(request: HttpRequest) -> HttpResponse:
    get_adapter(request).logout(request)
    messages.success(request, _("You have signed out."))
    return redirect("account_login")
