"""GeoJSON from strangers: what is taken, what is mended, what is refused and with which words."""

import json
import time

import pytest
import shapely
from django.utils import translation

from core.errors import DomainError
from locations.geojson import MAX_FEATURES, MAX_VERTICES, OutlinesError, read_outlines, read_shape
from locations.geometry import area_km2
from locations.tests.factories import square


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


SQUARE = square(55.79, 49.11)
RING = SQUARE["coordinates"][0]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def read(document):
    return read_outlines(json.dumps(document).encode())


def refusal(content):
    with pytest.raises(OutlinesError) as caught:
        read_outlines(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        SQUARE,
        feature(SQUARE),
        collection(feature(SQUARE)),
        {"type": "MultiPolygon", "coordinates": [[RING]]},
    ],
)
def test_every_accepted_type_gives_the_shape(document):
    (outline,) = read(document)
    assert shapely.get_parts(outline.shape)[0].equals(shapely.geometry.shape(SQUARE))


def test_names_come_from_properties_cleaned_and_cut():
    names = [
        outline.name
        for outline in read(
            collection(
                feature(SQUARE, name=" Центр \n города "),
                feature(SQUARE, title="Север"),
                feature(SQUARE, name=5),
                feature(SQUARE, name="я" * 500),
                {"type": "Feature", "properties": None, "geometry": SQUARE},
            )
        )
    ]
    assert names == ["Центр города", "Север", "", "я" * 120, ""]


def test_heights_are_left_out_and_rings_turned():
    clockwise = [[x, y, 100] for x, y in reversed(RING)]
    shape = read_shape(polygon(clockwise))
    assert shape.exterior.is_ccw
    assert not shape.has_z


def test_a_small_fault_is_mended():
    # The ring runs a hair back over itself.
    (west, south), (east, _), (_, north) = RING[0], RING[1], RING[2]
    spike = [
        [west, south],
        [east, south],
        [east + 0.001, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ]
    assert not shapely.geometry.Polygon(spike).is_valid
    shape = read_shape(polygon(spike))
    assert shape.is_valid
    assert area_km2(shape) == pytest.approx(area_km2(read_shape(SQUARE)), rel=0.001)


def test_an_outline_that_crosses_itself_is_refused_with_the_place():
    bow = [[49.0, 55.0], [49.2, 55.2], [49.2, 55.0], [49.0, 55.2], [49.0, 55.0]]
    with pytest.raises(DomainError, match=r"55\.10000.*49\.10000"):
        read_shape(polygon(bow))


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (None, "Polygon"),
        ([], "Polygon"),
        ({"type": "Point", "coordinates": [1, 2]}, "Polygon"),
        ({"type": "GeometryCollection", "geometries": [SQUARE]}, "Polygon"),
        ({"type": "Polygon"}, "no rings"),
        (polygon(), "no rings"),
        ({"type": "MultiPolygon", "coordinates": []}, "coordinates"),
        (polygon([]), "four points"),
        (polygon("abc"), "list"),
        (polygon(RING[:3]), "four points"),
        (polygon(RING[:-1]), "not closed"),
        (polygon([*RING[:2], [1], *RING[3:]]), "point 3"),
        (polygon([*RING[:2], "xy", *RING[3:]]), "point 3"),
        (polygon([*RING[:2], [True, False], *RING[3:]]), "point 3"),
        (polygon([*RING[:2], [1, "2"], *RING[3:]]), "point 3"),
        (polygon([*RING[:2], [1, None], *RING[3:]]), "point 3"),
        (polygon([*RING[:2], [1e308, 1e308], *RING[3:]]), "point 3"),
        (
            polygon([[55.0, 149.0], [56.0, 149.0], [56.0, 150.0], [55.0, 149.0]]),
            "longitude comes first",
        ),
        (polygon([[361, 5], [362, 5], [362, 6], [361, 5]]), "metres"),
        (polygon([[1, 1], [2, 2], [3, 3], [1, 1]]), "encloses nothing"),
        (polygon([[1, 1]] * 5), "encloses nothing"),
        (polygon([[-170, -80], [170, -80], [170, 80], [-170, 80], [-170, -80]]), "largest region"),
        ({"type": "MultiPolygon", "coordinates": [[RING], 5]}, "no rings"),
    ],
)
def test_what_is_no_outline_is_refused_and_told_why(geometry, words):
    with pytest.raises(DomainError, match=words):
        read_shape(geometry)


def test_every_faulty_feature_is_named_and_nothing_is_taken():
    text = refusal(collection(feature(SQUARE), feature(polygon(RING[:-1])), feature(None)))
    assert "Feature 2:" in text
    assert "Feature 3:" in text
    assert "Feature 1:" not in text


NESTED = b"[" * 200_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b"{}",
        b"\xff\xfe{}",
        b"\xed\xa0\x80",
        b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}',
        b'{"type": "Polygon", "coordinates": [[[Infinity, 1]]]}',
        b'{"type": "Polygon", "coordinates": [[[' + b"9" * 5_000 + b", 1]]]}",
        NESTED,
        b'{"type": "Polygon", "coordinates": ' + NESTED + b"]" * 200_000 + b"}",
        b'{"a":' * 100_000,
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": {}}',
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "FeatureCollection", "features": [1]}',
        b'{"type": "Feature", "geometry": {"type": ["Polygon"]}}',
        b"<kml></kml>",
        b" " * (6 * 1024 * 1024),
    ],
    ids=range(21),
)
def test_hostile_files_are_refused_soon(content):
    started = time.monotonic()
    assert refusal(content)
    assert time.monotonic() - started < 2


def test_too_many_points_and_zones_are_refused():
    long_ring = [[49 + n / 1e6, 55.0] for n in range(MAX_VERTICES + 1)]
    assert "20,000" in refusal(polygon(long_ring))
    assert str(MAX_FEATURES) in refusal(collection(*[feature(SQUARE)] * (MAX_FEATURES + 1)))


def test_a_broken_line_is_named():
    assert "line 2, column" in refusal(b'{"type":\n "Polygon",,}')
