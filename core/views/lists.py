"""Arranging a list: its columns, and views of it kept under a name. For every list of the site."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import IN_CABINET, access
from core.errors import DomainError, Forbidden, NotVisible
from core.http import Request
from core.models import SavedView
from core.saved_views import (
    ListKind,
    begin_with,
    choose_columns,
    delete_view,
    list_kind,
    list_state,
    may_keep_views,
    may_share,
    move_view,
    save_view,
)
from core.saved_views.forms import ViewForm
from core.saved_views.reading import (
    columns_of,
    default_view_of,
    url_of_view,
    visible_view,
)
from core.saved_views.writing import may_change

PAGES = ("GET", "POST")


@access(IN_CABINET)
@require_http_methods(PAGES)
def list_columns(request: Request, list_name: str) -> HttpResponse:
    """Which columns, and in which order: boxes to tick, and buttons that move a row."""
    kind = _kind(request, list_name)
    query = (request.POST or request.GET).get("query", "")
    if request.method == "POST":
        return _columns_posted(request, kind, query)
    return _columns_page(request, kind, query, columns_of(request.actor, kind))


@access(IN_CABINET)
@require_GET
def list_views(request: Request, list_name: str) -> HttpResponse:
    """All views that the actor has on a list, to be put in order, renamed, shared, deleted."""
    kind = _kind(request, list_name)
    state = list_state(request.actor, kind.name, request.GET)
    rows = [
        {
            "view": view,
            "url": url_of_view(kind, view),
            "is_default": view == state.default,
            "may_change": may_change(request.actor, view),
        }
        for view in state.views
    ]
    context = {"kind": kind, "rows": rows, "crumbs": _crumbs(kind, _("Views"))}
    return render(request, "core/lists/views.html", context)


@access(IN_CABINET)
@require_http_methods(PAGES)
def list_view_new(request: Request, list_name: str) -> HttpResponse:
    """Keeps the list as it stands in `query`, laid out as `layout`, under a name."""
    kind = _kind(request, list_name)
    given = request.POST or request.GET
    query, layout = given.get("query", ""), given.get("layout", "")
    form = ViewForm(request.POST or None, may_share=may_share(request.actor, kind))
    if request.method == "POST" and form.is_valid():
        columns = columns_of(request.actor, kind, query)
        wanted = {"query": query, "layout": layout, "columns": columns}
        saved = _saved(request, kind, form, None, wanted)
        if saved is not None:
            return redirect(url_of_view(kind, saved))
    context = {
        "form": form,
        "kind": kind,
        "query": query,
        "layout": layout,
        "title": _("Keep this view"),
        "back": kind.url(layout, query),
        "crumbs": _crumbs(kind, _("Keep this view")),
    }
    status = 422 if form.errors else 200
    return render(request, "core/lists/view.html", context, status=status)


@access(IN_CABINET)
@require_http_methods(PAGES)
def list_view_edit(request: Request, list_name: str, public_id: str) -> HttpResponse:
    """The name of a view, and who has it; with `query` in the form also its filters."""
    kind = _kind(request, list_name)
    view = visible_view(request.actor, kind.name, public_id)
    if not may_change(request.actor, view):
        raise Forbidden(_("This view is shared: a manager may change it."))
    initial = {
        "name": view.name,
        "is_shared": view.is_shared,
        "version": view.version,
        "is_default": default_view_of(request.actor, kind.name) == view.pk,
    }
    form = ViewForm(request.POST or None, may_share=may_share(request.actor, kind), initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = _saved(request, kind, form, view, {})
        if saved is not None:
            return redirect("list_views", kind.name)
    context = {
        "form": form,
        "kind": kind,
        "title": _("Change the view"),
        "back": reverse("list_views", args=[kind.name]),
        "crumbs": _crumbs(kind, view.name),
    }
    status = 422 if form.errors else 200
    return render(request, "core/lists/view.html", context, status=status)


@access(IN_CABINET)
@require_POST
def list_view_act(request: Request, list_name: str, public_id: str) -> HttpResponse:
    """`do`: up, down, default, no_default, delete, or replace (with `query` and `layout`)."""
    kind = _kind(request, list_name)
    view = visible_view(request.actor, kind.name, public_id)
    wanted = request.POST.get("do", "")
    if wanted == "replace":
        return _replaced(request, kind, view)
    if wanted in {"up", "down"}:
        move_view(request.actor, kind, view, -1 if wanted == "up" else 1)
    elif wanted in {"default", "no_default"}:
        begin_with(request.actor, kind, view if wanted == "default" else None)
    elif wanted == "delete":
        delete_view(request.actor, view)
        messages.success(request, _("The view is deleted."))
    else:
        raise DomainError(_("There is no such action."))
    return redirect("list_views", kind.name)


def _kind(request: Request, list_name: str) -> ListKind:
    kind = list_kind(list_name)
    if not may_keep_views(request.actor, kind):
        raise Forbidden(_("Choose an organization first: lists are arranged for each."))
    return kind


def _crumbs(kind: ListKind, last: Any) -> list[tuple[Any, str]]:
    return [(kind.title, kind.url()), (last, "")]


def _columns_posted(request: Request, kind: ListKind, query: str) -> HttpResponse:
    """Saves, or only puts a row before its neighbour: the form remembers what was ticked."""
    order, ticked = request.POST.getlist("order"), set(request.POST.getlist("columns"))
    for button, step in (("up", -1), ("down", 1)):
        name = request.POST.get(button)
        if name in order:
            _swap(order, order.index(name), step)
            return _columns_page(request, kind, query, [n for n in order if n in ticked], order)
    if "usual" in request.POST:
        choose_columns(request.actor, kind, [])
    else:
        try:
            choose_columns(request.actor, kind, [name for name in order if name in ticked])
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            messages.error(request, str(error.message))
            return redirect(f"{request.path}?{QueryDict(query).urlencode()}")
    return redirect(kind.url(query=query))


def _swap(order: list[str], here: int, step: int) -> None:
    there = here + step
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]


def _columns_page(
    request: Request,
    kind: ListKind,
    query: str,
    chosen: list[str],
    order: list[str] | None = None,
) -> HttpResponse:
    offered = {column.name: column for column in kind.columns(request.actor)}
    known = [name for name in (order or chosen) if name in offered]
    known += [name for name in offered if name not in known]
    rows = [
        {
            "column": offered[name],
            "is_chosen": name in chosen or name in kind.fixed,
            "is_fixed": name in kind.fixed,
        }
        for name in known
    ]
    context = {
        "kind": kind,
        "rows": rows,
        "query": query,
        "back": kind.url(query=query),
        "crumbs": _crumbs(kind, _("Columns")),
    }
    return render(request, "core/lists/columns.html", context)


def _saved(
    request: Request,
    kind: ListKind,
    form: ViewForm,
    view: SavedView | None,
    wanted: dict[str, Any],
) -> SavedView | None:
    """The view as it is now; None where the form has been told what is wrong."""
    given = form.cleaned_data
    try:
        saved = save_view(
            request.actor,
            kind,
            view,
            name=given["name"],
            is_shared=given.get("is_shared", False),
            version=given["version"] if view else None,
            **wanted,
        )
    except (Forbidden, NotVisible):
        raise
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return None
    if given["is_default"]:
        begin_with(request.actor, kind, saved)
    elif view is not None and default_view_of(request.actor, kind.name) == view.pk:
        begin_with(request.actor, kind, None)
    messages.success(request, _("Saved."))
    return saved


def _replaced(request: Request, kind: ListKind, view: SavedView) -> HttpResponse:
    """The open view takes over the filters, columns and layout that the list has now."""
    saved = save_view(
        request.actor,
        kind,
        view,
        name=view.name,
        is_shared=view.is_shared,
        query=request.POST.get("query", ""),
        layout=request.POST.get("layout", ""),
        columns=columns_of(request.actor, kind),
    )
    messages.success(request, _("The view is saved as it is now."))
    return redirect(url_of_view(kind, saved))
