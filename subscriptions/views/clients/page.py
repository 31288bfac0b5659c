"""The page of one client, and what is done on it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.querysets import get_visible
from core.registry import gather
from locations.selectors.buildings import visible_building
from subscriptions.forms.clients import AddressForm
from subscriptions.forms.errors import show
from subscriptions.models import Client, ClientTag
from subscriptions.rights import keeps_clients
from subscriptions.selectors.clients.page import client_page
from subscriptions.selectors.typed_address import read_address
from subscriptions.services.clients import (
    add_address,
    may_change_client,
    record_consent,
    remove_address,
    tag_client,
    untag_client,
    withdraw_consent,
)
from subscriptions.views.clients.access import (
    client_of,
    crumbs_to,
    kept_client,
    readers,
    writers,
)


@readers
@require_GET
def client_detail(request: Request, public_id: str) -> HttpResponse:
    try:
        client = client_of(request, public_id)
    except NotVisible:
        elsewhere = kept_client(request, public_id)
        if elsewhere is None:
            raise
        return elsewhere
    may_change = may_change_client(request.actor, client)
    return render(
        request,
        "subscriptions/clients/detail.html",
        {
            "client": client,
            "shown": client_page(request.actor, client),
            "crumbs": [(_("Clients"), reverse("client_list")), (client.name, "")],
            "may_change": may_change,
            "may_file": keeps_clients(request.actor),
            "now": clock.now(),
            "panels": gather("client.panels", request.actor, client),
        },
    )


@writers
@require_POST
def client_consent(request: Request, public_id: str) -> HttpResponse:
    """Notes what the client says of their consent: `say` is "yes" or "no"."""
    client = client_of(request, public_id)
    said = request.POST.get("say")
    if said == "yes":
        record_consent(request.actor, client)
        messages.success(request, _("Noted: the client agrees."))
    elif said == "no":
        withdraw_consent(request.actor, client)
        messages.success(
            request,
            _("Noted: the consent is withdrawn. Nothing new can be filed until it is given again."),
        )
    else:
        raise DomainError(_("There is no such action."))
    return redirect("client_detail", client.public_id)


@writers
@require_POST
def client_tag(request: Request, public_id: str) -> HttpResponse:
    """Puts the tag named `tag` on the client, or takes off the one named `untag`."""
    client = client_of(request, public_id)
    try:
        if "untag" in request.POST:
            own = ClientTag.objects.visible_to(request.actor)
            tag = get_visible(own, request.actor, search_key=request.POST["untag"][:40])
            untag_client(request.actor, client, tag)
        else:
            tag_client(request.actor, client, request.POST.get("tag", ""))
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("client_detail", client.public_id)


@writers
@require_http_methods(["GET", "POST"])
def client_address_new(request: Request, public_id: str) -> HttpResponse:
    """First the building, by suggestion or by what was typed; then the flat (`?building=`)."""
    client = _changeable(request, public_id)
    chosen = request.GET.get("building", "")
    building = visible_building(request.actor, chosen) if chosen else None
    typed = read_address(request.actor, "" if building else request.GET.get("q", ""))
    if building is None and typed.building is not None:
        building = visible_building(request.actor, typed.building.public_id)
    form = AddressForm(request.POST or None, building=building, unit=typed.unit)
    if request.method == "POST" and building is not None and form.is_valid():
        try:
            add_address(request.actor, client, building=building, **form.cleaned_data)
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The address is noted."))
            return redirect("client_detail", client.public_id)
    context = {
        "client": client,
        "building": building,
        "typed": typed,
        "form": form,
        "suggest_url": f"{reverse('suggest')}?for=here",
        "crumbs": crumbs_to(client, _("New address")),
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/clients/address.html", context, status=status)


@writers
@require_POST
def client_address_remove(request: Request, public_id: str, pk: int) -> HttpResponse:
    client = _changeable(request, public_id)
    remove_address(request.actor, client, pk)
    messages.success(request, _("The address is removed."))
    return redirect("client_detail", client.public_id)


def _changeable(request: Request, public_id: str) -> Client:
    client = client_of(request, public_id)
    if not may_change_client(request.actor, client):
        raise Forbidden(_("Only a manager, or the one who added the client, can change them."))
    return client
