"""What is done on a request's page beside notes and moves: ticks, own fields, files, links."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import MEMBERS, access
from core.actor import Actor
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.parts.text import count_of_options
from core.sendfile import hand_over
from core.uploads import CONTENT_TYPES, ending_of
from subscriptions.choices import RelationKind
from subscriptions.forms.custom_fields import FieldsForm
from subscriptions.models import ConnectionRequest, RequestFile
from subscriptions.selectors.custom_fields import filled_in
from subscriptions.selectors.related import related_to
from subscriptions.selectors.request_page import corresponds, request_for_page, title_of
from subscriptions.services.checklists import tick
from subscriptions.services.custom_fields import fill_in
from subscriptions.services.relations import link_request, unlink_request
from subscriptions.services.requests import mark_seen, remove_file
from subscriptions.services.requests.mentions import colleagues_of
from subscriptions.services.requests.notes import may_contribute, own_party
from subscriptions.views.request_page import page_again
from subscriptions.views.request_parts import checklist_of, fields_panel

SUGGESTIONS = 8
CHECKLIST_TEMPLATE = "subscriptions/requests/checklist.html"
RELATED_TEMPLATE = "subscriptions/requests/related.html"


# --- what was seen ----------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def request_seen(request: HttpRequest, number: str) -> HttpResponse:
    """Said by the page once it has been shown, and by the button of those without scripts."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    given = request.POST.get("event", "")
    if not given.isascii() or not given.isdecimal() or len(given) > 18:
        raise DomainError(_("“event” must be a number."), field="event")
    mark_seen(actor, found, int(given))
    if "by_hand" in request.POST:
        return redirect("request_detail", number)
    return HttpResponse(status=204)


# --- mentions ---------------------------------------------------------------------------------
@access(MEMBERS)
@require_GET
def request_colleagues(request: HttpRequest, number: str) -> HttpResponse:
    """Options for what is typed after an @: colleagues alone, whose names contain it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    if not may_contribute(actor, found):
        raise Forbidden(_("You can read this request, but not add to it."))
    wanted = request.GET.get("q", "").strip().lower()[:80].replace("ё", "е")
    fitting = [
        one
        for one in colleagues_of(actor, found)
        if wanted in f"{one.label} {one.email}".lower().replace("ё", "е")
    ][:SUGGESTIONS]
    context = {"colleagues": fitting, "status": count_of_options(len(fitting))}
    return render(request, "subscriptions/requests/colleagues.html", context)


# --- files ------------------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def request_file_remove(request: HttpRequest, number: str, public_id: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    if not corresponds(actor, found):
        raise NotVisible(_("There is no such file, or it is not yours to see."))
    remove_file(actor, found, public_id)
    messages.success(request, _("The file was removed."))
    return redirect(_page(found, "#files"))


@access(MEMBERS)
@require_GET
def request_file_picture(
    request: HttpRequest, number: str, public_id: str, size: str
) -> HttpResponseBase:
    """What the portal has drawn anew of a picture: shown in the page, never the upload itself."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    missing = _("There is no such file, or it is not yours to see.")
    found = request_for_page(actor, number)
    file = RequestFile.objects.filter(request=found, public_id=public_id).first()
    if file is None or not corresponds(actor, found):
        raise NotVisible(missing)
    picture = file.thumbnail if size == "thumbnail" else file.preview
    ending = ending_of(picture.name or "")
    if ending not in ("jpg", "png"):
        raise NotVisible(missing)
    name = f"{file.name}.{ending}"
    return hand_over(picture, name, CONTENT_TYPES[ending], missing, inline=True)


# --- checklist --------------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def request_tick(request: HttpRequest, number: str) -> HttpResponse:
    """`tick` or `untick` holds the item; with htmx the answer is the checklist as it is now."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    done = "tick" in request.POST
    given = request.POST.get("tick" if done else "untick", "")
    if not given.isascii() or not given.isdecimal() or len(given) > 18:
        raise DomainError(_("Choose an item."), field="tick")
    tick(actor, found, int(given), done=done)
    if not request.headers.get("HX-Request"):
        return redirect(_page(found, "#checklist"))
    context = {"row": found, "checklist": checklist_of(actor, found)}
    return render(request, CHECKLIST_TEMPLATE, context)


# --- own fields -------------------------------------------------------------------------------
@access(MEMBERS)
@require_POST
def request_fields(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    shown = filled_in(actor, found)
    if shown is None or not shown.fields:
        raise Forbidden(_("You cannot fill this in, or not any more."))
    form = FieldsForm(shown.fields, request.POST, values=shown.values, version=shown.version)
    if form.is_valid():
        try:
            fill_in(actor, found, form.typed, version=form.cleaned_data["version"])
        except Conflict as conflict:
            # What was typed stands on what is there now: sent once more it is kept.
            form.data = dict(form.data.items())
            form.data["version"] = str(shown.version)
            form.add_error(None, str(conflict.message))
        except DomainError as refused:
            if refused.field not in form.fields:
                raise
            form.add_error(refused.field, str(refused.message))
        else:
            messages.success(request, _("What you filled in is saved."))
            return redirect(_page(found, "#own-fields"))
    return page_again(request, found, own_fields=fields_panel(actor, found, form))


# --- related requests -------------------------------------------------------------------------
@access(MEMBERS)
@require_GET
def request_related(request: HttpRequest, number: str) -> HttpResponse:
    """By htmx when it is opened on the request's page; a page of its own without scripts."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return _related(request, request_for_page(actor, number))


@access(MEMBERS)
@require_http_methods(["POST"])
def request_link(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    typed = {name: request.POST.get(name, "") for name in ("number", "kind")}
    try:
        link_request(actor, found, typed["number"], typed["kind"])
    except DomainError as refused:
        if refused.field not in typed:
            raise
        return _related(request, found, link_error=str(refused.message), typed=typed)
    return _related_again(request, found)


@access(MEMBERS)
@require_POST
def request_unlink(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = request_for_page(actor, number)
    unlink_request(actor, found, pk)
    return _related_again(request, found)


def _related_again(request: HttpRequest, found: ConnectionRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _related(request, found)
    return redirect("request_related", found.number)


def _related(request: HttpRequest, found: ConnectionRequest, **more: Any) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    by_htmx = bool(request.headers.get("HX-Request"))
    context = {
        "row": found,
        "groups": related_to(actor, found),
        "may_link": may_contribute(actor, found) and bool(own_party(actor, found)),
        "kinds": RelationKind.choices,
        **more,
    }
    # A fragment is put in place whatever its status says: htmx leaves errors out.
    status = 422 if "link_error" in more and not by_htmx else 200
    if by_htmx:
        return render(request, RELATED_TEMPLATE, context, status=status)
    context |= {
        "title": title_of(found),
        "crumbs": [
            (_("Requests"), reverse("request_list")),
            (found.number, reverse("request_detail", args=[found.number])),
            (_("Related requests"), ""),
        ],
    }
    return render(request, "subscriptions/requests/related_page.html", context, status=status)


def _page(found: ConnectionRequest, anchor: str) -> str:
    return reverse("request_detail", args=[found.number]) + anchor
