"""«Помогло?»: what readers think of an article."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import DomainError
from core.querysets import get_visible
from support.models import Article, ArticleVote

COMMENT_LENGTH = 500


def reader_of(actor: Actor, session_key: str) -> str:
    """A digest by which a reader's vote is found again, and nobody is; "" for who has no session.

    Of the account where there is one, so that a vote is one's own in every browser.
    """
    if actor.user_id is None and not session_key:
        return ""
    who = f"user {actor.user_id}" if actor.user_id is not None else f"session {session_key}"
    return salted_hmac(
        "support.article_vote", who, settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()


def vote(actor: Actor, slug: str, reader: str, *, helped: bool, comment: str = "") -> ArticleVote:
    """Notes or changes the reader's one vote; the article counts both answers.

    A comment is kept with a no alone: it says what was missing. Raises NotVisible, DomainError.
    """
    words = " ".join(comment.replace("\x00", "").split())
    if len(words) > COMMENT_LENGTH:
        message = _("Make it shorter: at most %(limit)s characters.") % {"limit": COMMENT_LENGTH}
        raise DomainError(message, field="comment")
    if helped:
        words = ""
    found: Article = get_visible(Article.objects, actor, slug=slug)
    with transaction.atomic():
        article = Article.objects.select_for_update().get(pk=found.pk)
        row = ArticleVote.objects.filter(article=article, reader=reader).first()
        if row is None:
            row = _first(article, reader, helped=helped, comment=words)
        elif row.has_helped != helped or row.comment != words:
            _change(article, row, helped=helped, comment=words)
    return row


def _first(article: Article, reader: str, *, helped: bool, comment: str) -> ArticleVote:
    row = ArticleVote(
        article=article,
        reader=reader,
        has_helped=helped,
        comment=comment,
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Where rows cannot be locked, the same click twice.
        return ArticleVote.objects.get(article=article, reader=reader)
    _count(article, helped, +1)
    return row


def _change(article: Article, row: ArticleVote, *, helped: bool, comment: str) -> None:
    if row.has_helped != helped:
        _count(article, row.has_helped, -1)
        _count(article, helped, +1)
    row.has_helped = helped
    row.comment = comment
    row.created_at = clock.now()
    row.save(update_fields=["has_helped", "comment", "created_at"])


def _count(article: Article, helped: bool, by: int) -> None:
    """Neither the version nor the time of change: the text is as it was."""
    column = "helped" if helped else "helped_not"
    Article.objects.filter(pk=article.pk).update(**{column: F(column) + by})
