"""The organization's page of leaves: letting support in, seeing what it did, shutting it out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.access import Policy, access, members_alone
from core.actor import Actor
from core.choices import Role
from core.errors import DomainError, Forbidden, NotVisible
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.parts.rows import TimelineEntry
from users.forms.support_access import SupportAccessForm
from users.selectors.support_access import acts_by, in_force, leaves_of, uses_of
from users.services import support_access as services

MANAGERS = members_alone(Policy(least=Role.MANAGER))
COLUMNS = Columns(
    Column("granted", gettext_lazy("Let in")),
    Column("until", gettext_lazy("Until")),
    Column("by", gettext_lazy("By")),
    Column("reason", gettext_lazy("What for")),
    Column("uses", gettext_lazy("Who came in")),
)


@access(MANAGERS)
def support_access(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = SupportAccessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.grant_access(actor, **form.cleaned_data)
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("Support is let in."))
            return redirect("support_access")
    context = _context(actor, request.GET.get("after", "")) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "users/support_access/list.html", context, status=status)


@access(MANAGERS)
@require_POST
def support_access_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    services.revoke_access(request.actor, public_id)  # type: ignore[attr-defined]
    messages.success(request, _("Support is shut out, from its next click on."))
    return redirect("support_access")


@access(MANAGERS)
@require_GET
def support_access_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """What staff did in the organization while one leave lasted."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = leaves_of(actor).filter(public_id=public_id).select_related("granted_by").first()
    if row is None:
        raise NotVisible(_("There is no such leave."))
    entries = [TimelineEntry(act.icon, act.title, act.at, who=act.who) for act in acts_by(row)]
    context = {
        "access": row,
        "entries": entries,
        "crumbs": [(_("Access of support"), reverse("support_access")), (_("What was done"), "")],
    }
    return render(request, "users/support_access/detail.html", context)


def _context(actor: Actor, cursor: str) -> dict[str, object]:
    current = in_force(clock.now()).filter(organization=actor.organization)
    page = paginate(leaves_of(actor).select_related("granted_by"), ["-id"], cursor)
    uses = uses_of(page.rows)
    return {
        "current": current.select_related("granted_by").first() if actor.organization else None,
        "page": page,
        "lines": [(row, _users_of(uses[row.pk])) for row in page.rows],
        "columns": COLUMNS,
    }


def _users_of(uses: list) -> list[str]:
    """Each who came in, once, in the order of the latest visit."""
    return list(dict.fromkeys(use.who for use in uses if use.who))
