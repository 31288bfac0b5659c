"""The list of the portfolio, and the form of a client."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Conflict, DomainError, Forbidden
from core.http import Request
from core.parts.lists import Column, Columns, changed
from subscriptions.client_filters import ClientFilter
from subscriptions.client_table import lines_of
from subscriptions.forms.clients import ClientForm
from subscriptions.forms.errors import show
from subscriptions.models import Client
from subscriptions.rights import keeps_clients
from subscriptions.selectors.clients import client_rows, clients_with_phone, just_added
from subscriptions.services.clients import (
    change_client,
    create_client,
    may_change_client,
    tag_many,
    untag_many,
)
from subscriptions.services.clients.tags import Tagged
from subscriptions.views.clients.access import client_of, crumbs_to, readers, writers
from subscriptions.views.way_back import way_back

COLUMNS = Columns(
    Column("name", gettext_lazy("Client")),
    Column("phone", gettext_lazy("Phone")),
    Column("tags", gettext_lazy("Tags")),
    Column("kind", gettext_lazy("Who it is")),
    Column("email", gettext_lazy("E-mail")),
    Column("consent", gettext_lazy("Consent")),
    Column("added", gettext_lazy("Added")),
)


@readers
@require_GET
def client_list(request: Request) -> HttpResponse:
    filterset = ClientFilter(request.GET, actor=request.actor)
    page = client_rows(filterset.qs, filterset.order, request.GET.get("after", ""))
    may_add = keeps_clients(request.actor)
    context = {
        "filterset": filterset,
        "columns": COLUMNS,
        # Translated once here, not once in every row.
        "labels": {column.name: str(column.label) for column in COLUMNS},
        "page": page,
        "lines": lines_of(page, filterset.tags, selectable=may_add),
        "known_tags": filterset.tags,
        "list_url": f"{reverse('client_list')}?{changed(request.GET)}",
        "query": changed(request.GET),
        "may_add": may_add,
        # Who only reads has nothing to select rows for.
        "bulk_form": "bulk" if may_add else "",
        "crumbs": [(_("Clients"), "")],
    }
    return render(request, "subscriptions/clients/list.html", context)


@writers
@require_POST
def client_tag_many(request: Request) -> HttpResponse:
    """Puts a tag on the clients `selected`, or takes it off (`do`)."""
    act = {"tag": tag_many, "untag": untag_many}.get(request.POST.get("do", ""))
    if act is None:
        raise DomainError(_("There is no such action."))
    back = way_back(request, reverse("client_list"))
    try:
        done = act(request.actor, request.POST.getlist("selected"), request.POST.get("tag", ""))
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        _say_what_was_tagged(request, done)
    return redirect(back)


def _say_what_was_tagged(request: Request, done: Tagged) -> None:
    messages.success(
        request,
        ngettext("%(count)s client was changed.", "%(count)s clients were changed.", done.changed)
        % {"count": done.changed},
    )
    if done.refused:
        messages.warning(
            request,
            ngettext(
                "%(count)s client was left as it is: a manager, or who added them, changes them.",
                "%(count)s clients were left as they are: a manager, or who added them, "
                "changes them.",
                done.refused,
            )
            % {"count": done.refused},
        )


@readers
@require_GET
def client_known(request: Request) -> HttpResponse:
    """Who has the phone `?phone=` already: a hint beside the field, for whoever types it."""
    besides = Client.objects.visible_to(request.actor).filter(
        public_id=request.GET.get("besides", "")[:12]
    )
    found = clients_with_phone(
        request.actor, request.GET.get("phone", "")[:40], besides=besides.first()
    )
    return render(request, "subscriptions/clients/known.html", {"clients": found})


@writers
@require_http_methods(["GET", "POST"])
def client_new(request: Request) -> HttpResponse:
    if not keeps_clients(request.actor):
        raise Forbidden(_("You cannot add clients here."))
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        twice = just_added(request.actor, typed["name"], typed["phone"])
        if twice is not None:
            return redirect("client_detail", twice.public_id)
        try:
            client = create_client(request.actor, **typed)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The client is in your portfolio."))
            _warn_of_others(request, client)
            return redirect("client_detail", client.public_id)
    crumbs = [(_("Clients"), reverse("client_list")), (_("New client"), "")]
    return render(
        request,
        "subscriptions/clients/form.html",
        {"form": form, "crumbs": crumbs},
        status=422 if form.errors else 200,
    )


def _warn_of_others(request: Request, client: Client) -> None:
    """A phone may be a family's: to have it twice is allowed, and worth knowing."""
    others = clients_with_phone(request.actor, client.phone, besides=client, limit=1)
    if others:
        messages.warning(
            request,
            format_html(
                "{} <a href='{}'>{}</a>",
                _("Another client has this phone:"),
                reverse("client_detail", args=[others[0].public_id]),
                others[0].name,
            ),
        )


@writers
@require_http_methods(["GET", "POST"])
def client_edit(request: Request, public_id: str) -> HttpResponse:
    client = client_of(request, public_id)
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
    if form.errors and status == 200:
        status = 422
    return render(
        request,
        "subscriptions/clients/form.html",
        {
            "form": form,
            "client": client,
            "theirs": theirs,
            "crumbs": crumbs_to(client, _("Change")),
        },
        status=status,
    )
