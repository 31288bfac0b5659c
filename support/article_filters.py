"""How the list of articles is filtered, for those who write them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.filters import StrictFilterSet
from core.folding import fold
from support.choices import ArticleState
from support.models import Article, ArticleCategory
from support.selectors.articles import articles_to_write


class ArticleFilter(StrictFilterSet):
    q = django_filters.CharFilter(label=_("Words of the title"), method="by_words", max_length=100)
    section = django_filters.ModelChoiceFilter(
        label=_("Section"),
        field_name="category",
        queryset=ArticleCategory.objects.all(),
        empty_label=_("All sections"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=ArticleState.choices, empty_label=_("All articles")
    )

    class Meta:
        model = Article
        fields: list[str] = []

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, articles_to_write(actor), actor=actor)

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        for word in fold(value).split():
            rows = rows.filter(search_title__contains=word)
        return rows
