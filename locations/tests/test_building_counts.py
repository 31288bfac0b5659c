"""Counts of buildings for the map: equal to counting, whatever happened to the buildings."""

import h3.api.basic_int as h3
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actor import ANONYMOUS, system_actor
from locations.cells import key_of
from locations.geometry import cell_of
from locations.models import Building, BuildingCount
from locations.selectors.map_layers import (
    MOST_BUILDINGS,
    Cluster,
    Dot,
    buildings_in,
    clusters_in,
)
from locations.services.building_counts import mend_counts, recount
from locations.services.buildings import add_building
from locations.services.imports import import_buildings
from locations.services.verification import verify_building
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from locations.viewport import Viewport
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
KAZAN = Viewport.read("48.5,55.4,49.8,56.2", "10")
CITY = Viewport.read("49.0,55.7,49.3,55.9", "13")


def model(view, resolution):
    """Count by cell of resolution, of the cells whose buildings have their middle in the view."""
    groups: dict[int, list[tuple[float, float]]] = {}
    rows = Building.objects.filter(status=Building.Status.VERIFIED)
    for cell, latitude, longitude in rows.values_list("cell", "latitude", "longitude"):
        groups.setdefault(h3.cell_to_parent(cell, resolution), []).append((latitude, longitude))
    middles = {
        cell: (sum(lat for lat, _ in at) / len(at), sum(lon for _, lon in at) / len(at))
        for cell, at in groups.items()
    }
    return sorted(len(groups[cell]) for cell, place in middles.items() if view.contains(*place))


def shown(view, resolution):
    return sorted(cluster.count for cluster in clusters_in(view, resolution))


def put(street, places, status=Building.Status.VERIFIED):
    made = []
    for number, (latitude, longitude) in enumerate(places):
        house = Building(
            city=street.city, street=street, number=f"{len(places)}-{number}-{status}",
            latitude=latitude, longitude=longitude, status=status, created_at="2026-11-01T00:00Z",
        )  # fmt: skip
        house.set_derived()
        made.append(house)
    return Building.objects.bulk_create(made)


class TestModel:
    @settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        places=st.lists(st.tuples(st.floats(55.3, 56.3), st.floats(48.3, 50.0)), max_size=40),
        pending=st.lists(st.tuples(st.floats(55.3, 56.3), st.floats(48.3, 50.0)), max_size=5),
        moved=st.lists(st.tuples(st.floats(55.3, 56.3), st.floats(48.3, 50.0)), max_size=10),
        resolution=st.integers(1, 9),
    )
    def test_clusters_equal_counting(self, places, pending, moved, resolution):
        Building.objects.all().delete()
        BuildingCount.objects.all().delete()
        street = StreetFactory()
        made = put(street, places)
        put(street, pending, Building.Status.PENDING)
        recount(Building.objects.values_list("cell", flat=True))
        assert shown(KAZAN, resolution) == model(KAZAN, resolution)
        # Some move and some are merged away: the places left and reached are counted anew.
        touched = set()
        for house, (latitude, longitude) in zip(made, moved, strict=False):
            touched.add(house.cell)
            house.latitude, house.longitude = latitude, longitude
            house.set_derived()
            house.save()
            touched.add(house.cell)
        for house in made[len(moved) : len(moved) + 3]:
            touched.add(house.cell)
            Building.objects.filter(pk=house.pk).update(status=Building.Status.MERGED)
        recount(touched)
        assert shown(KAZAN, resolution) == model(KAZAN, resolution)
        assert mend_counts() == 0

    def test_over_the_180th_meridian_a_cluster_stands_in_its_cell(self):
        put(StreetFactory(), [(66.0, 179.999), (66.0, -179.999), (66.0, -179.99)])
        mend_counts()
        view = Viewport.read("170,60,190,70", "6")
        clusters = clusters_in(view, 3)
        assert sum(cluster.count for cluster in clusters) == 3
        for cluster in clusters:
            assert view.contains(cluster.latitude, cluster.longitude)
            assert abs(abs(cluster.longitude) - 180) < 2


class TestKeeping:
    def test_what_staff_add_is_counted_and_what_an_agent_adds_is_not_until_verified(self):
        street = StreetFactory()
        fields = {"city": street.city, "street_name": street.name, "street_type": street.type}
        add_building(system_actor(), number="1", latitude=55.79, longitude=49.11, **fields)
        added = add_building(make_actor(), number="2", latitude=55.79, longitude=49.11, **fields)
        assert shown(CITY, 7) == [1]
        verify_building(make_staff(), added, latitude=55.85, longitude=49.25)
        assert shown(CITY, 7) == [1, 1]

    def test_an_import_counts_what_it_makes_and_what_it_moves(self, tmp_path):
        city = CityFactory(name="Казань")
        path = tmp_path / "houses.csv"
        head = "city,street,number,latitude,longitude\n"
        path.write_text(head + "Казань,Лесная,1,55.79,49.11\nКазань,Лесная,2,55.7902,49.11\n")
        import_buildings(system_actor(), path)
        assert shown(CITY, 7) == [2]
        path.write_text(head + "Казань,Лесная,2,55.85,49.25\n")
        import_buildings(system_actor(), path)
        assert shown(CITY, 7) == [1, 1]
        assert city.buildings.count() == 2
        assert mend_counts() == 0

    def test_the_night_mends_what_was_missed(self):
        put(StreetFactory(), [(55.79, 49.11)] * 3)
        BuildingCount.objects.create(
            resolution=9, cell=key_of(cell_of(60, 30), 9), count=5, latitude=60, longitude=30
        )
        assert shown(CITY, 9) == []
        assert mend_counts() > 0
        assert shown(CITY, 9) == [3]
        assert not BuildingCount.objects.filter(count=5).exists()


class TestReading:
    def test_from_afar_clusters_from_close_by_houses(self, django_assert_num_queries):
        mine = make_actor()
        seen = BuildingFactory(latitude=55.79, longitude=49.11)
        own = BuildingFactory(
            latitude=55.79, longitude=49.11, status="PENDING", added_by=mine.organization
        )
        other = BuildingFactory(
            latitude=55.79, longitude=49.11, status="PENDING", added_by=make_actor().organization
        )
        BuildingFactory(latitude=55.79, longitude=49.11, status="MERGED", merged_into=seen)
        mend_counts()
        close = Viewport.read("49.10,55.785,49.12,55.795", "17")
        with django_assert_num_queries(1):
            found = buildings_in(mine, close)
        assert {dot.public_id for dot in found} == {seen.public_id, own.public_id}
        assert all(isinstance(dot, Dot) for dot in found)
        theirs = buildings_in(make_actor(organization=other.added_by), close)
        assert {dot.public_id for dot in theirs} == {seen.public_id, other.public_id}
        with django_assert_num_queries(1):
            (cluster,) = buildings_in(mine, CITY)
        assert cluster.count == 1
        west, south, east, north = cluster.expand
        assert shapely.box(west, south, east, north).contains(shapely.Point(49.11, 55.79))

    def test_a_carpet_of_houses_is_counted(self):
        put(StreetFactory(), [(55.79, 49.11)] * (MOST_BUILDINGS + 1))
        mend_counts()
        close = Viewport.read("49.10,55.785,49.12,55.795", "17")
        (cluster,) = buildings_in(ANONYMOUS, close)
        assert isinstance(cluster, Cluster)
        assert cluster.count == MOST_BUILDINGS + 1
