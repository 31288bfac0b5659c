"""The staff's own pages: organizations in their charge, and entering one that lets them in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import IN_CABINET, STAFF, access, staff
from core.actor import Actor
from core.attention import figures
from core.choices import StaffScope
from core.errors import DomainError, NotVisible
from core.parts.lists import Column, Columns
from users.acting import ACCESS, CHOSEN, in_charge
from users.selectors.staff import ORDERS, attention_rows, figures_for, page_of_attention
from users.services import support_access
from users.staff_filters import StaffOrganizationFilter
from users.staff_proof import second_factor_first

DEFAULT_SORT = "-urgency"


@access(STAFF)
@require_GET
def staff_organizations(request: HttpRequest) -> HttpResponse:
    """Who needs attention, the most urgent first; figures lead to the lists behind them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sort = request.GET.get("sort", DEFAULT_SORT)
    if sort not in ORDERS:
        raise DomainError(_("This list cannot be sorted so."))
    filterset = StaffOrganizationFilter(request.GET, attention_rows(actor), actor=actor)
    page, lines = page_of_attention(actor, filterset.qs, sort, request.GET.get("after", ""))
    context = {
        "filterset": filterset,
        "page": page,
        "lines": lines,
        "columns": _columns(actor),
        "sort": sort,
        "counted": page.rows[0].counted_at if page.rows else None,
        "acts": actor.staff != StaffScope.SUPPORT,
    }
    return render(request, "users/staff/organizations.html", context)


@access(staff(StaffScope.ADMIN, StaffScope.ACCOUNT_MANAGER))
@require_POST
def staff_act(request: HttpRequest, public_id: str) -> HttpResponse:
    """Acts for an organization in one's charge, on the list behind the figure that was clicked."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.staff is None or in_charge(actor.user, actor.staff, public_id) is None:
        raise NotVisible(_("There is no such organization, or it is not in your charge."))
    request.session[CHOSEN] = public_id
    return redirect(_list_of(request.POST.get("figure", "")))


@access(STAFF)
@require_POST
def support_enter(request: HttpRequest, public_id: str) -> HttpResponse:
    """Acts by an organization's leave from now on. The second factor comes first."""
    proof = second_factor_first(request, reverse("staff_organizations"))
    if proof is not None:
        return proof
    acting = support_access.enter(request.actor, public_id)  # type: ignore[attr-defined]
    request.session[ACCESS] = acting.leave.public_id
    return redirect("home")


@access(IN_CABINET)
@require_POST
def support_leave(request: HttpRequest) -> HttpResponse:
    """Acts as oneself again. A second click, or a leave that has just ended, finds it done."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.leave is not None:
        support_access.leave(actor)
        del request.session[ACCESS]
    return redirect("staff_organizations" if request.user.is_staff else "home")


def _list_of(name: str) -> str:
    """The address of the list behind a figure; home where there is none (yet)."""
    for figure in figures():
        if figure.name == name:
            try:
                return f"{reverse(figure.page)}?{figure.query}".rstrip("?")
            except NoReverseMatch:
                break
    return reverse("home")


def _columns(actor: Actor) -> Columns:
    counted = (Column(figure.name, figure.label, numeric=True) for figure in figures_for(actor))
    managers = [Column("managers", gettext_lazy("Account manager"))] if actor.is_admin else []
    return Columns(
        Column("organization", gettext_lazy("Organization")),
        *counted,
        Column("active", gettext_lazy("Last activity"), sort="active"),
        *managers,
        Column("actions", gettext_lazy("Actions"), hidden=True),
    )
