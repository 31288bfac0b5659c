"""The pages of the portfolio."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.access import access, only
from core.choices import Role
from core.errors import Conflict, DomainError, Forbidden
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from core.querysets import get_visible
from subscriptions.client_filters import ClientFilter
from subscriptions.forms.clients import ClientForm
from subscriptions.forms.errors import show
from subscriptions.models import Client, ConnectionRequest, Subscription
from subscriptions.rights import PORTFOLIO_KINDS, keeps_clients
from subscriptions.services.clients import change_client, create_client, may_change_client

SHOWN = 10
COLUMNS = Columns(
    Column("name", gettext_lazy("Client")),
    Column("phone", gettext_lazy("Phone")),
    Column("kind", gettext_lazy("Who it is")),
    Column("email", gettext_lazy("E-mail")),
    Column("added", gettext_lazy("Added")),
)

readers = access(only(*PORTFOLIO_KINDS))
writers = access(only(*PORTFOLIO_KINDS, least=Role.MEMBER))


@readers
@require_GET
def client_list(request: Request) -> HttpResponse:
    filterset = ClientFilter(request.GET, actor=request.actor)
    return render(
        request,
        "subscriptions/clients/list.html",
        {
            "filterset": filterset,
            "columns": COLUMNS,
            "page": paginate(filterset.qs, ["-id"], request.GET.get("after", "")),
            "may_add": keeps_clients(request.actor),
        },
    )


@readers
@require_GET
def client_detail(request: Request, public_id: str) -> HttpResponse:
    client = get_visible(Client.objects, request.actor, public_id=public_id)
    requests = _newest(ConnectionRequest.objects.visible_to(request.actor), client)
    subscriptions = _newest(Subscription.objects.visible_to(request.actor), client)
    return render(
        request,
        "subscriptions/clients/detail.html",
        {
            "client": client,
            "crumbs": [(_("Clients"), reverse("client_list")), (client.name, "")],
            "requests": requests[:SHOWN],
            "has_more_requests": len(requests) > SHOWN,
            "subscriptions": subscriptions[:SHOWN],
            "may_change": may_change_client(request.actor, client),
            "may_file": keeps_clients(request.actor),
        },
    )


def _newest(rows: QuerySet, client: Client) -> list[Any]:
    """The client's newest rows, one more than is shown: it tells whether there are others."""
    related = rows.select_related("plan", "category", "provider", "building", "unit")
    return list(related.filter(client=client).order_by("-pk")[: SHOWN + 1])


@writers
@require_http_methods(["GET", "POST"])
def client_new(request: Request) -> HttpResponse:
    if not keeps_clients(request.actor):
        raise Forbidden(_("You cannot add clients here."))
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client = create_client(request.actor, **form.cleaned_data)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The client is in your portfolio."))
            return redirect("client_detail", client.public_id)
    crumbs = [(_("Clients"), reverse("client_list")), (_("New client"), "")]
    return render(request, "subscriptions/clients/form.html", {"form": form, "crumbs": crumbs})


@writers
@require_http_methods(["GET", "POST"])
def client_edit(request: Request, public_id: str) -> HttpResponse:
    client = get_visible(Client.objects, request.actor, public_id=public_id)
    if not may_change_client(request.actor, client):
        raise Forbidden(_("Only a manager, or the one who added the client, can change them."))
    form = ClientForm(request.POST or None, client=client)
    theirs: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            change_client(request.actor, client, **form.cleaned_data)
        except Conflict as error:
            theirs = form.take_in(Client.objects.get(pk=client.pk))
            status = error.status
            show(form, error)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("client_detail", client.public_id)
    crumbs = [
        (_("Clients"), reverse("client_list")),
        (client.name, reverse("client_detail", args=[client.public_id])),
        (_("Change"), ""),
    ]
    return render(
        request,
        "subscriptions/clients/form.html",
        {"form": form, "client": client, "theirs": theirs, "crumbs": crumbs},
        status=status,
    )
