"""The page that an invitation's link opens: for whoever was invited, with an account or without."""

from typing import Any

from allauth.account.internal import flows
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access import PUBLIC, access
from core.errors import Conflict
from core.http import Request, tell_no_other_site
from users.acting import CHOSEN
from users.forms.invited import NewcomerForm
from users.models import Invitation, Organization
from users.services.invitations import (
    InvitationState,
    accept_invitation,
    decline_invitation,
    invitation_by,
    state_of,
)
from users.services.newcomers import account_of, come_in

TEMPLATE = "users/invited.html"


@access(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: Request, token: str) -> HttpResponse:
    """Accepts or declines; says what to do where the link is used, old, or somebody else's."""
    found = invitation_by(token)
    state = state_of(found) if found else None
    if found is None or state != InvitationState.OPEN:
        return _over(request, found, state)
    actor = request.actor
    if actor.user is not None:
        if actor.user.email != found.email:
            return _page(request, found, "foreign", status=_refused(request))
        return _answer(request, found, token)
    account = account_of(found.email)
    if account is not None:
        way = "sign_in" if account.is_active else "inactive"
        return _page(request, found, way, status=_refused(request))
    return _newcomer(request, found, token)


def _answer(request: Request, found: Invitation, token: str) -> HttpResponse:
    user = request.actor.user
    answer = request.POST.get("answer")
    if answer == "accept":
        accept_invitation(user, token)
        return _welcome(request, found.organization)
    if answer == "decline":
        decline_invitation(user, token)
        told = _("You have declined the invitation to “%(name)s”.")
        messages.info(request, told % {"name": found.organization.name})
        return redirect("home")
    return _page(request, found, "answer", status=_refused(request))


def _newcomer(request: Request, found: Invitation, token: str) -> HttpResponse:
    form = NewcomerForm(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        try:
            accepted = come_in(
                token,
                full_name=form.cleaned_data["full_name"],
                password=form.cleaned_data["password"],
                language=get_language() or "",
            )
        except Conflict:
            # Somebody was quicker, perhaps the same person in another tab: the link says what now.
            return redirect("invitation", token)
        login = Login(user=accepted.membership.user, email=found.email)
        credentials = {"email": found.email}
        response = flows.login.perform_password_login(request, credentials, login)
        _choose(request, found.organization)
        return response
    return _page(request, found, "newcomer", {"form": form}, 422 if form.errors else 200)


def _welcome(request: Request, organization: Organization) -> HttpResponse:
    _choose(request, organization)
    told = _("You are a member of “%(name)s” now.") % {"name": organization.name}
    messages.success(request, told)
    return redirect("home")


def _choose(request: Request, organization: Organization) -> None:
    request.session[CHOSEN] = organization.public_id


def _over(
    request: Request, found: Invitation | None, state: InvitationState | None
) -> HttpResponse:
    """An invitation that cannot be answered: why, and what to do next."""
    user = request.actor.user
    is_own = found is not None and user is not None and found.accepted_by_id == user.pk
    if is_own and found is not None:
        # The letter's link opened once more, or accepted twice at once: it leads inside.
        return (
            _welcome(request, found.organization) if request.method == "POST" else redirect("home")
        )
    # Who is no addressee learns nothing of whose invitation it was.
    return _page(request, None, state.value if state else "unknown", status=410 if state else 404)


def _refused(request: Request) -> int:
    """A page is shown; what was sent with it was not understood."""
    return 200 if request.method == "GET" else 422


def _page(
    request: Request,
    found: Invitation | None,
    way: str,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"invitation": found, "way": way, **(extra or {})}
    response = render(request, TEMPLATE, context, status=status)
    tell_no_other_site(response)
    return response
