"""“Tell me when it appears”: asked for at a building or for a list, looked at, cancelled."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import MEMBERS, PUBLIC, access
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.http import Request
from core.ids import is_public_id
from core.parts.lists import Column, Columns
from core.querysets import get_visible
from locations.models import Building, ServiceCategory
from locations.selectors.buildings import visible_building
from subscriptions.forms.errors import show
from subscriptions.forms.watches import VisitorWatchForm
from subscriptions.models import AvailabilityWatch, Client, WatchList
from subscriptions.rights import keeps_clients, may_file
from subscriptions.selectors.clients import search_clients
from subscriptions.selectors.watches import active_category, watch_lists, watch_page
from subscriptions.services.leads.screening import count_from, looks_automatic
from subscriptions.services.watches import (
    ask_as_visitor,
    cancel_list,
    cancel_watch,
    may_cancel,
    watch,
    watch_list,
)
from subscriptions.services.watches.visitors import CONSENT_VERSION
from subscriptions.views.address_list import list_operation
from users.addresses import client_address

# Of one network address in an hour.
ASKED_AT_MOST = 30
COLUMNS = Columns(
    Column("address", gettext_lazy("Address")),
    Column("service", gettext_lazy("Service")),
    Column("client", gettext_lazy("Client")),
    Column("state", gettext_lazy("State")),
    Column("until", gettext_lazy("Waits until")),
    Column("actions", gettext_lazy("Actions"), hidden=True),
)


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def watch_new(request: Request, public_id: str) -> HttpResponse:
    """For whom `?category=` is awaited at a building: by a bell, or by mail for a visitor."""
    building = visible_building(request.actor, public_id)
    category = active_category(request.GET.get("category", ""))
    if category is None:
        raise NotVisible(_("There is no such service."))
    if request.actor.is_known:
        return _as_member(request, building, category)
    return _as_visitor(request, building, category)


def _as_member(request: Request, building: Building, category: ServiceCategory) -> HttpResponse:
    if not may_file(request.actor):
        raise Forbidden(_("Your role allows only reading."))
    picked = request.POST.get("client", request.GET.get("client", ""))
    if request.method == "POST" and "find" not in request.POST:
        try:
            watch(request.actor, building, category, _client(request, picked))
        except Conflict as error:
            messages.info(request, str(error))
            return redirect(_page(building, category))
        messages.success(request, _("We tell you as soon as it can be connected there."))
        return redirect("watches")
    client_q = request.POST.get("client_q", "")[:100]
    has_clients = keeps_clients(request.actor)
    found = search_clients(request.actor, client_q) if has_clients else []
    context = _context(building, category) | {
        "has_clients": has_clients,
        "clients": _with_picked(request, found, picked),
        "nobody": bool(client_q) and not found,
        "client_q": client_q,
        "picked": picked,
    }
    return render(request, "subscriptions/watches/new.html", context)


def _with_picked(request: Request, found: list[Client], picked: str) -> list[Client]:
    """Those found, after the one that was picked before: another search does not lose it."""
    if not is_public_id(picked) or picked in {client.public_id for client in found}:
        return found
    return [*Client.objects.visible_to(request.actor).filter(public_id=picked), *found]


def _client(request: Request, picked: str) -> Client | None:
    if not picked or not keeps_clients(request.actor):
        return None
    if not is_public_id(picked):
        raise NotVisible(_("There is no such client."))
    found: Client = get_visible(Client.objects, request.actor, public_id=picked)
    return found


def _as_visitor(request: Request, building: Building, category: ServiceCategory) -> HttpResponse:
    form = VisitorWatchForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _ask(request, form, building, category)
                return redirect("watch_asked")
            except DomainError as error:
                show(form, error)
                status = error.status
    context = _context(building, category) | {"form": form, "consent_version": CONSENT_VERSION}
    return render(request, "subscriptions/watches/visitor.html", context, status=status)


def _ask(
    request: Request, form: VisitorWatchForm, building: Building, category: ServiceCategory
) -> None:
    """What looks automatic is answered like everything else, and forgotten."""
    count_from(client_address(request), "watches", ASKED_AT_MOST)
    cleaned = form.cleaned_data
    if not looks_automatic(trap=cleaned["subject"], seconds=form.seconds):
        language = get_language() or ""
        ask_as_visitor(building, category, email=cleaned["email"], language=language)


@access(PUBLIC)
@require_GET
def watch_asked(request: Request) -> HttpResponse:
    """What happens next: the same for every address, known or not."""
    return render(request, "subscriptions/watches/asked.html")


@access(MEMBERS)
@require_GET
def watches(request: Request) -> HttpResponse:
    """All that the organization waits for; with `?list=` the buildings of one list."""
    within = request.GET.get("list", "")
    if within and not is_public_id(within):
        raise NotVisible(_("There is no such list."))
    crumbs = [(_("Availability"), reverse("availability")), (_("What you wait for"), "")]
    page = watch_page(request.actor, request.GET.get("after", ""), within)
    lists = [] if within else watch_lists(request.actor)
    rows = [*page.rows, *(line.row for line in lists)]
    context = {
        "page": page,
        "lists": lists,
        "within": within,
        "columns": COLUMNS,
        "cancellable": {row.public_id for row in rows if may_cancel(request.actor, row)},
        "crumbs": crumbs,
    }
    return render(request, "subscriptions/watches/list.html", context)


@access(MEMBERS)
@require_POST
def watch_cancel(request: Request, public_id: str) -> HttpResponse:
    row: AvailabilityWatch = get_visible(
        AvailabilityWatch.objects, request.actor, public_id=public_id
    )
    cancel_watch(request.actor, row)
    messages.success(request, _("You wait for it no more."))
    return redirect("watches")


@access(MEMBERS)
@require_POST
def watch_list_new(request: Request, public_id: str) -> HttpResponse:
    """Waits for `category` at the buildings of one's answered list that do not have it."""
    row = list_operation(request, public_id)
    category = active_category(request.POST.get("category", ""))
    ids = row.data.get("waiting", {}).get(category.code, []) if category else []
    if category is None or not ids:
        raise NotVisible(_("There is nothing to wait for in this list."))
    watch_list(request.actor, row.public_id, category, ids)
    messages.success(request, _("We tell you as soon as it can be connected at any of them."))
    return redirect("watches")


@access(MEMBERS)
@require_POST
def watch_list_cancel(request: Request, public_id: str) -> HttpResponse:
    row: WatchList = get_visible(
        WatchList.objects.select_related("category", "owner"),  # type: ignore[arg-type]
        request.actor,
        public_id=public_id,
    )
    count = cancel_list(request.actor, row)
    messages.success(
        request,
        ngettext("%(count)s building waits no more.", "%(count)s buildings wait no more.", count)
        % {"count": count},
    )
    return redirect("watches")


def _page(building: Building, category: ServiceCategory) -> str:
    page = reverse("availability_building", args=[building.public_id])
    return f"{page}?category={category.code}"


def _context(building: Building, category: ServiceCategory) -> dict[str, object]:
    page = _page(building, category)
    return {
        "building": building,
        "category": category,
        "back_url": page,
        "crumbs": [(building.address, page), (_("Tell me when it appears"), "")],
    }
