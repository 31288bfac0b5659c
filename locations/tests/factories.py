"""Places and coverage for tests; coordinates are in Kazan."""

from typing import Any

import factory
from django.utils import timezone

from core.choices import OrganizationKind
from locations.models import (
    Building,
    BuildingCoverage,
    City,
    CoverageZone,
    Region,
    ServiceCategory,
    Street,
    Unit,
)
from locations.services.zones import index_zones
from users.tests.factories import OrganizationFactory


class DerivedFactory(factory.django.DjangoModelFactory):
    """Fills the fields that follow from others as the services do."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, **fields: Any) -> Any:
        made = model_class(*args, **fields)
        made.set_derived()
        made.save()
        return made


class RegionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Region

    fias_id = factory.Sequence(lambda n: f"region-{n}")
    name = factory.Sequence(lambda n: f"Регион {n}")
    full_name = factory.SelfAttribute("name")
    type = "обл"
    time_zone = "Europe/Moscow"


class CityFactory(DerivedFactory):
    class Meta:
        model = City

    region = factory.SubFactory(RegionFactory)
    fias_id = factory.Sequence(lambda n: f"city-{n}")
    name = factory.Sequence(lambda n: f"Город{n}")
    latitude = 55.7944
    longitude = 49.1115
    population = 100_000
    time_zone = "Europe/Moscow"


class StreetFactory(DerivedFactory):
    class Meta:
        model = Street

    city = factory.SubFactory(CityFactory)
    name = factory.Sequence(lambda n: f"Улица{n}")
    type = "ул"


class BuildingFactory(DerivedFactory):
    class Meta:
        model = Building

    street = factory.SubFactory(StreetFactory)
    city = factory.SelfAttribute("street.city")
    number = factory.Sequence(lambda n: str(n + 1))
    latitude = 55.7944
    longitude = 49.1115
    created_at = factory.LazyFunction(timezone.now)


class UnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Unit

    building = factory.SubFactory(BuildingFactory)
    number = factory.Sequence(lambda n: str(n + 1))


class ServiceCategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ServiceCategory
        django_get_or_create = ["code"]

    code = "internet"
    name_ru = "Интернет"
    name_en = "Internet"


class BuildingCoverageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BuildingCoverage

    building = factory.SubFactory(BuildingFactory)
    provider = factory.SubFactory(OrganizationFactory, kind=OrganizationKind.PROVIDER)
    category = factory.SubFactory(ServiceCategoryFactory)
    stated_at = factory.LazyFunction(timezone.now)


def square(latitude: float, longitude: float, half: float = 0.01) -> dict[str, Any]:
    """A square polygon around the point, `half` degrees to each side."""
    west, south, east, north = (
        longitude - half,
        latitude - half,
        longitude + half,
        latitude + half,
    )
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


class CoverageZoneFactory(factory.django.DjangoModelFactory):
    """A zone with its cells; by default a square around the place where buildings are."""

    class Meta:
        model = CoverageZone
        skip_postgeneration_save = True

    provider = factory.SubFactory(OrganizationFactory, kind=OrganizationKind.PROVIDER)
    category = factory.SubFactory(ServiceCategoryFactory)
    name = factory.Sequence(lambda n: f"Зона {n}")
    geometry = factory.LazyFunction(lambda: square(55.7944, 49.1115))
    stated_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def cells(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        index_zones(CoverageZone.objects.filter(pk=self.pk))
