"""Arguments of this app's routes for the access tests."""

from core.tests.route_samples import World, sample


@sample("site_page", shared=True)
def site_page(world: World) -> dict[str, str]:
    return {"slug": "about"}
