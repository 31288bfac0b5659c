"""The day of a crew, for a phone; and the end of a visit."""

from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.access import access, only
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from subscriptions.choices import RequestState, Side
from subscriptions.forms.errors import show
from subscriptions.forms.visit_report import VisitReportForm
from subscriptions.models import ConnectionRequest
from subscriptions.request_workflow import sides_of, state_label
from subscriptions.selectors.request_page import place_in_words, plan_in_words, request_for_page
from subscriptions.selectors.visit_days import NO_CREW, crews_of, day_of_visits, sees_all
from subscriptions.services.visits.completing import complete_visit, report_of
from subscriptions.views.way_back import way_back
from users.views.own_organization import own_organization

crews = access(only(OrganizationKind.PROVIDER))
workers = access(only(OrganizationKind.PROVIDER, least=Role.MEMBER))


@crews
@require_GET
def visit_day(request: Request) -> HttpResponse:
    """`?day=2026-11-30` (today by default), `?crew=` of those who see all."""
    provider = own_organization(request)
    today = clock.today(ZoneInfo(provider.time_zone))
    day = day_asked(request, today)
    teams = crews_of(provider) if sees_all(request.actor) else []
    crew = crew_asked(request, [team.public_id for team in teams])
    context = {
        "day": day,
        "today": today,
        "lines": day_of_visits(request.actor, provider, day, crew),
        "crews": teams,
        "crew": crew,
        "no_crew": NO_CREW,
        "before": _url(day - timedelta(days=1), crew),
        "after": _url(day + timedelta(days=1), crew),
        "today_url": _url(today, crew),
        "here": _url(day, crew),
        "sees_slots": request.actor.is_admin or request.actor.has_role(Role.MANAGER),
    }
    return render(request, "subscriptions/visits/day.html", context)


@workers
@require_http_methods(["GET", "POST"])
def visit_done(request: Request, number: str) -> HttpResponse:
    """Photos, signature and "connected", in one form; what was sent is kept when it is refused."""
    found = request_for_page(request.actor, number)
    if not sides_of(request.actor, found) & {Side.PROVIDER, Side.STAFF}:
        raise Forbidden(_("Your side cannot do this with the request."))
    status = 200
    if request.method == "POST":
        form = VisitReportForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                done = complete_visit(
                    request.actor, number, form.brought(), form.cleaned_data["version"]
                )
            except (Forbidden, NotVisible):
                raise
            except DomainError as refused:
                status = 409 if isinstance(refused, Conflict) else 422
                show(form, refused)
                found = request_for_page(request.actor, number)
                form.again(found.version)
            else:
                told = {"number": number, "state": state_label(done)}
                messages.success(request, _("%(number)s: %(state)s.") % told)
                return redirect(_back(request))
        else:
            status = 422
    else:
        form = VisitReportForm.blank(found.version)
    return render(
        request, "subscriptions/visits/done.html", _done(request, found, form), status=status
    )


def _done(request: Request, found: ConnectionRequest, form: VisitReportForm) -> dict[str, object]:
    report = report_of(request.actor, found)
    return {
        "row": found,
        "title": f"{found.category.name}, {plan_in_words(found.kind, found.plan.name)}",
        "place": place_in_words(found.visited.address, found.visited_unit.number),
        "form": form,
        "report": report,
        "photos": list(report.photos.all()) if report else [],
        "can_be_done": found.state in (RequestState.SCHEDULED, RequestState.IN_PROGRESS),
        "back": _back(request),
        "crumbs": [(_("Visits"), reverse("visit_day")), (found.number, "")],
    }


def _back(request: Request) -> str:
    return way_back(request, reverse("visit_day"))


def day_asked(request: Request, default: date) -> date:
    """The day of `?day=`. Raises DomainError for what is none."""
    text = request.GET.get("day", "")
    if not text:
        return default
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    # Beyond these years no calendar of ours reaches.
    if day is None or not 2000 <= day.year <= 2100:
        raise DomainError(_("There is no such day."), field="day")
    return day


def crew_asked(request: Request, known: list[str]) -> str:
    """The crew of `?crew=`. Raises DomainError for one that is none of `known`."""
    crew = request.GET.get("crew", "")
    if crew and crew != NO_CREW and crew not in known:
        raise DomainError(_("There is no such crew."), field="crew")
    return crew


def _url(day: date, crew: str) -> str:
    asked = {"day": day.isoformat()} | ({"crew": crew} if crew else {})
    return f"{reverse('visit_day')}?{urlencode(asked)}"
