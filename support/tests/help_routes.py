"""Arguments of the knowledge base's routes for the access tests."""

from core.tests.route_samples import Kwargs, World, sample
from support.tests.factories import make_article


def _article(world: World):
    return world.once("article", make_article)


@sample("help_article", shared=True)
@sample("help_vote", shared=True)
@sample("article_edit", shared=True)
@sample("article_state", shared=True)
def an_article(world: World) -> Kwargs:
    return {"slug": _article(world).slug}


@sample("help_category", shared=True)
def a_section(world: World) -> Kwargs:
    return {"slug": _article(world).category.slug}


@sample("desk_figures_file", shared=True)
def a_file_of_figures(world: World) -> Kwargs:
    return {"table": "days", "ending": "csv"}
