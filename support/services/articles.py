"""Writing of the knowledge base: articles, their state, and the words that they are found by."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import StaffScope
from core.errors import Conflict, DomainError, Forbidden
from core.events import emit
from support.article_words import words_of_article
from support.choices import ArticleState
from support.models import Article, ArticleCategory, ArticleWord, TicketCategory
from support.selectors.article_search import forget_vocabulary
from support.slugs import transliterated

WRITERS = frozenset({StaffScope.SUPPORT, StaffScope.CONTENT, StaffScope.ADMIN})
# Pages of the knowledge base and of its writers stand at these addresses.
RESERVED = frozenset({"search", "suggest", "sections", "new", "preview"})
SLUG_LENGTH, TITLE_LENGTH, SUMMARY_LENGTH, BODY_LENGTH = 80, 150, 300, 50_000


def writes_articles(actor: Actor) -> bool:
    """Support, editors of the site and administrators, acting for nobody; and the portal itself."""
    return actor.system or (actor.organization is None and actor.staff in WRITERS)


def save_article(
    actor: Actor,
    article: Article | None,
    *,
    title: str,
    category: ArticleCategory,
    body: str,
    summary: str = "",
    slug: str = "",
    ticket_category: TicketCategory | None = None,
    position: int = 0,
    version: int | None = None,
) -> Article:
    """Writes an article: a new draft for None.

    Without a slug one is made of the title. It is changed no more once the article was published:
    links and search engines keep it. `version` is what the writer saw: Conflict when somebody
    changed it since. Raises DomainError with `field`, Forbidden.
    """
    _require_writer(actor)
    text = _checked(title=title, summary=summary, body=body)
    with transaction.atomic():
        row = Article(created_at=clock.now(), version=0) if article is None else _locked(article)
        _refuse_stale(row, version)
        wanted = slug.strip().lower()
        check_slug(row, wanted)
        row.slug = wanted or row.slug or _free_slug(text["title"])
        for name, value in text.items():
            setattr(row, name, value)
        row.category = category
        row.ticket_category = ticket_category
        row.position = position
        row.written_by = row.written_by or actor.user
        _save(row)
        keep_words(row)
        emit(actor, "article.changed", row, {}, {"article": row.pk})
    return row


def publish(actor: Actor, article: Article, *, version: int | None = None) -> Article:
    """Lets everybody read it. Raises Conflict, Forbidden; published already, it stays as it is."""
    return _put(actor, article, ArticleState.PUBLISHED, version)


def unpublish(actor: Actor, article: Article, *, version: int | None = None) -> Article:
    """Makes it a draft again, which nobody but its writers sees."""
    return _put(actor, article, ArticleState.DRAFT, version)


def keep_words(article: Article) -> None:
    """Writes the words of an article anew, in the caller's transaction."""
    words = words_of_article(article.title, article.summary, article.body)
    ArticleWord.objects.filter(article=article).delete()
    ArticleWord.objects.bulk_create(
        [ArticleWord(article=article, word=word, weight=weight) for word, weight in words.items()],
        batch_size=500,
    )
    forget_vocabulary()


def keep_words_of(articles: Iterable[Article]) -> None:
    """The same of many, each in a transaction of its own: after a change of how words are made."""
    for article in articles:
        with transaction.atomic():
            keep_words(_locked(article))


def _put(actor: Actor, article: Article, state: ArticleState, version: int | None) -> Article:
    _require_writer(actor)
    with transaction.atomic():
        row = _locked(article)
        _refuse_stale(row, version)
        if row.state == state:
            return row
        row.state = state
        if state == ArticleState.PUBLISHED:
            row.published_at = row.published_at or clock.now()
        _save(row)
        kind = "article.published" if state == ArticleState.PUBLISHED else "article.changed"
        emit(actor, kind, row, {}, {"article": row.pk})
        forget_vocabulary()
    return row


def _require_writer(actor: Actor) -> None:
    if not writes_articles(actor):
        raise Forbidden(_("The knowledge base is written by support and editors of the site."))


def _locked(article: Article) -> Article:
    return Article.objects.select_for_update().get(pk=article.pk)


def _refuse_stale(row: Article, version: int | None) -> None:
    if version is not None and row.pk is not None and row.version != version:
        raise Conflict(_("Somebody changed the article while you were writing. Compare, and save."))


def _checked(*, title: str, summary: str, body: str) -> dict[str, str]:
    """The texts as they are kept. Raises DomainError naming the first that cannot be."""
    texts = {
        "title": (" ".join(title.split()), TITLE_LENGTH),
        "summary": (" ".join(summary.split()), SUMMARY_LENGTH),
        "body": (body.replace("\r\n", "\n").strip(), BODY_LENGTH),
    }
    for name, (text, most) in texts.items():
        if not text and name != "summary":
            raise DomainError(_("Write something here."), field=name)
        if "\x00" in text:
            raise DomainError(_("There are characters here that cannot be kept."), field=name)
        if len(text) > most:
            message = _("Make it shorter: at most %(limit)s characters.") % {"limit": most}
            raise DomainError(message, field=name)
    return {name: text for name, (text, _most) in texts.items()}


def check_slug(row: Article, slug: str) -> None:
    """Raises DomainError on `slug` for an address that the article cannot have; "" is no wish."""
    if slug in {"", row.slug}:
        return
    if row.published_at is not None:
        message = _("The address of what was published once stays: links to it would be dead.")
        raise DomainError(message, field="slug")
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise DomainError(_("Latin letters, digits and hyphens."), field="slug") from error
    if len(slug) > SLUG_LENGTH or slug in RESERVED:
        raise DomainError(_("Choose another address."), field="slug")
    if Article.objects.filter(slug=slug).exclude(pk=row.pk).exists():
        raise DomainError(_("An article has this address already."), field="slug")


def _free_slug(title: str) -> str:
    plain = transliterated(title, SLUG_LENGTH - 4)
    taken = {
        *RESERVED,
        *Article.objects.filter(slug__startswith=plain).values_list("slug", flat=True),
    }
    number = 2
    candidate = plain
    while candidate in taken:
        candidate = f"{plain}-{number}"
        number += 1
    return candidate


def _save(row: Article) -> None:
    row.version += 1
    row.updated_at = clock.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("An article has this address already."), field="slug") from error
