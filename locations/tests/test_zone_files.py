"""Zones taken away as GeoJSON come back as they were; outlines are mended, or refused with why."""

import json
import math
import random
import time
from datetime import date, timedelta

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.choices import OrganizationKind, Role
from core.errors import DomainError
from core.tests.reading import seen
from locations.geojson import OutlinesError, geometry_of, read_outlines, read_shape
from locations.geometry import area_km2
from locations.models import CoverageState, CoverageZone
from locations.services import import_zones, retire_zone, save_zone
from locations.tests.factories import CoverageZoneFactory, ServiceCategoryFactory, square
from locations.tests.test_geometry import shapes
from locations.zone_files import zones_as_geojson
from users.tests.factories import make_actor

PROVIDER = OrganizationKind.PROVIDER
NOW = timezone.now()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def content_of(*features, **members):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode()


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*points):
    return {"type": "Polygon", "coordinates": [[*map(list, points), list(points[0])]]}


# --- there and back ---------------------------------------------------------------------------
SAID = st.fixed_dictionaries(
    {
        "technology": st.sampled_from(["", "FTTB", "GPON"]),
        "max_speed": st.none() | st.integers(1, 1_000_000),
        "state": st.sampled_from(CoverageState.values),
        "planned_from": st.dates(date(2020, 1, 1), date(2100, 1, 1)),
        "expires_at": st.none() | st.just(NOW + timedelta(days=40)),
        "source": st.sampled_from(["", "Карта сети", 'a "quoted" map']),
    }
)
KEPT = (
    "name", "category_id", "technology", "max_speed", "state", "planned_from", "expires_at",
    "source", "is_active", "geometry",
)  # fmt: skip


class ThereAndBack(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(shape=shapes(), said=SAID, active=st.booleans())
    def test_an_exported_zone_is_imported_as_it_was(self, shape, said, active):
        CoverageZone.objects.all().delete()
        manager = make_actor(PROVIDER, Role.MANAGER)
        internet, tv = ServiceCategoryFactory(), ServiceCategoryFactory(code="tv")
        zone = save_zone(manager, name="Зона", category=tv, geometry=geometry_of(shape), **said)
        if not active:
            retire_zone(manager, zone)
        before = CoverageZone.objects.values(*KEPT).get()
        exported = "".join(zones_as_geojson(CoverageZone.objects.select_related("category")))
        for outcome in ((0, 1), (1, 0)):
            # Over itself, and into an empty map: with other terms that the file goes before.
            done = import_zones(manager, content=exported.encode(), category=internet)
            assert (done.created, done.replaced) == outcome
            assert done.notes == {}
            assert CoverageZone.objects.values(*KEPT).get() == before
            CoverageZone.objects.all().delete()


@pytest.mark.django_db
def test_the_page_exports_own_zones_that_the_filter_leaves(sign_in):
    manager = make_actor(PROVIDER, Role.MANAGER)
    CoverageZoneFactory(provider=manager.organization, name="Своя")
    CoverageZoneFactory(provider=manager.organization, name="Старая", state="SURVEY")
    CoverageZoneFactory(name="Чужая")
    answer = sign_in(manager).get(reverse("coverage_export"), {"state": "AVAILABLE"})
    document = json.loads(b"".join(answer.streaming_content))
    assert answer["Content-Type"] == "application/geo+json"
    assert [row["properties"]["name"] for row in document["features"]] == ["Своя"]
    assert sign_in(manager).get(reverse("coverage_export"), {"x": "1"}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "SOLD"), ("state", 5), ("max_speed", "100"), ("max_speed", True),
        ("max_speed", 0), ("category", "steam"), ("category", ["tv"]), ("planned_from", "soon"),
        ("planned_from", "2026-13-01"), ("expires_at", "2030-01-01T00:00:00"),
        ("expires_at", "2001-01-01T00:00:00+00:00"), ("technology", "x" * 31),
        ("source", "\x00"),
    ],
)  # fmt: skip
def test_a_file_that_says_what_cannot_be_changes_nothing(name, value):
    manager = make_actor(PROVIDER, Role.MANAGER)
    said = feature(square(55.8, 49.1), name="А", **{f"coverage_{name}": value})
    with pytest.raises(OutlinesError):
        import_zones(manager, content=content_of(said), category=ServiceCategoryFactory())
    assert not CoverageZone.objects.exists()


@pytest.mark.django_db
def test_properties_of_other_programs_mean_nothing_here():
    manager = make_actor(PROVIDER, Role.MANAGER)
    said = feature(square(55.8, 49.1), name="А", state="Tatarstan", category=7, max_speed="fast")
    import_zones(manager, content=content_of(said), category=ServiceCategoryFactory())
    assert CoverageZone.objects.get().state == "AVAILABLE"


# --- mended, or refused with the place --------------------------------------------------------
def test_what_was_mended_is_said():
    (west, south), (east, _), (_, north) = square(55.79, 49.11)["coordinates"][0][:3]
    spike = polygon(
        (west, south), (east, south), (east + 0.001, south), (east, south),
        (east, north), (west, north),
    )  # fmt: skip
    (outline,) = read_outlines(content_of(feature(spike)))
    assert outline.shape.is_valid
    assert "was mended near latitude 55.78" in outline.notes[0]
    assert "The area changed by 0.00 %." in outline.notes[0]


@pytest.mark.django_db
def test_a_refused_outline_is_drawn_with_its_fault_marked(sign_in):
    manager = make_actor(PROVIDER, Role.MANAGER)
    manager.user.language = "en"
    manager.user.save()
    bow = polygon((49.0, 55.0), (49.2, 55.2), (49.2, 55.0), (49.0, 55.2))
    upload = {
        "file": SimpleUploadedFile("x.geojson", content_of(feature(bow))),
        "category": ServiceCategoryFactory().pk,
        "state": "AVAILABLE",
    }
    for page in ("coverage_import", "coverage_preview"):
        upload["file"].seek(0)
        answer = sign_in(manager).post(reverse(page), upload)
        assert "crosses or repeats itself near latitude 55.10000, longitude 49.10000" in seen(
            answer
        )
        assert 'class="zone-fault" cx="320.0" cy="200.0"' in answer.text
    assert not CoverageZone.objects.exists()


MERCATOR = 20037508.342789244


def in_mercator(longitude, latitude):
    y = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)) / math.pi
    return [longitude / 180 * MERCATOR, y * MERCATOR]


def named_crs(name):
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::3857", "EPSG:900913"])
def test_web_mercator_is_turned_into_degrees_and_said(name):
    ring = square(55.79, 49.11)["coordinates"][0]
    there = {"type": "Polygon", "coordinates": [[in_mercator(*place) for place in ring]]}
    (outline,) = read_outlines(content_of(feature(there), crs=named_crs(name)))
    assert outline.shape.equals_exact(shapely.geometry.shape(square(55.79, 49.11)), 1e-9)
    assert "Web Mercator" in outline.notes[0]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"])
def test_degrees_by_any_name_are_degrees(name):
    (outline,) = read_outlines(content_of(feature(square(55.79, 49.11)), crs=named_crs(name)))
    assert outline.notes == ()


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        (named_crs("urn:ogc:def:crs:EPSG::28404"), "EPSG::28404"),
        (named_crs("local"), "local"),
        ({"type": "link"}, "WGS 84"),
        ("EPSG:4326", "WGS 84"),
        ({"properties": {"name": 5}}, "WGS 84"),
    ],
)
def test_another_system_is_refused_by_its_name(crs, words):
    with pytest.raises(OutlinesError, match=words):
        read_outlines(content_of(feature(square(55.79, 49.11)), crs=crs))


def test_metres_without_a_name_are_recognised():
    metres = polygon(in_mercator(49, 55), in_mercator(49.1, 55), in_mercator(49.1, 55.1))
    with pytest.raises(OutlinesError, match="in metres, not in degrees"):
        read_outlines(content_of(feature(metres)))


def test_latitude_first_is_recognised_and_understood_when_it_is_said():
    ring = square(55.79, 49.11)["coordinates"][0]
    turned = {"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]}
    far = {"type": "Polygon", "coordinates": [[[48.5, 135.1], [48.6, 135.1], [48.6, 135.2]]]}
    far["coordinates"][0].append(far["coordinates"][0][0])
    with pytest.raises(OutlinesError, match="longitude comes first"):
        read_outlines(content_of(feature(far)))
    (outline,) = read_outlines(content_of(feature(far)), latitude_first=True)
    assert outline.shape.bounds == pytest.approx((135.1, 48.5, 135.2, 48.6))
    (outline,) = read_outlines(content_of(feature(turned)), latitude_first=True)
    assert outline.shape.equals(shapely.geometry.shape(square(55.79, 49.11)))
    assert outline.notes == ("Latitude came first, and was put second.",)


def test_a_place_that_only_swapped_lies_in_the_country_is_asked_about():
    turned = polygon((59.9, 30.3), (60.0, 30.3), (60.0, 30.4))
    with pytest.raises(OutlinesError, match="Latitude seems to come first"):
        read_outlines(content_of(feature(turned)))


@pytest.mark.parametrize(
    "ring",
    [
        [(179, 66), (181, 66), (181, 67), (179, 67)],
        [(179, 66), (-179, 66), (-179, 67), (179, 67)],
        [(-181, 66), (-179, 66), (-179, 67), (-181, 67)],
    ],
)
def test_an_outline_across_the_180th_meridian_is_cut_there(ring):
    (outline,) = read_outlines(content_of(feature(polygon(*ring))))
    both = shapely.union_all([shapely.box(179, 66, 180, 67), shapely.box(-180, 66, -179, 67)])
    assert outline.shape.equals(both)
    assert outline.notes == ("It crosses the 180th meridian, and is cut there.",)
    assert read_shape(geometry_of(outline.shape)).equals_exact(outline.shape, 0)


def test_an_outline_round_a_pole_is_refused():
    ring = polygon(*[(longitude, 80) for longitude in range(-180, 180, 30)])
    with pytest.raises(DomainError, match="goes round a pole"):
        read_shape(ring)


@pytest.mark.django_db
def test_a_zone_is_known_in_any_case_of_its_letters():
    manager, internet = make_actor(PROVIDER, Role.MANAGER), ServiceCategoryFactory()

    def bring(name, technology):
        feature = {"type": "Feature", "properties": {"name": name}, "geometry": square(55.8, 49.1)}
        content = json.dumps(feature).encode()
        return import_zones(manager, content=content, category=internet, technology=technology)

    assert bring("Ёлки", "GPON").created == 1
    done = bring("ЕЛКИ", "gpon")
    assert (done.created, done.replaced) == (0, 1)
    zone = CoverageZone.objects.get()
    assert (zone.name, zone.technology, zone.version) == ("ЕЛКИ", "gpon", 2)


def test_a_zone_that_touches_a_pole_is_a_zone():
    shape = read_shape(polygon((40, 89), (60, 89), (60, 90), (40, 90)))
    assert shape.bounds == (40, 89, 60, 90)


# --- hostile ----------------------------------------------------------------------------------
def scribble(count):
    chance = random.Random(5)
    return polygon(*[(chance.uniform(49, 50), chance.uniform(55, 56)) for _ in range(count)])


def comb(teeth):
    """Valid, and every side's box meets every other's: slow for whoever looks at all pairs."""
    points = []
    for tooth in range(teeth):
        points += [(40 + tooth * 2e-4, 41), (50 + tooth * 2e-4 + 1e-4, 51)]
    return polygon(*points, (40 + teeth * 2e-4, 40.5), (39.9, 40.5))


def bows(count):
    """A line of figures of eight: each alone is a small fault."""
    points = [(49 + n / 1e4, 55 + (n % 2) / 1e4) for n in range(count)]
    return polygon(*points, *[(x, 55.0001 - (y - 55)) for x, y in reversed(points)])


@pytest.mark.parametrize("tangle", [scribble(500), scribble(20_000 - 1), comb(9_000), bows(9_000)])
def test_a_tangle_is_refused_soon(tangle):
    started = time.monotonic()
    with pytest.raises(DomainError, match="crosses or repeats itself"):
        read_shape(tangle)
    assert time.monotonic() - started < 5


def test_two_hundred_tangles_in_one_file_are_refused_soon():
    started = time.monotonic()
    for tangle in (scribble(600), comb(290)):
        with pytest.raises(OutlinesError, match="crosses or repeats itself"):
            read_outlines(content_of(*[feature(tangle)] * 200))
    assert time.monotonic() - started < 8


def test_an_ordinary_file_of_many_points_is_read():
    def round_zone(number):
        turns = [2 * math.pi * corner / 600 for corner in range(600)]
        return polygon(
            *[(40 + number / 5 + math.cos(t) / 20, 55 + math.sin(t) / 30) for t in turns]
        )

    content = content_of(*[feature(round_zone(number)) for number in range(150)])
    assert len(read_outlines(content)) == 150


def test_a_million_points_are_counted_and_not_computed():
    started = time.monotonic()
    ring = [[49.1, 55.1]] * 1_000_000
    with pytest.raises(DomainError, match="20,000 points"):
        read_shape({"type": "Polygon", "coordinates": [ring]})
    assert time.monotonic() - started < 1


def test_collections_within_collections_are_no_outline():
    inner = {"type": "GeometryCollection", "geometries": [square(55, 49)]}
    for _ in range(50):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    with pytest.raises(OutlinesError, match="must be a Polygon"):
        read_outlines(content_of(feature(inner)))


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.dictionaries(st.sampled_from(["type", "coordinates", "x"]), inner, max_size=3)
        ),
        max_leaves=20,
    )
)
def test_any_coordinates_are_read_or_refused(coordinates):
    for kind in ("Polygon", "MultiPolygon"):
        try:
            shape = read_shape({"type": kind, "coordinates": coordinates})
        except DomainError:
            continue
        assert shape.is_valid
        assert area_km2(shape) >= 0
