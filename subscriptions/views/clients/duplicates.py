"""Clients with one phone: found, looked at side by side, merged, and parted again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.querysets import get_visible
from subscriptions.forms.client_merge import MergeForm
from subscriptions.forms.errors import show
from subscriptions.models import Client, ClientMerge
from subscriptions.selectors.clients import duplicate_groups
from subscriptions.selectors.clients.merging import what_moves
from subscriptions.services.clients import may_change_client, merge_clients, undo_merge
from subscriptions.views.clients.access import client_of, crumbs_to, readers, writers


@readers
@require_GET
def client_duplicates(request: Request) -> HttpResponse:
    page = duplicate_groups(request.actor, request.GET.get("after", ""))
    crumbs = [(_("Clients"), reverse("client_list")), (_("Duplicates"), "")]
    context = {"page": page, "crumbs": crumbs}
    return render(request, "subscriptions/clients/duplicates.html", context)


@writers
@require_http_methods(["GET", "POST"])
def client_merge(request: Request, public_id: str, other: str) -> HttpResponse:
    """What merging `other` into the client will do, values to choose from, and doing it."""
    kept, duplicate = client_of(request, public_id), client_of(request, other)
    _check_may_merge(request, kept, duplicate)
    form = MergeForm(request.POST or None, kept=kept, duplicate=duplicate)
    if request.method == "POST" and form.is_valid():
        try:
            merge_clients(request.actor, kept, duplicate, **form.arguments())
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            show(form, error)
            form.start_anew()
        else:
            messages.success(request, _("Merged. For 24 hours it can be undone on this page."))
            return redirect("client_detail", kept.public_id)
    context = {
        "kept": kept,
        "duplicate": duplicate,
        "form": form,
        "moves": what_moves(duplicate),
        "crumbs": crumbs_to(kept, _("Merge")),
    }
    status = 422 if form.errors else 200
    return render(request, "subscriptions/clients/merge.html", context, status=status)


@writers
@require_POST
def client_merge_undo(request: Request, public_id: str) -> HttpResponse:
    merges = ClientMerge.objects.select_related("kept", "duplicate")
    merge: ClientMerge = get_visible(merges.all(), request.actor, public_id=public_id)
    try:
        undone = undo_merge(request.actor, merge)
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("client_detail", merge.kept.public_id)
    messages.success(request, _("The merge is undone: there are two clients again."))
    for sentence in undone.left:
        messages.warning(request, sentence)
    return redirect("client_detail", merge.kept.public_id)


def _check_may_merge(request: Request, *clients: Client) -> None:
    if len({client.pk for client in clients}) < len(clients):
        raise NotVisible(_("Choose two different clients."))
    if not all(may_change_client(request.actor, client) for client in clients):
        raise Forbidden(_("Only a manager, or the one who added both clients, can merge them."))
