"""The centre of subscriptions: the list, the same by place and by service, bulk work, export."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.access import MEMBERS, access, only
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.http import Request
from core.operations import start_operation
from core.parts.charts import ChartRow
from core.parts.lists import changed
from core.parts.text import grouped, money
from locations.models import Building
from subscriptions.centre_filters import CentreFilter
from subscriptions.centre_rights import announces_prices, holds_services, leads_holder, sorts
from subscriptions.centre_table import columns_for, lines_of
from subscriptions.choices import CostBy
from subscriptions.operations import SUBSCRIPTIONS_EXPORT
from subscriptions.selectors.centre.choices import service_names
from subscriptions.selectors.centre.rows import (
    Group,
    centre_rows,
    groups_of,
    tags_of,
    totals_of,
)
from subscriptions.services.centre.exporting import FORMATS
from subscriptions.services.centre.sorting import assign_cost_centre, put_tag, take_tag
from subscriptions.views.centre.words import cost_centre_in

VIEWS = ("", "places", "services")


@access(MEMBERS)
@require_GET
def subscription_list(request: Request) -> HttpResponse:
    """All services as a list, or (`view`) their sums by place or by service."""
    actor = request.actor
    filterset = CentreFilter(request.GET, actor=actor)
    view = request.GET.get("view", "")
    if view not in VIEWS or (view and not holds_services(actor)):
        raise DomainError(_("There is no such view of the list."), field="view")
    context = _frame(request, filterset, view)
    context |= _grouped(request, filterset, view) if view else _listed(request, filterset)
    return render(request, "subscriptions/centre/list.html", context)


def _frame(request: Request, filterset: CentreFilter, view: str) -> dict[str, Any]:
    actor = request.actor
    query = filterset.query.copy()
    for name in ("after", "view", "sort", "month", "by", "bbox", "zoom"):
        query.pop(name, None)
    return {
        "filterset": filterset,
        "view": view,
        "query": query.urlencode(),
        "holds": holds_services(actor),
        "may_add": leads_holder(actor),
        "may_sort": sorts(actor),
        "may_announce": announces_prices(actor),
        "totals": totals_of(actor, filterset),
        "crumbs": [(_("Subscriptions"), "")],
    }


def _listed(request: Request, filterset: CentreFilter) -> dict[str, Any]:
    actor = request.actor
    sort = request.GET.get("sort", "")
    page = centre_rows(actor, filterset.qs, sort, request.GET.get("after", ""))
    columns = columns_for(actor)
    selectable = sorts(actor)
    tags = tags_of(actor, [row.id for row in page.rows]) if page.rows else {}
    return {
        "page": page,
        "columns": columns,
        "sort": sort or ("place" if holds_services(actor) else ""),
        "by_term": "term" in sort,
        "lines": lines_of(page, columns, _services(actor), tags, selectable=selectable),
        "bulk_form": "bulk" if selectable else "",
        "tags": filterset.references.get("tag", {}).values(),
        "centres": [(key, row.name) for key, row in filterset.references.get("centre", {}).items()],
        "list_url": request.get_full_path(),
    }


def _services(actor: Actor) -> dict[int, str]:
    return {pk: name for pk, (_code, name) in service_names(actor).items()}


# --- sums ---------------------------------------------------------------------------------------
def _grouped(request: Request, filterset: CentreFilter, view: str) -> dict[str, Any]:
    """By service; by city, and within a city that is filtered by, by building."""
    if view == "services":
        found = groups_of(request.actor, filterset, CostBy.CATEGORY)
        return _drawn(request, found, "category", service_names(request.actor).get)
    by = CostBy.BUILDING if "city" in filterset.query else CostBy.CITY
    found = groups_of(request.actor, filterset, by)
    if by == CostBy.CITY:
        known = filterset.references["city"]
        names = {row.pk: (public_id, row.name) for public_id, row in known.items()}
    else:
        rows = Building.objects.filter(pk__in=[group.key for group in found])
        places = rows.values_list("pk", "public_id", "address")
        names = {pk: (public_id, address) for pk, public_id, address in places}
    return _drawn(request, found, by.lower(), names.get)


Named = Callable[[int], tuple[str, str] | None]


def _drawn(request: Request, found: list[Group], name: str, named: Named) -> dict[str, Any]:
    """Bars of the sums, each leading to its rows: cities to their buildings."""
    view = "places" if name == "city" else ""
    rows = []
    for group in found:
        known = named(group.key)
        if known is None:
            continue
        query = changed(request.GET, **{name: known[0], "view": view})
        services = ngettext("%(count)s service", "%(count)s services", group.count)
        text = f"{known[1]} · {services % {'count': grouped(group.count)}}"
        rows.append(ChartRow(text, group.monthly, money(group.monthly), f"?{query}"))
    return {"groups": rows, "grouped_by": name}


# --- bulk ---------------------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def subscription_bulk(request: Request) -> HttpResponse:
    """A tag or a cost centre for the rows that are selected."""
    numbers = request.POST.getlist("selected")
    try:
        message = _act(request, numbers)
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, message)
    return redirect(_back(request))


def _act(request: Request, numbers: list[str]) -> str:
    actor, wanted = request.actor, request.POST.get("do", "")
    if wanted == "tag":
        count = put_tag(actor, numbers, request.POST.get("tag", ""))
    elif wanted == "untag":
        count = take_tag(actor, numbers, request.POST.get("tag", ""))
    elif wanted == "centre":
        count = assign_cost_centre(actor, numbers, cost_centre_in(request))
    else:
        raise DomainError(_("Choose what to do."), field="do")
    return ngettext("%(count)s subscription changed", "%(count)s subscriptions changed", count) % {
        "count": count
    }


def _back(request: Request) -> str:
    given = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(given, allowed_hosts=None):
        return given
    return reverse("subscription_list")


@access(only(*OrganizationKind, least=Role.MEMBER))
@require_POST
def subscription_export(request: Request) -> HttpResponse:
    """Begins to write what the filters in `query` leave into a file."""
    actor = request.actor
    ending = request.POST.get("format", "")
    if ending not in FORMATS:
        raise DomainError(_("Choose CSV or XLSX."), field="format")
    filterset = CentreFilter.of_text(request.POST.get("query", ""), actor=actor)
    filterset.check()
    # The filter may hold a name: it goes into a file that lasts as long as the work.
    wanted = ContentFile(filterset.query.urlencode().encode())
    started = start_operation(actor, SUBSCRIPTIONS_EXPORT, {"format": ending}, source=wanted)
    return redirect("operation_detail", started.public_id)
