"""Inviting people, from the inviter's side."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.http import Request
from users.forms.errors import show
from users.forms.organization import InvitationForm
from users.selectors.members import invitation_of
from users.services.invitations import invite, resend_invitation, revoke_invitation
from users.views.own_organization import attempt, own_organization, owners, status_of


@owners
@require_http_methods(["GET", "POST"])
def invitation_new(request: Request) -> HttpResponse:
    organization = own_organization(request)
    form = InvitationForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = invite(request.actor, **form.cleaned_data)
        except DomainError as error:
            if error.status == 403:
                raise
            show(form, error)
        else:
            told = _("The invitation goes to %(email)s.") % {"email": invitation.email}
            messages.success(request, told)
            return redirect("member_list")
    crumbs = [(_("Members"), reverse("member_list")), (_("Invite a colleague"), "")]
    context = {"form": form, "crumbs": crumbs, "organization": organization}
    return render(
        request, "users/organization/invitation_new.html", context, status=status_of(form)
    )


@owners
@require_POST
def invitation_resend(request: Request, public_id: str) -> HttpResponse:
    invitation = invitation_of(own_organization(request), public_id)
    done = _("Another letter goes to %(email)s; the earlier link opens nothing any more.")
    attempt(
        request,
        lambda: resend_invitation(request.actor, invitation),
        done % {"email": invitation.email},
    )
    return redirect("member_list")


@owners
@require_POST
def invitation_revoke(request: Request, public_id: str) -> HttpResponse:
    invitation = invitation_of(own_organization(request), public_id)
    attempt(
        request,
        lambda: revoke_invitation(request.actor, invitation),
        _("The invitation is revoked: its link opens nothing any more."),
    )
    return redirect("member_list")
