"""Reads the knowledge base: sections and articles for readers, and lists for its writers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from core.actor import Actor
from core.querysets import get_visible
from support.choices import ArticleState
from support.models import Article, ArticleCategory, ArticleVote, ArticleWord
from support.selectors.article_search import FoundArticle

# Shown of each section on the first page.
SHOWN_OF_SECTION = 5
RELATED_AT_MOST = 4
# Words two articles are held to be kin by: those of titles and summaries.
_KIN_WEIGHT = 8
COMMENTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """A section with the first of its published articles, and how many there are."""

    section: ArticleCategory
    articles: Sequence[FoundArticle]
    count: int


def shelves() -> list[Shelf]:
    """Sections that hold something, in their order; in two queries."""
    found: dict[int, list[FoundArticle]] = {}
    rows = _published().order_by("position", "title", "pk")
    for section, slug, title, summary in rows.values_list(
        "category_id", "slug", "title", "summary"
    ):
        found.setdefault(section, []).append(FoundArticle(slug, title, summary))
    return [
        Shelf(section, found[section.pk][:SHOWN_OF_SECTION], len(found[section.pk]))
        for section in ArticleCategory.objects.all()
        if section.pk in found
    ]


def shelf(slug: str) -> Shelf | None:
    """One section with all of its published articles; None where it has none."""
    section = ArticleCategory.objects.filter(slug=slug).first()
    if section is None:
        return None
    rows = _published().filter(category=section).order_by("position", "title", "pk")
    articles = [FoundArticle(*row) for row in rows.values_list("slug", "title", "summary")]
    return Shelf(section, articles, len(articles)) if articles else None


def get_article(actor: Actor, slug: str) -> Article:
    """The article the actor may read. Raises NotVisible: of drafts for all but their writers."""
    rows = Article.objects.select_related("category")
    found: Article = get_visible(rows, actor, slug=slug)
    return found


def related(article: Article) -> list[FoundArticle]:
    """Published articles with telling words of this one, or of the same section; in one query."""
    words = ArticleWord.objects.filter(article=article, weight__gte=_KIN_WEIGHT).values("word")
    rows = (
        _published()
        .exclude(pk=article.pk)
        .annotate(
            kin=Count("words", filter=Q(words__word__in=words, words__weight__gte=_KIN_WEIGHT))
        )
        .filter(Q(category_id=article.category_id) | Q(kin__gt=0))
        .order_by(F("kin").desc(), "-helped", "title")
    )
    values = rows.values_list("slug", "title", "summary")
    return [FoundArticle(*row) for row in values[:RELATED_AT_MOST]]


def vote_of(article: Article, reader: str) -> ArticleVote | None:
    """What this reader answered; no query for who has not answered anything anywhere."""
    return ArticleVote.objects.filter(article=article, reader=reader).first() if reader else None


def articles_to_write(actor: Actor) -> QuerySet[Article]:
    """All that the actor may read, with section."""
    return Article.objects.visible_to(actor).select_related("category")


def missing_in(article: Article) -> list[ArticleVote]:
    """What readers whom it did not help say, the newest first."""
    rows = ArticleVote.objects.filter(article=article, has_helped=False).exclude(comment="")
    return list(rows.order_by("-created_at", "-pk")[:COMMENTS_SHOWN])


def _published() -> QuerySet[Article]:
    return Article.objects.filter(state=ArticleState.PUBLISHED)
