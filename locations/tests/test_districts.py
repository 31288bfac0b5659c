"""Districts: imported from GeoJSON, known to buildings, offered as a filter."""

import json

import pytest
from django.core.management import call_command

from core.actor import system_actor
from core.choices import OrganizationKind
from core.errors import DomainError, Forbidden
from core.models import Event, Job
from core.tests.reading import seen
from locations.geojson import OutlinesError
from locations.jobs import fill_all_districts, fill_districts
from locations.models import Building, District, DistrictCell
from locations.selectors.districts import districts_of
from locations.selectors.gazetteer import forget
from locations.services import add_building, import_districts, verify_building
from locations.services.imports import import_buildings
from locations.tests.factories import (
    BuildingFactory,
    CityFactory,
    StreetFactory,
    UnitFactory,
    square,
)
from subscriptions.choices import RequestState
from subscriptions.filters import RequestFilter
from subscriptions.tests.factories import PlanFactory, request_in
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
NORTH, EAST = 55.8, 49.1


def geojson(**named):
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": geometry}
        for name, geometry in named.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def west_and_east():
    """Two squares that touch at the meridian EAST."""
    return {"West": square(NORTH, EAST - 0.02, 0.02), "East": square(NORTH, EAST + 0.02, 0.02)}


@pytest.fixture
def city():
    return CityFactory(name="Казань")


def placed(city, longitude, **fields):
    street = StreetFactory(city=city)
    return BuildingFactory(street=street, latitude=NORTH, longitude=longitude, **fields)


def district_names(*buildings):
    rows = Building.objects.in_bulk([building.pk for building in buildings])
    found = [rows[building.pk].district for building in buildings]
    return [district.name if district else "" for district in found]


def test_buildings_know_their_district_once_the_job_has_run(city):
    west, east = placed(city, EAST - 0.01), placed(city, EAST + 0.01)
    outside, elsewhere = placed(city, EAST + 1), placed(CityFactory(), EAST + 0.01)
    done = import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    assert (done.created, done.replaced, done.removed) == (2, 0, 0)
    assert Job.objects.filter(task="locations.jobs.fill_districts").count() == 1
    assert district_names(west, east) == ["", ""]
    fill_districts.call(city.pk)
    assert district_names(west, east, outside, elsewhere) == ["West", "East", "", ""]
    assert Event.objects.filter(kind="districts.changed").count() == 1


def test_a_point_on_the_line_between_two_is_in_the_older(city):
    border = placed(city, EAST)
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    fill_districts.call(city.pk)
    assert district_names(border) == ["West"]


def test_imported_again_nothing_changes_and_a_changed_outline_does(city):
    staff = make_staff()
    building = placed(city, EAST - 0.01)
    import_districts(staff, city=city, content=geojson(**west_and_east()))
    fill_districts.call(city.pk)
    before = list(District.objects.order_by("pk").values_list("pk", "version"))
    cells = DistrictCell.objects.count()
    again = import_districts(staff, city=city, content=geojson(**west_and_east()))
    assert (again.created, again.replaced) == (0, 2)
    assert list(District.objects.order_by("pk").values_list("pk", "version")) == before
    assert DistrictCell.objects.count() == cells
    moved = import_districts(
        staff,
        city=city,
        content=geojson(West=square(NORTH, EAST + 1, 0.02)),
        remove_others=True,
    )
    assert (moved.replaced, moved.removed) == (1, 1)
    fill_districts.call(city.pk)
    assert district_names(building) == [""]


def test_a_district_is_known_in_any_case_of_its_letters(city):
    import_districts(make_staff(), city=city, content=geojson(Ёлки=square(NORTH, EAST)))
    again = geojson(ЕЛКИ=square(NORTH, EAST + 1))
    done = import_districts(make_staff(), city=city, content=again, remove_others=True)
    assert (done.created, done.replaced, done.removed) == (0, 1, 0)
    assert [(row.name, row.version) for row in District.objects.all()] == [("Ёлки", 2)]
    twice = geojson(West=square(NORTH, EAST), WEST=square(NORTH, EAST + 1))
    with pytest.raises(OutlinesError):
        import_districts(make_staff(), city=city, content=twice)


def test_many_buildings_cost_few_queries(city, django_assert_max_num_queries):
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    buildings = [placed(city, EAST - 0.01) for _turn in range(5)]
    with django_assert_max_num_queries(2):
        assert set(districts_of(buildings)) == {District.objects.get(name="West").pk}


def test_an_address_gets_its_district_when_it_is_added_and_when_it_is_moved(city):
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    place = {"street_name": "Новая", "number": "1", "latitude": NORTH}
    building = add_building(make_actor(), city=city, longitude=EAST - 0.01, **place)
    assert district_names(building) == ["West"]
    verify_building(make_staff(), building, longitude=EAST + 0.01)
    assert district_names(building) == ["East"]


def test_imported_buildings_get_their_districts_with_their_rows(city, tmp_path):
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    Job.objects.all().delete()
    path = tmp_path / "houses.csv"
    for longitude, name in ((EAST - 0.01, "West"), (EAST + 0.01, "East")):
        path.write_text(
            "city,street,number,latitude,longitude\n"
            f"Казань,Лесная,1,{NORTH},{longitude}\nКазань,Лесная,2,{NORTH + 0.001},{longitude}\n"
        )
        import_buildings(system_actor(), path)
        assert district_names(*Building.objects.all()) == [name, name]
    assert not Job.objects.filter(task="locations.jobs.fill_districts").exists()


def test_every_night_what_came_by_other_ways_is_filled(city):
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    Job.objects.all().delete()
    CityFactory()
    fill_all_districts.call()
    (due,) = Job.objects.filter(task="locations.jobs.fill_districts")
    assert due.arguments["args"] == [city.pk]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        geojson(),
        geojson(**{"": square(NORTH, EAST)}),
        geojson(Fine=square(NORTH, EAST), Bad={"type": "Point", "coordinates": [1, 2]}),
    ],
)
def test_a_faulty_file_gives_nothing(city, content):
    with pytest.raises(OutlinesError):
        import_districts(make_staff(), city=city, content=content)
    assert not District.objects.exists()


def test_only_administrators_import(city):
    for actor in (make_actor(), make_actor(OrganizationKind.PROVIDER)):
        with pytest.raises(Forbidden):
            import_districts(actor, city=city, content=geojson(**west_and_east()))


def test_the_command_says_what_it_did(city, tmp_path, capsys):
    forget()
    path = tmp_path / "districts.geojson"
    path.write_bytes(geojson(**west_and_east()))
    call_command("import_districts", str(path), city="казань")
    assert capsys.readouterr().out == "Казань: 2 created, 0 replaced, 0 removed\n"
    forget()


# --- where it is shown ------------------------------------------------------------------------
def test_a_providers_queue_is_narrowed_to_a_district(city, sign_in):
    provider = make_actor(OrganizationKind.PROVIDER)
    plan = PlanFactory(provider=provider.organization)
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    here, there = placed(city, EAST - 0.01), placed(city, EAST + 0.01)
    fill_districts.call(city.pk)
    west, _east = (
        request_in(RequestState.SUBMITTED, plan=plan, unit=UnitFactory(building=building))
        for building in (here, there)
    )
    district = District.objects.get(name="West")
    browser = sign_in(provider)
    page = browser.get("/requests/", {"district": district.public_id})
    assert [row.number for row in page.context["page"].rows] == [west.number]
    assert "West" in seen(page)
    with pytest.raises(DomainError):
        RequestFilter(page.wsgi_request.GET.__class__("district=NOPE"), actor=provider).check()


def test_without_districts_there_is_no_such_filter(sign_in):
    provider = make_actor(OrganizationKind.PROVIDER)
    assert "district" not in RequestFilter(None, actor=provider).filters


def test_a_buildings_page_names_its_district(city, client):
    building = placed(city, EAST - 0.01)
    import_districts(make_staff(), city=city, content=geojson(**west_and_east()))
    fill_districts.call(city.pk)
    assert "район West" in seen(client.get(f"/availability/{building.public_id}/"))
