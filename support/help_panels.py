"""What the knowledge base and the figures of the desk add to the frame."""

from django.utils.translation import gettext_lazy as _

from core.badges import Badge, register_badges
from core.navigation import Section, register
from support.choices import ArticleState

register(Section("help", _("Help"), "lifebuoy", "help_home", order=95, staff=True, foot=True))
register(
    Section(
        "articles", _("Articles"), "book", "article_list", order=7, kinds=frozenset(), staff=True
    )
)
register(
    Section(
        "figures",
        _("Figures"),
        "chart-bar",
        "desk_figures",
        order=6,
        kinds=frozenset(),
        staff=True,
    )
)
register_badges(
    "article",
    {
        ArticleState.DRAFT: Badge(ArticleState.DRAFT.label, "neutral", "pencil"),
        ArticleState.PUBLISHED: Badge(ArticleState.PUBLISHED.label, "good", "world"),
    },
)
