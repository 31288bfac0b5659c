"""Cells of zones against plain shapely, and points on edges and borders."""

import math
import random
import time

import h3.api.basic_int as h3
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon

from locations import geometry
from locations.geojson import geometry_of

EXAMPLES = settings(max_examples=40, deadline=None)
# Kazan, the far north, the equator, and both sides of the 180th meridian.
CENTRES = [(55.79, 49.11), (77.7, 104.3), (0.0, 0.0), (66.0, 179.995), (66.0, -179.995)]


def finder(shape):
    """A function: what the table of cells and the exact test together say of a point."""
    inside, border = map(set, geometry.cells_of(shape))

    def find(latitude, longitude):
        cells = geometry.cells_above(geometry.cell_of(latitude, longitude))
        if any(cell in inside for cell in cells):
            return True
        near = any(cell in border for cell in cells)
        return near and geometry.contains(shape, latitude, longitude)

    return find


def found_by_cells(shape, latitude, longitude):
    return finder(shape)(latitude, longitude)


@st.composite
def rings(draw, latitude, longitude, reach):
    """A star-shaped ring: corners at growing angles, at uneven distances."""
    corners = draw(st.integers(3, 14))
    distances = draw(st.lists(st.floats(0.2, 1), min_size=corners, max_size=corners))
    stretch = 1 / math.cos(math.radians(latitude))
    return [
        (
            min(180.0, max(-180.0, longitude + reach * stretch * d * math.cos(turn))),
            latitude + reach * d * math.sin(turn),
        )
        for d, turn in zip(
            distances, (2 * math.pi * n / corners for n in range(corners)), strict=True
        )
    ]


def star(ring):
    """A valid polygon: cut off at the 180th meridian a ring may lie upon itself."""
    return shapely.make_valid(Polygon(ring))


@st.composite
def shapes(draw):
    """Polygons with holes and multipolygons, from a house to a district."""
    latitude, longitude = draw(st.sampled_from(CENTRES))
    reach = draw(st.sampled_from([0.0004, 0.004, 0.03, 0.3]))
    outer = star(draw(rings(latitude, longitude, reach)))
    if draw(st.booleans()):
        outer = outer.difference(star(draw(rings(latitude, longitude, reach * 0.3))))
    if draw(st.booleans()):
        away = longitude + (3 if longitude < 179 else -3) * reach
        outer = outer.union(star(draw(rings(latitude, away, reach))))
    parts = [
        part
        for part in shapely.get_parts(shapely.make_valid(outer))
        if isinstance(part, Polygon) and part.area > 0
    ]
    return shapely.union_all(parts) if parts else Polygon(rings_of_a_square(latitude, reach))


def rings_of_a_square(latitude, half):
    return [(0, latitude), (half, latitude), (half, latitude + half), (0, latitude + half)]


def points_near(shape, chance, count):
    """Points all over, on the edges and corners, and a hair beside them."""
    west, south, east, north = shape.bounds
    pad = (east - west + north - south) / 20
    for _ in range(count):
        yield chance.uniform(west - pad, east + pad), chance.uniform(south - pad, north + pad)
    for part in shapely.get_parts(shape):
        for ring in [part.exterior, *part.interiors]:
            for x, y in list(ring.coords)[:6]:
                yield x, y
                yield x + chance.uniform(-1e-6, 1e-6), y + chance.uniform(-1e-6, 1e-6)
            middle = ring.interpolate(chance.random(), normalized=True)
            yield middle.x, middle.y


@EXAMPLES
@given(shape=shapes(), seed=st.integers(0, 10_000))
def test_cells_and_the_exact_test_agree_with_plain_shapely(shape, seed):
    find = finder(shape)
    for longitude, latitude in points_near(shape, random.Random(seed), 40):
        if abs(longitude) <= 180:
            expected = bool(shape.intersects(Point(longitude, latitude)))
            if abs(longitude) == 180:
                expected = expected or bool(shape.intersects(Point(-longitude, latitude)))
            assert find(latitude, longitude) == expected


@EXAMPLES
@given(shape=shapes())
def test_no_cell_is_written_twice_or_lies_in_another(shape):
    inside, border = geometry.cells_of(shape)
    cells = inside + border
    assert len(set(cells)) == len(cells)
    every = set(cells)
    for cell in cells:
        assert not every & set(geometry.cells_above(cell)[1:])
    assert len(cells) < 5_000


def test_points_on_borders_of_cells_are_found_where_the_outline_follows_them():
    """The outline is that of one H3 cell: every point of it lies on a border of cells."""
    ring = [(x, y) for y, x in h3.cell_to_boundary(geometry.cell_of(55.79, 49.11))]
    shape = Polygon(ring)
    find = finder(shape)
    chance = random.Random(7)
    for corner in range(len(ring)):
        (x1, y1), (x2, y2) = ring[corner], ring[(corner + 1) % len(ring)]
        for _ in range(20):
            part = chance.random()
            x, y = x1 + part * (x2 - x1), y1 + part * (y2 - y1)
            assert find(y, x) == bool(shape.intersects(Point(x, y)))
        assert find(y1, x1)


def test_a_zone_that_is_split_at_the_180th_meridian_is_whole():
    east = shapely.box(179.9, 66, 180, 66.1)
    west = shapely.box(-180, 66, -179.9, 66.1)
    both = MultiPolygon([east, west])
    for longitude in (179.95, 179.99999, 180.0, -180.0, -179.99999, -179.95):
        assert found_by_cells(both, 66.05, longitude)
    for longitude in (179.89, -179.89):
        assert not found_by_cells(both, 66.05, longitude)
    assert found_by_cells(east, 66.05, -180.0)
    assert not found_by_cells(east, 66.05, -179.9999)


def test_a_hole_is_outside_and_its_edge_inside():
    ring = shapely.box(49.0, 55.7, 49.2, 55.9).difference(shapely.box(49.05, 55.75, 49.15, 55.85))
    assert not found_by_cells(ring, 55.8, 49.1)
    assert found_by_cells(ring, 55.75, 49.1)
    assert found_by_cells(ring, 55.74, 49.1)


def test_the_cells_of_a_region_are_few_and_made_soon():
    ring = [
        (50 + 8 * math.cos(turn / 100), 56 + 4 * math.sin(turn / 100)) for turn in range(0, 628, 4)
    ]
    shape = Polygon(ring)
    started = time.monotonic()
    assert sum(map(len, geometry.cells_of(shape))) < 5_000
    assert time.monotonic() - started < 2
    chance, find = random.Random(3), finder(shape)
    for _ in range(2_000):
        x, y = chance.uniform(41, 59), chance.uniform(51, 61)
        assert find(y, x) == bool(shape.intersects(Point(x, y)))


def test_descendants_of_a_cell_stay_within_its_box():
    """What makes coarse tests safe, anywhere on earth."""
    chance = random.Random(11)
    for _ in range(150):
        resolution = chance.choice([4, 5, 6, 7, 8, 9])
        latitude = math.degrees(math.asin(chance.uniform(-0.99, 0.99)))
        cell = h3.latlng_to_cell(latitude, chance.uniform(-180, 180), resolution)
        (box,) = geometry.cell_boxes([cell], resolution)
        west, south, east, north = box.bounds
        children = h3.cell_to_children(cell, min(10, resolution + 3))
        for child in chance.sample(list(children), min(60, len(children))):
            for y, x in h3.cell_to_boundary(child):
                turn = 360 * round((x - (west + east) / 2) / 360)
                assert west <= x - turn <= east
                assert south <= y <= north


@pytest.mark.parametrize(
    ("box", "area"),
    [((0, 0, 1, 1), 12_364), ((49, 55, 50, 56), 6_999), ((-180, -90, 180, 90), 5.1e8)],
)
def test_area_on_the_sphere(box, area):
    assert geometry.area_km2(shapely.box(*box)) == pytest.approx(area, rel=0.005)


def test_what_is_stored_gives_the_same_shape():
    shape = Polygon([(49.1, 55.7), (49.2, 55.7), (49.123456789012345, 55.8)])
    assert geometry.shape_of(geometry_of(shape)).equals_exact(shape, 0)
