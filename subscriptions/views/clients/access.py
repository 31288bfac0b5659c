"""Who opens the pages of the portfolio, and how a client is found for them."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access, only
from core.choices import Role
from core.http import Request
from core.querysets import get_visible
from subscriptions.models import Client
from subscriptions.rights import PORTFOLIO_KINDS

readers = access(only(*PORTFOLIO_KINDS))
writers = access(only(*PORTFOLIO_KINDS, least=Role.MEMBER))


def client_of(request: Request, public_id: str) -> Client:
    """The client at an address, or NotVisible."""
    found: Client = get_visible(Client.objects, request.actor, public_id=public_id)
    return found


def kept_client(request: Request, public_id: str) -> HttpResponse | None:
    """The way to the client that a merged duplicate stands for; None when it is none."""
    merged = Client.objects.merged_away(request.actor).filter(public_id=public_id)
    kept = merged.values_list("merged_into__public_id", flat=True).first()
    return redirect("client_detail", kept) if kept else None


def crumbs_to(client: Client, here: str) -> list[tuple[str, str]]:
    return [
        (_("Clients"), reverse("client_list")),
        (client.name, reverse("client_detail", args=[client.public_id])),
        (here, ""),
    ]
