"""Leads as an agency works them: the list, one lead, and what is done with it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import access, only
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from core.pagination import PAGE_SIZE, paginate
from core.parts.lists import Column, Columns
from core.parts.text import phone
from core.polling import not_modified, stamp
from subscriptions.choices import LeadState, RequestState
from subscriptions.forms.errors import show
from subscriptions.forms.leads import CloseForm, PassForm
from subscriptions.models import Lead, LeadRule
from subscriptions.selectors.leads import (
    OPENED,
    TABS,
    count_of,
    lead_rows,
    other_name,
    place_of,
    services_of,
    was_offered,
    with_all,
)
from subscriptions.services.leads import close_lead, pass_lead, take_lead, use_new_client
from subscriptions.services.leads.rules import may_keep_rules
from subscriptions.services.leads.work import may_work_leads

COLUMNS = Columns(
    Column("place", gettext_lazy("Address")),
    Column("services", gettext_lazy("What to connect")),
    Column("client", gettext_lazy("Client")),
    Column("left", gettext_lazy("Received")),
    Column("due", gettext_lazy("Take it within")),
    Column("state", gettext_lazy("State")),
)
MOST_ROWS = 200
readers = access(only(OrganizationKind.AGENCY))
workers = access(only(OrganizationKind.AGENCY, least=Role.MEMBER))


@readers
@require_GET
def lead_list(request: Request) -> HttpResponse:
    """`?tab=`: those that wait for the agency (""), taken, all; newest first."""
    if set(request.GET) - {"tab", "after", "fragment", "size"}:
        raise DomainError(_("There is no such list."))
    unchanged = not_modified(request)
    if unchanged is not None:
        return unchanged
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        raise DomainError(_("There is no such list."))
    page = paginate(
        lead_rows(request.actor, tab), ["-id"], request.GET.get("after", ""), _size(request)
    )
    context = {
        "tab": tab,
        "tabs": _tabs(request, tab),
        "page": page,
        "lines": [line_of(lead) for lead in page.rows],
        "columns": COLUMNS,
        "poll_url": f"{reverse('lead_list')}?{urlencode({'tab': tab, 'fragment': 'list'})}",
        "may_keep_rules": may_keep_rules(request.actor),
        "notice": notice_for(request.actor),
    }
    name = "rows" if request.GET.get("fragment") else "list"
    return stamp(request, render(request, f"subscriptions/leads/{name}.html", context))


def notice_for(actor: Actor) -> str:
    """Why no leads come to the actor's agency; "" when they may."""
    organization = actor.organization
    if organization is None:
        return ""
    if organization.verified_at is None:
        return _(
            "Leads come to verified agencies: visitors trust us with their phones. "
            "Ask for verification on the pages of your organization."
        )
    if not LeadRule.objects.filter(agency=organization, is_active=True).exists():
        return _("No rule is in force: say where and what you connect, and leads will come.")
    return ""


def _size(request: Request) -> int:
    given = request.GET.get("size", "")
    if not given:
        return PAGE_SIZE
    if not given.isascii() or not given.isdecimal() or len(given) > 4:
        raise DomainError(_("“size” must be a number."), field="size")
    return min(max(int(given), PAGE_SIZE), MOST_ROWS)


def _tabs(request: Request, current: str) -> list[dict[str, Any]]:
    shown = [
        ("", _("Waiting"), count_of(request.actor, LeadState.OFFERED)),
        ("taken", _("Taken, in work"), count_of(request.actor, LeadState.TAKEN)),
        ("all", _("All"), None),
    ]
    return [
        {"label": label, "url": f"?tab={name}", "count": count, "is_current": name == current}
        for name, label, count in shown
    ]


def line_of(lead: Lead) -> dict[str, Any]:
    """A lead as a row: who it is stands there once it is taken."""
    is_open = lead.state in OPENED
    return {
        "url": reverse("lead_detail", args=[lead.public_id]),
        "place": place_of(lead),
        "unit": lead.unit_number if is_open else "",
        "services": services_of(lead),
        "name": lead.name if is_open else "",
        "phone": phone(lead.phone) if is_open else "",
        "left": lead.created_at,
        "due": lead.due_at,  # type: ignore[attr-defined]
        "state": lead.state,
    }


@readers
@require_GET
def lead_detail(request: Request, public_id: str) -> HttpResponse:
    return _page(request, _lead(request, public_id))


@workers
@require_POST
def lead_take(request: Request, public_id: str) -> HttpResponse:
    lead = take_lead(request.actor, _lead(request, public_id))
    messages.success(
        request,
        _("The lead is yours. Call %(name)s: %(phone)s.")
        % {"name": lead.name, "phone": phone(lead.phone)},
    )
    client = other_name(lead)
    if client is not None:
        messages.warning(
            request,
            _("A client with this phone is in your portfolio already: %(name)s.")
            % {"name": client.name},
        )
        # Who is who is to be decided first: the lead's page asks.
        return redirect("lead_detail", lead.public_id)
    return redirect(way_on(lead))


@workers
@require_POST
def lead_pass(request: Request, public_id: str) -> HttpResponse:
    lead = _lead(request, public_id)
    form = PassForm(request.POST)
    if form.is_valid():
        try:
            pass_lead(request.actor, lead, form.cleaned_data["reason"])
        except (Conflict, Forbidden, NotVisible):
            raise
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The lead goes on to another agency."))
            return redirect("lead_list")
    return _page(request, lead, pass_form=form, status=422)


@workers
@require_POST
def lead_close(request: Request, public_id: str) -> HttpResponse:
    lead = _lead(request, public_id)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            close_lead(request.actor, lead, form.cleaned_data["note"])
        except (Conflict, Forbidden, NotVisible):
            raise
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The lead is closed."))
            return redirect(f"{reverse('lead_list')}?tab=taken")
    return _page(request, lead, close_form=form, status=422)


@workers
@require_POST
def lead_client(request: Request, public_id: str) -> HttpResponse:
    """The visitor is somebody else than the client with the same phone."""
    lead = use_new_client(request.actor, _lead(request, public_id))
    messages.success(request, _("%(name)s is a client of their own now.") % {"name": lead.name})
    return redirect("lead_detail", lead.public_id)


def way_on(lead: Lead) -> str:
    """Where the agent goes on with a taken lead: the drafts, the plans at the address, the lead."""
    if lead.bundle is not None and lead.bundle.requests.filter(state=RequestState.DRAFT).exists():
        return reverse("request_check", args=[lead.bundle.public_id])
    if lead.building is not None:
        page = reverse("availability_building", args=[lead.building.public_id])
        return f"{page}?{urlencode({'unit': lead.unit_number})}" if lead.unit_number else page
    return reverse("lead_detail", args=[lead.public_id])


def _lead(request: Request, public_id: str) -> Lead:
    rows = with_all(Lead.objects.visible_to(request.actor)).select_related("bundle")
    lead = rows.filter(public_id=public_id).first()
    if lead is not None:
        return lead
    if was_offered(request.actor, public_id):
        raise NotVisible(
            _("This lead is with you no more: it was passed on, or not taken in time.")
        )
    raise NotVisible(_("There is no such page, or it is not yours to see."))


def _page(
    request: Request,
    lead: Lead,
    *,
    pass_form: PassForm | None = None,
    close_form: CloseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_open = lead.state in OPENED
    requests = list(lead.bundle.requests.order_by("pk")) if lead.bundle else []
    context = {
        "lead": lead,
        "line": line_of(lead),
        "plans": lead.plans.select_related("provider", "category"),
        "is_open": is_open,
        "other_client": other_name(lead) if is_open else None,
        "requests": [row for row in requests if row.state != RequestState.DRAFT],
        "way_on": way_on(lead) if lead.state == LeadState.TAKEN else "",
        "may_work": may_work_leads(request.actor),
        "pass_form": pass_form or PassForm(auto_id="pass_%s"),
        "close_form": close_form or CloseForm(auto_id="close_%s"),
        "asks": "pass" if pass_form else "close" if close_form else "",
        "crumbs": [(_("Leads"), reverse("lead_list")), (place_of(lead), "")],
    }
    return render(request, "subscriptions/leads/detail.html", context, status=status)
