"""The part of the world that a map shows: what is taken, what is refused, which cells it has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from locations.cells import cell_of_key, key_of, range_of
from locations.geometry import CELL_RESOLUTION, cell_of, cells_above
from locations.viewport import Viewport, around

latitudes = st.floats(-89.9, 89.9).map(lambda degrees: round(degrees, 5))
longitudes = st.floats(-180, 180).map(lambda degrees: round(degrees, 5))


@st.composite
def viewports(draw, widest=360.0):
    west, south = draw(longitudes), draw(st.floats(-89, 88.9))
    width = draw(st.floats(0.001, widest))
    height = draw(st.floats(0.001, min(widest / 2, 89 - south)))
    east = west + width
    east = east - 360 if east > 180 and draw(st.booleans()) and east - 360 < west else east
    text = ",".join(f"{number:.6f}" for number in (west, south, east, south + height))
    return Viewport.read(text, str(draw(st.integers(0, 22))))


class TestReading:
    def test_a_box_in_degrees(self):
        view = Viewport.read("49.0,55.7,49.3,55.9", "12")
        assert view.bounds == (49.0, 55.7, 49.3, 55.9)
        assert view.boxes == [(49.0, 55.7, 49.3, 55.9)]
        assert view.zoom == 12

    @pytest.mark.parametrize("text", ["170,60,190,70", "170,60,-170,70"])
    def test_a_box_over_the_180th_meridian_is_cut_in_two(self, text):
        view = Viewport.read(text, "5")
        assert view.bounds == (170, 60, 190, 70)
        assert view.boxes == [(170, 60, 180, 70), (-180, 60, -170, 70)]
        assert view.contains(65, -175)
        assert view.contains(65, 175)
        assert not view.contains(65, -165)
        assert view.fitted(-175) == 185

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "49,55,50",
            "49,55,50,56,57",
            "a,b,c,d",
            "nan,55,50,56",
            "49,55,inf,56",
            "49,-inf,50,56",
            "49,56,50,55",
            "49,55,50,55",
            "49,55,49,56",
            "49,-91,50,56",
            "49,55,50,90.5",
            "-181,55,50,56",
            "49,55,410,56",
            "1e2,55,101,56",
            "4_9,55,50,56",
            "٤٩,55,50,56",
            "49,55,50," + "5" * 5000,
            "49,55,50,56;drop",
        ],
    )
    def test_what_is_no_box_is_refused(self, text):
        with pytest.raises(DomainError) as refused:
            Viewport.read(text, "10")
        assert refused.value.field == "bbox"

    @pytest.mark.parametrize("zoom", ["-1", "1.5", "x", "100", "1" * 5000])
    def test_what_is_no_zoom_is_refused(self, zoom):
        with pytest.raises(DomainError) as refused:
            Viewport.read("49,55,50,56", zoom)
        assert refused.value.field == "zoom"

    def test_a_huge_box_is_never_taken_for_a_close_one(self):
        whole = Viewport.read("-180,-90,180,90", "19")
        assert whole.zoom == 4
        assert whole.resolution == 2
        assert Viewport.read("49,-90,49.001,90", "19").zoom == 5
        assert Viewport.read("49,55,49.01,55.01", "99").zoom == 19

    def test_around_a_city_and_at_the_end_of_the_world(self):
        assert around(55.79, 49.11).contains(55.79, 49.11)
        assert around(66.5, 179.95).contains(66.5, -179.99)
        assert around(-90, 0).north <= 90


class TestCells:
    @given(latitudes, longitudes)
    def test_a_key_is_a_prefix_of_every_cell_below(self, latitude, longitude):
        cell = cell_of(latitude, longitude)
        above = cells_above(cell)
        for resolution in range(CELL_RESOLUTION + 1):
            key = key_of(cell, resolution)
            first, last = range_of(key, resolution)
            assert first <= cell <= last == key
            assert cell_of_key(key, resolution) == above[CELL_RESOLUTION - resolution]
            assert key_of(key_of(cell, 9), min(resolution, 9)) == key_of(cell, min(resolution, 9))

    @settings(max_examples=60, deadline=None)
    @given(viewports(widest=40.0), st.data())
    def test_every_point_of_a_view_is_in_its_cells(self, view, data):
        resolution = data.draw(st.integers(0, 3))
        ranges = _ranges(view, resolution)
        for _ in range(20):
            west, south, east, north = data.draw(st.sampled_from(view.boxes))
            cell = cell_of(data.draw(st.floats(south, north)), data.draw(st.floats(west, east)))
            assert any(first <= cell <= last for first, last in ranges)

    @settings(max_examples=40, deadline=None)
    @given(viewports(widest=0.5), st.data())
    def test_also_of_a_close_view_which_has_few(self, view, data):
        ranges = _ranges(view, 5)
        assert len(ranges) < 400
        west, south, east, north = data.draw(st.sampled_from(view.boxes))
        cell = cell_of(data.draw(st.floats(south, north)), data.draw(st.floats(west, east)))
        assert any(first <= cell <= last for first, last in ranges)


def _ranges(view, resolution):
    return [
        condition[1] for condition in _leaves(view.cells(resolution)) if "range" in condition[0]
    ]


def _leaves(q):
    for child in q.children:
        if isinstance(child, tuple):
            yield child
        else:
            yield from _leaves(child)
