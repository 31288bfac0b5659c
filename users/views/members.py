"""Who belongs to the organization: the list, one member, leaving, handing over."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.choices import Role
from core.errors import DomainError
from core.http import Request
from core.parts.lists import Column, Columns
from users.forms.errors import show
from users.forms.organization import MemberForm
from users.models import Membership
from users.selectors.members import (
    member_of,
    page_of_members,
    sees_safety,
    unanswered_invitations,
)
from users.services.invitations import state_of
from users.services.members import change_member, hand_over, may_keep_members, remove_member
from users.views.own_organization import (
    attempt,
    colleagues,
    own_organization,
    owners,
    status_of,
)

_NAMES = Column("name", gettext_lazy("Member"))
_ROLE = Column("role", gettext_lazy("Role"))
_TEAM = Column("team", gettext_lazy("Team"))
_SAFETY = (
    Column("seen", gettext_lazy("Last seen")),
    Column("factor", gettext_lazy("Second factor")),
)
COLUMNS = Columns(_NAMES, _ROLE, _TEAM)
SAFETY_COLUMNS = Columns(_NAMES, _ROLE, _TEAM, *_SAFETY)
INVITATION_COLUMNS = Columns(
    Column("email", gettext_lazy("Invited")),
    Column("role", gettext_lazy("Role")),
    Column("state", gettext_lazy("Letter")),
    Column("actions", gettext_lazy("Actions"), hidden=True),
)


@colleagues
@require_GET
def member_list(request: Request) -> HttpResponse:
    organization = own_organization(request)
    text = request.GET.get("q", "").strip()[:100]
    may_change = may_keep_members(request.actor, organization)
    safety = sees_safety(request.actor)
    page = page_of_members(request.actor, organization, text, request.GET.get("after", ""))
    return render(
        request,
        "users/organization/members.html",
        {
            "organization": organization,
            "page": page,
            "columns": SAFETY_COLUMNS if safety else COLUMNS,
            "sees_safety": safety,
            "may_change": may_change,
            "text": text,
            "invitation_columns": INVITATION_COLUMNS,
            "invitations": [
                (invitation, state_of(invitation).value)
                for invitation in (unanswered_invitations(organization) if may_change else [])
            ],
        },
    )


@owners
@require_http_methods(["GET", "POST"])
def member_edit(request: Request, public_id: str) -> HttpResponse:
    membership = member_of(own_organization(request), public_id)
    form = MemberForm.of(request.POST or None, membership)
    if request.method == "POST" and form.is_valid():
        try:
            change_member(request.actor, membership, **form.cleaned_data)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("Saved. It holds from the member's next click on."))
            return redirect("member_list")
    return render(
        request,
        "users/organization/member.html",
        _member_context(request, membership) | {"form": form},
        status=status_of(form),
    )


def _member_context(request: Request, membership: Membership) -> dict[str, Any]:
    return {
        "membership": membership,
        "is_self": membership.user_id == request.actor.user_id,
        "may_hand_over": request.actor.has_role(Role.OWNER) and not request.actor.is_staff,
        "crumbs": [
            (_("Members"), reverse("member_list")),
            (membership.user.get_full_name(), ""),
        ],
    }


@owners
@require_POST
def member_remove(request: Request, public_id: str) -> HttpResponse:
    membership = member_of(own_organization(request), public_id)
    done = _("%(name)s is no member any more.") % {"name": membership.user}
    attempt(request, lambda: remove_member(request.actor, membership), done)
    return redirect("member_list")


@owners
@require_POST
def member_hand_over(request: Request, public_id: str) -> HttpResponse:
    membership = member_of(own_organization(request), public_id)
    done = _("%(name)s is the owner now, you are a manager.") % {"name": membership.user}
    attempt(request, lambda: hand_over(request.actor, membership), done)
    return redirect("member_list")


@colleagues
@require_POST
def organization_leave(request: Request) -> HttpResponse:
    """Leaves the organization one acts for. Staff who act for it without being members do not."""
    organization = own_organization(request)
    if request.actor.role is None:
        messages.error(request, _("You act for this organization without being its member."))
        return redirect("member_list")
    membership = member_of(organization, request.actor.user.public_id)
    done = _("You have left “%(name)s”.") % {"name": organization.name}
    is_done = attempt(request, lambda: remove_member(request.actor, membership), done)
    return redirect("home" if is_done else "member_list")
