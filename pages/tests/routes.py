"""Arguments of this app's routes for the access tests."""

from core.tests.route_samples import World, sample
from locations.tests.factories import BuildingCoverageFactory
from pages.models import PublicCity, PublicProvider
from pages.services import refresh_public_places


@sample("site_page", shared=True)
def site_page(world: World) -> dict[str, str]:
    return {"slug": "about"}


@sample("sitemap_part", shared=True)
def a_part_of_the_sitemap(world: World) -> dict[str, str]:
    return {"section": "portal"}


def _places(world: World) -> tuple[str, str]:
    """Slugs of a city and of a provider that is shown in it."""

    def make() -> tuple[str, str]:
        stated = BuildingCoverageFactory(provider=world.provider)
        refresh_public_places()
        city = PublicCity.objects.get(city=stated.building.city)
        return city.slug, PublicProvider.objects.get(provider=world.provider).slug

    found: tuple[str, str] = world.once("public places", make)
    return found


@sample("connect_city", shared=True)
def a_city(world: World) -> dict[str, str]:
    return {"city": _places(world)[0]}


@sample("connect_city_provider", shared=True)
def a_provider_in_a_city(world: World) -> dict[str, str]:
    city, provider = _places(world)
    return {"city": city, "provider": provider}


@sample("provider_page", shared=True)
def a_provider(world: World) -> dict[str, str]:
    return {"slug": _places(world)[1]}
