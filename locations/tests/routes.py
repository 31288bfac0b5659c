"""Arguments of this app's routes for the access tests."""

from django.core.files.base import ContentFile
from django.utils import timezone

from core.operations import prepare_operation
from core.tests.route_samples import Kwargs, World, sample
from locations.models import Building, CoverageZone
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    ServiceCategoryFactory,
)

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[49.1, 55.7], [49.2, 55.7], [49.2, 55.8], [49.1, 55.8], [49.1, 55.7]]],
}


@sample("coverage_zone")
@sample("coverage_zone_edit")
@sample("coverage_retire")
@sample("coverage_restore")
@sample("coverage_confirm")
@sample("coverage_around")
def a_zone(world: World) -> Kwargs:
    zone = world.once(
        "zone",
        lambda: CoverageZone.objects.create(
            provider=world.provider,
            category=ServiceCategoryFactory(),
            name="Centre",
            geometry=SQUARE,
            stated_at=timezone.now(),
        ),
    )
    return {"public_id": zone.public_id}


@sample("coverage_building_edit")
@sample("coverage_withdraw")
@sample("coverage_building_confirm")
def a_statement(world: World) -> Kwargs:
    statement = world.once("statement", lambda: BuildingCoverageFactory(provider=world.provider))
    return {"pk": statement.pk}


@sample("building_import_check")
def an_import(world: World) -> Kwargs:
    prepared = prepare_operation(
        world.people["PROVIDER OWNER"],
        "buildings.import",
        {"ending": "csv"},
        source=ContentFile(b"city;street;number;latitude;longitude\nA;B;1;55;49\n"),
    )
    return {"public_id": prepared.public_id}


@sample("building_import_template", shared=True)
def a_template(world: World) -> Kwargs:
    return {"ending": "csv"}


@sample("address_detail")
@sample("address_verify")
@sample("address_refuse")
@sample("address_merge")
def an_added_address(world: World) -> Kwargs:
    building = world.once(
        "added address",
        lambda: BuildingFactory(status=Building.Status.PENDING, added_by=world.agency),
    )
    return {"public_id": building.public_id}


@sample("coverage_list_template", shared=True)
def a_kind_of_file(world: World) -> Kwargs:
    return {"ending": "csv"}


@sample("coverage_list_check")
def a_prepared_list(world: World) -> Kwargs:
    prepared = prepare_operation(
        world.people["PROVIDER OWNER"],
        "coverage.import",
        {"ending": "csv", "provider": world.provider.pk},
        source=ContentFile("Адрес;Услуга\nКазань, Лесная 1;internet\n".encode()),
    )
    return {"public_id": prepared.public_id}
