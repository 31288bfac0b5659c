"""Teams of the organization: the list, one team, its name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.http import Request
from core.parts.lists import Column, Columns
from core.registry import gather
from users.forms.errors import show
from users.forms.organization import TeamForm
from users.selectors.members import team_of, teams_of
from users.services.members import may_keep_members
from users.services.teams import create_team, remove_team, rename_team
from users.views.own_organization import (
    attempt,
    own_organization,
    owners,
    readers,
    status_of,
)

COLUMNS = Columns(
    Column("name", gettext_lazy("Team")),
    Column("members", gettext_lazy("Members"), numeric=True),
)


@readers
@require_GET
def team_list(request: Request) -> HttpResponse:
    organization = own_organization(request)
    return render(
        request,
        "users/organization/teams.html",
        {
            "organization": organization,
            "columns": COLUMNS,
            "teams": teams_of(organization),
            "may_change": may_keep_members(request.actor, organization),
        },
    )


@owners
@require_http_methods(["GET", "POST"])
def team_new(request: Request) -> HttpResponse:
    organization = own_organization(request)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = create_team(request.actor, organization, form.cleaned_data["name"])
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The team is there. Put members into it from their pages."))
            return redirect("team_detail", team.public_id)
    crumbs = [(_("Teams"), reverse("team_list")), (_("New team"), "")]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "users/organization/team_form.html", context, status=status_of(form))


@readers
@require_GET
def team_detail(request: Request, public_id: str) -> HttpResponse:
    organization = own_organization(request)
    team = team_of(organization, public_id)
    members = team.memberships.filter(is_active=True).select_related("user").order_by("pk")
    return render(
        request,
        "users/organization/team.html",
        {
            "team": team,
            "members": members,
            "panels": gather("team.panels", request.actor, team),
            "may_change": may_keep_members(request.actor, organization),
            "crumbs": [(_("Teams"), reverse("team_list")), (team.name, "")],
        },
    )


@owners
@require_http_methods(["GET", "POST"])
def team_edit(request: Request, public_id: str) -> HttpResponse:
    team = team_of(own_organization(request), public_id)
    form = TeamForm(request.POST or None, initial={"name": team.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_team(request.actor, team, form.cleaned_data["name"])
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("team_detail", team.public_id)
    crumbs = [
        (_("Teams"), reverse("team_list")),
        (team_of(team.organization, public_id).name, reverse("team_detail", args=[public_id])),
        (_("Rename"), ""),
    ]
    context = {"form": form, "team": team, "crumbs": crumbs}
    return render(request, "users/organization/team_form.html", context, status=status_of(form))


@owners
@require_POST
def team_remove(request: Request, public_id: str) -> HttpResponse:
    team = team_of(own_organization(request), public_id)
    if attempt(request, lambda: remove_team(request.actor, team), _("The team is removed.")):
        return redirect("team_list")
    return redirect("team_detail", public_id)
