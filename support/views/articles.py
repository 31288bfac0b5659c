"""Where the knowledge base is written: the list, the editor with its preview, the state."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.access import access, staff
from core.choices import StaffScope
from core.errors import Conflict, DomainError, Forbidden
from core.http import Request
from core.pagination import paginate
from core.parts.lists import Column, Columns
from subscriptions.forms.errors import show
from support.article_filters import ArticleFilter
from support.article_text import ArticleText, render_article
from support.forms.articles import ArticleForm
from support.models import Article
from support.selectors.articles import get_article, missing_in
from support.services.articles import (
    BODY_LENGTH,
    publish,
    save_article,
    unpublish,
    writes_articles,
)

writers = access(staff(StaffScope.SUPPORT, StaffScope.CONTENT, StaffScope.ADMIN))

COLUMNS = Columns(
    Column("title", gettext_lazy("Article")),
    Column("section", gettext_lazy("Section")),
    Column("state", gettext_lazy("State")),
    Column("helped", gettext_lazy("Helped"), numeric=True),
    Column("helped_not", gettext_lazy("Did not help"), numeric=True),
    Column("changed", gettext_lazy("Changed")),
)
ORDER = ["-updated_at", "-pk"]


@writers
@require_GET
def article_list(request: Request) -> HttpResponse:
    """All articles, drafts too, the newest change first."""
    filterset = ArticleFilter(request.GET, actor=request.actor)
    context = {
        "filterset": filterset,
        "columns": COLUMNS,
        "page": paginate(filterset.qs, ORDER, request.GET.get("after", "")),
        "crumbs": [(_("Articles"), "")],
    }
    return render(request, "support/articles/list.html", context)


@writers
@require_http_methods(["GET", "POST"])
def article_new(request: Request) -> HttpResponse:
    _require_writer(request)
    form = ArticleForm(request.POST or None)
    if _is_preview(request):
        return _page(request, form, _("New article"), preview=_preview(request))
    if request.method == "POST" and form.is_valid():
        try:
            article = save_article(request.actor, None, **form.arguments())
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The draft is saved. Look at it, and publish it."))
            return redirect("article_edit", article.slug)
    return _page(request, form, _("New article"), status=422 if form.errors else 200)


@writers
@require_http_methods(["GET", "POST"])
def article_edit(request: Request, slug: str) -> HttpResponse:
    article = _article(request, slug)
    form = ArticleForm(request.POST or None, article=article)
    more: dict[str, Any] = {"article": article, "missing": missing_in(article)}
    if _is_preview(request):
        return _page(request, form, article.title, preview=_preview(request), **more)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_article(request.actor, article, **form.arguments())
        except Conflict as error:
            status = error.status
            # What is written now stands beside what was going to be saved over it.
            more["theirs"] = article = get_article(request.actor, slug)
            form.take_version(article.version)
            show(form, error)
        except DomainError as error:
            show(form, error)
        else:
            messages.success(request, _("The article is saved."))
            return redirect("article_edit", saved.slug)
    status = 422 if form.errors and status == 200 else status
    return _page(request, form, article.title, status=status, **more)


@writers
@require_POST
def article_preview(request: Request) -> HttpResponse:
    """The text as its page would show it, for the editor."""
    return render(request, "support/articles/preview.html", {"preview": _preview(request)})


@writers
@require_POST
def article_state(request: Request, slug: str) -> HttpResponse:
    """`do`: publish or unpublish."""
    article = _article(request, slug)
    if request.POST.get("do") == "publish":
        publish(request.actor, article)
        messages.success(request, _("The article is published: everybody can read it."))
    else:
        unpublish(request.actor, article)
        messages.success(request, _("The article is a draft again: nobody finds it."))
    return redirect("article_edit", slug)


def _article(request: Request, slug: str) -> Article:
    article = get_article(request.actor, slug)
    _require_writer(request)
    return article


def _require_writer(request: Request) -> None:
    if not writes_articles(request.actor):
        raise Forbidden(_("Leave the organization you act for: articles are the portal's own."))


def _is_preview(request: Request) -> bool:
    """Without scripts the same form shows the preview beneath, and saves nothing."""
    return request.method == "POST" and "preview" in request.POST


def _preview(request: Request) -> ArticleText:
    return render_article(request.POST.get("body", "")[:BODY_LENGTH])


def _page(
    request: Request, form: ArticleForm, title: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    crumbs = [(_("Articles"), reverse("article_list")), (title, "")]
    context = {"form": form, "title": title, "crumbs": crumbs, **more}
    return render(request, "support/articles/form.html", context, status=status)
