"""The public knowledge base: read by everybody, by search engines too."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.http import parse_etags
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.access import PUBLIC, access
from core.errors import DomainError
from core.http import Request
from core.polling import tag_of
from subscriptions.services.leads.screening import count_from
from support.article_text import render_article
from support.choices import ArticleState
from support.models import Article
from support.selectors.article_search import (
    LONGEST_QUERY,
    FoundArticle,
    search_articles,
    suggest_articles,
)
from support.selectors.articles import get_article, related, shelf, shelves, vote_of
from support.services.article_votes import COMMENT_LENGTH, reader_of, vote
from support.services.articles import writes_articles
from users.addresses import client_address

Crumbs = list[tuple[str, str]]
# Votes from one network address within an hour.
VOTES_AT_MOST = 60
# A search engine shows about so much.
DESCRIPTION_LENGTH = 160
# Typing back and forth asks the same again.
_SUGGESTIONS_CACHE = "private, max-age=30"
_CSRF_COOKIE = settings.CSRF_COOKIE_NAME


@access(PUBLIC)
@require_safe
def help_home(request: Request) -> HttpResponse:
    """Sections with the first of their articles, and the search."""
    found = shelves()
    context = {"shelves": found, "crumbs": [(_("Help"), "")], "canonical": _canonical(request)}
    return _cached(request, "support/help/home.html", context, found)


@access(PUBLIC)
@require_safe
def help_category(request: Request, slug: str) -> HttpResponse:
    found = shelf(slug)
    if found is None:
        raise Http404(_("There is no such page."))
    crumbs = [(_("Help"), reverse("help_home")), (found.section.name, "")]
    context = {"shelf": found, "crumbs": crumbs, "canonical": _canonical(request)}
    return _cached(request, "support/help/category.html", context, found, found.section.name)


@access(PUBLIC)
@require_safe
def help_article(request: Request, slug: str) -> HttpResponse:
    """An article; its writers see drafts, at the address that they will have."""
    article = get_article(request.actor, slug)
    kin = related(article)
    answer = vote_of(article, reader_of(request.actor, request.session.session_key or ""))
    own = (answer.has_helped, bool(answer.comment)) if answer else None
    seen = (article.version, article.category.name, kin, own)
    context = _article_context(request, article, kin)
    return _cached(request, "support/help/article.html", context | {"answer": answer}, *seen)


@access(PUBLIC)
@require_POST
def help_vote(request: Request, slug: str) -> HttpResponse:
    """`helped`: yes or no; `comment`: what was missing. One vote a reader, who may change it."""
    helped = request.POST.get("helped")
    article = get_article(request.actor, slug)
    if helped not in {"yes", "no"} or article.state != ArticleState.PUBLISHED:
        raise Http404(_("There is no such page."))
    count_from(client_address(request), "help-votes", VOTES_AT_MOST)
    try:
        vote(
            request.actor,
            slug,
            reader_of(request.actor, _session_key(request)),
            helped=helped == "yes",
            comment=request.POST.get("comment", ""),
        )
    except DomainError as error:
        if error.field != "comment":
            raise
        return _refused(request, article, error)
    return redirect(f"{reverse('help_article', args=[slug])}#helped")


@access(PUBLIC)
@require_safe
def help_search(request: Request) -> HttpResponse:
    """`?q=`: published articles, also for what was typed with a slip or on the wrong keyboard."""
    text = _query(request)
    found = search_articles(text)
    context = {
        "text": text,
        "found": found,
        "crumbs": [(_("Help"), reverse("help_home")), (_("Search"), "")],
        "canonical": _canonical(request),
    }
    return render(request, "support/help/search.html", context)


@access(PUBLIC)
@require_safe
def help_suggest(request: Request) -> HttpResponse:
    """`?q=&category=`: a fragment with at most five articles that may answer what is being typed.

    `category` is the public id of a category of tickets. Each link carries `data-article-url` and
    `data-article-title`, from which staff put it into an answer. Empty where nothing fits.
    """
    articles = suggest_articles(_query(request), request.GET.get("category", "")[:12])
    html = render_to_string("support/help/suggestions.html", {"articles": articles})
    return HttpResponse(html.strip(), headers={"Cache-Control": _SUGGESTIONS_CACHE})


# --- parts ------------------------------------------------------------------------------------
def _article_context(
    request: Request, article: Article, kin: Sequence[FoundArticle]
) -> dict[str, Any]:
    text = render_article(article.body)
    section = article.category
    crumbs: Crumbs = [
        (_("Help"), reverse("help_home")),
        (section.name, reverse("help_category", args=[section.slug])),
        (article.title, ""),
    ]
    return {
        "article": article,
        "text": text,
        "description": article.summary or _beginning_of(text.html),
        "is_draft": article.state != ArticleState.PUBLISHED,
        "related": kin,
        "may_write": writes_articles(request.actor),
        "comment_length": COMMENT_LENGTH,
        "crumbs": crumbs,
        "canonical": _canonical(request),
    }


def _refused(request: Request, article: Article, error: DomainError) -> HttpResponse:
    """The article once more, with what was typed and why it cannot be kept."""
    context = _article_context(request, article, related(article))
    context |= {"comment": request.POST.get("comment", ""), "comment_error": str(error)}
    return render(request, "support/help/article.html", context, status=422)


def _cached(
    request: Request, template: str, context: dict[str, Any], *shown: object
) -> HttpResponse:
    """The page, or 304 where the browser has it as it would be drawn now.

    The forms of a page hold a token that goes with the cookie; a page with a message is shown once.
    """
    has_messages = bool(getattr(request, "_messages", ()))
    cookies = (request.COOKIES.get(_CSRF_COOKIE, ""), request.COOKIES.get("theme", ""))
    tag = tag_of(request, *shown, *cookies)
    if not has_messages and tag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render(request, template, context)
    if not has_messages and _CSRF_COOKIE in request.COOKIES:
        response["ETag"] = tag
        response["Cache-Control"] = "private, no-cache"
    return response


def _session_key(request: Request) -> str:
    """The key of the reader's session, which is begun for the first vote of an anonymous one.

    A key that the portal has not given is no reader.
    """
    if request.actor.is_known:
        return ""
    if not request.session.session_key or not request.session.exists(request.session.session_key):
        request.session.create()
        request.session["reads_help"] = True
        request.session.save()
    return request.session.session_key or ""


def _query(request: Request) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST_QUERY]


def _beginning_of(html: str) -> str:
    return Truncator(" ".join(strip_tags(html).split())).chars(DESCRIPTION_LENGTH)


def _canonical(request: Request) -> str:
    """One address for the page, whatever host and parameters it was asked by."""
    return settings.SITE_URL + request.path
