"""The public knowledge base, and what customers thought of an answer."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.choices import StaffScope
from support.choices import ArticleState
from users.models.fields import FoldedField


class ArticleCategory(models.Model):
    """A shelf of the knowledge base."""

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("what is there"), max_length=200, blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="book")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("section of the knowledge base")
        verbose_name_plural = _("sections of the knowledge base")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class ArticleQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """What is published: everybody. Drafts: support, editors of the site, administrators."""
        writers = {StaffScope.SUPPORT, StaffScope.CONTENT, StaffScope.ADMIN}
        if actor.system or (actor.organization is None and actor.staff in writers):
            return self
        return self.filter(state=ArticleState.PUBLISHED)


class Article(models.Model):
    """A page of the knowledge base, in Markdown."""

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    category = models.ForeignKey(
        ArticleCategory, models.PROTECT, related_name="articles", verbose_name=_("section")
    )
    title = models.CharField(_("title"), max_length=150)
    search_title = FoldedField("title")
    summary = models.CharField(_("in short"), max_length=300, blank=True)
    body = models.TextField(_("text"), max_length=50_000)
    state = models.CharField(
        _("state"), max_length=10, choices=ArticleState.choices, default=ArticleState.DRAFT
    )
    # Tickets of this category are offered it first.
    ticket_category = models.ForeignKey(
        "support.TicketCategory",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for tickets of the category"),
    )
    helped = models.PositiveIntegerField(_("helped"), default=0, editable=False)
    helped_not = models.PositiveIntegerField(_("did not help"), default=0, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title


class ArticleWord(models.Model):
    """A folded word of an article, and how much it weighs: in the title more than in the text."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="words")
    word = models.CharField(max_length=40)
    weight = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("word of an article")
        verbose_name_plural = _("words of articles")
        constraints = [
            models.UniqueConstraint(fields=["article", "word"], name="article_word_once"),
        ]
        indexes = [
            models.Index(
                fields=["word", "article"],
                name="article_word",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.word


class ArticleVote(models.Model):
    """«Помогло?»: one answer of a reader, known by a digest that leads to nobody."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="votes")
    reader = models.CharField(max_length=64)
    has_helped = models.BooleanField()
    comment = models.CharField(_("what was missing"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("vote on an article")
        verbose_name_plural = _("votes on articles")
        constraints = [
            models.UniqueConstraint(fields=["article", "reader"], name="article_vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.has_helped}"


class Score(models.Model):
    """What the customer thought of how a ticket was solved, from 1 to 5."""

    ticket = models.OneToOneField(
        "support.Ticket", models.CASCADE, primary_key=True, related_name="scoring"
    )
    value = models.PositiveSmallIntegerField(
        _("score"), choices=[(score, str(score)) for score in range(1, 6)]
    )
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    # Who worked the ticket then: whose score it is.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__gte=1, value__lte=5), name="score_from_1_to_5"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="score_created")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.value}"
