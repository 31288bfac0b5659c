"""A client is invited to hold their subscriptions; and the page that the letter's link opens."""

from enum import Enum
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.access import PUBLIC, access
from core.choices import Role
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request, tell_no_other_site
from core.querysets import get_visible
from subscriptions.forms.clients import InvitationForm
from subscriptions.forms.errors import show
from subscriptions.models import ClientInvitation
from subscriptions.selectors.clients import (
    invitation_of_link,
    requests_to_be_claimed,
    to_be_claimed,
)
from subscriptions.services.clients import (
    claim_subscriptions,
    invite_client,
    may_change_client,
    resend_invitation,
    revoke_invitation,
)
from subscriptions.services.clients.handing_over import HOLDING_KINDS
from subscriptions.views.clients.access import client_of, crumbs_to, writers


@writers
@require_http_methods(["GET", "POST"])
def client_invite(request: Request, public_id: str) -> HttpResponse:
    client = client_of(request, public_id)
    if not may_change_client(request.actor, client):
        raise Forbidden(_("Only a manager, or the one who added the client, can change them."))
    form = InvitationForm(request.POST or None, initial={"email": client.email})
    if request.method == "POST" and form.is_valid():
        try:
            invite_client(request.actor, client, email=form.cleaned_data["email"])
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The letter is on its way."))
            return redirect("client_detail", client.public_id)
    context = {"client": client, "form": form, "crumbs": crumbs_to(client, _("Invite"))}
    status = 422 if form.errors else 200
    return render(request, "subscriptions/clients/invite.html", context, status=status)


@writers
@require_POST
def client_invitation(request: Request, public_id: str) -> HttpResponse:
    """Sends the letter again or withdraws the invitation (`do`)."""
    found: ClientInvitation = get_visible(
        ClientInvitation.objects.select_related("client"),  # type: ignore[arg-type]
        request.actor,
        public_id=public_id,
    )
    act = request.POST.get("do")
    try:
        if act == "resend":
            resend_invitation(request.actor, found)
            messages.success(request, _("The letter is on its way; its link replaces the old one."))
        elif act == "revoke":
            revoke_invitation(request.actor, found)
            messages.success(request, _("The invitation is withdrawn: its link works no more."))
        else:
            raise DomainError(_("There is no such action."))
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("client_detail", found.client.public_id)


class Claim(Enum):
    """What the link's page is about; each has its words in the template."""

    UNKNOWN = "unknown"
    USED = "used"
    OURS = "ours"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SIGN_IN = "sign_in"
    OTHER_KIND = "other_kind"
    LOW_ROLE = "low_role"
    OPEN = "open"


@access(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def client_claim(request: Request, token: str) -> HttpResponse:
    """Shows what is handed over to whoever signs in as a person or a company, and does it."""
    found = invitation_of_link(token)
    state = _state(request, found)
    if request.method == "POST" and state is Claim.OPEN:
        try:
            taken = claim_subscriptions(request.actor, token)
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("client_claim", token)
        messages.success(request, _said(len(taken)))
        return redirect("subscription_list")
    shows = found is not None and state is Claim.OPEN
    here = urlencode({"next": request.path})
    context = {
        "state": state.value,
        "invitation": found,
        "subscriptions": to_be_claimed(found) if shows and found else [],
        "requests": requests_to_be_claimed(found) if shows and found else 0,
        "login_url": f"{reverse('account_login')}?{here}",
        "signup_url": f"{reverse('account_signup')}?kind=person&{here}",
    }
    status = 404 if state is Claim.UNKNOWN else 200
    response = render(request, "subscriptions/clients/claim.html", context, status=status)
    tell_no_other_site(response)
    return response


def _state(request: Request, found: ClientInvitation | None) -> Claim:
    if found is None:
        return Claim.UNKNOWN
    actor = request.actor
    if found.accepted_at is not None:
        ours = actor.organization_id is not None and found.holder_id == actor.organization_id
        return Claim.OURS if ours else Claim.USED
    if found.revoked_at is not None:
        return Claim.REVOKED
    if found.expires_at <= clock.now():
        return Claim.EXPIRED
    if actor.user is None:
        return Claim.SIGN_IN
    if actor.kind not in HOLDING_KINDS:
        return Claim.OTHER_KIND
    return Claim.OPEN if actor.has_role(Role.MANAGER) else Claim.LOW_ROLE


def _said(count: int) -> str:
    if not count:
        return _("Done. What is connected for you from now on appears here.")
    return ngettext(
        "%(count)s subscription is yours to manage now.",
        "%(count)s subscriptions are yours to manage now.",
        count,
    ) % {"count": count}
