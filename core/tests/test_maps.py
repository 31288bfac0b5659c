"""The map part: what it is told, what it refuses, and whose tiles it may show."""

import json
import re
from html import unescape
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateSyntaxError
from django.utils import translation

from core.parts import maps
from core.tests.test_parts import draw

# Not imported: tests of the floors know nothing of the wiring (the import contract).
environment = import_module("Estconnect.environment")
SQUARE = maps.feature_collection(
    [maps.feature(maps.point(49.1, 55.8), {"title": "Чистопольская, 12"}, "b1")]
)
LAYERS = [
    maps.MapLayer("places", "Buildings", data=SQUARE),
    maps.MapLayer("zones", "Zones", url="/zones/", by_view=True, tone="wait", shown=False),
]


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def told(text: str) -> dict:
    """What the scripts are told by a drawn map."""
    return json.loads(unescape(re.search(r'data-map="([^"]*)"', text)[1]))


class TestPart:
    def test_it_tells_the_scripts_where_to_look_and_what_to_show(self):
        text = draw(
            '{% map "around" label="Around" layers=layers bounds=bounds %}',
            layers=LAYERS,
            bounds=(49.0, 55.7, 49.3, 55.9),
        )
        options = told(text)
        assert options["bounds"] == [[55.7, 49.0], [55.9, 49.3]]
        assert options["fit"] is False
        assert options["layers"] == [
            {"name": "places", "url": "", "data": SQUARE, "tone": "accent",
             "byView": False, "shown": True, "aside": 0},
            {"name": "zones", "url": "/zones/", "data": None, "tone": "wait",
             "byView": True, "shown": False, "aside": 0},
        ]  # fmt: skip

    def test_inline_data_cannot_leave_its_attribute(self):
        hostile = maps.feature(maps.point(49.1, 55.8), {"title": "'\"><script>alert(1)</script>"})
        layers = [maps.MapLayer("a", "A", data=maps.feature_collection([hostile]))]
        text = draw('{% map "around" label="Around" layers=layers %}', layers=layers)
        assert "<script" not in text
        assert told(text)["layers"][0]["data"]["features"] == [hostile]
        assert told(text)["fit"] is True

    def test_words_are_in_the_readers_language(self):
        with translation.override("ru"):
            text = draw('{% map "around" label="Рядом" %}')
        assert told(text)["texts"]["zoomIn"] == "Ближе"
        assert 'aria-label="Рядом"' in text

    @pytest.mark.parametrize(
        "source",
        ['{% map "a" label="A" colour="red" %}', '{% map "a" %}', '{% map "a" "b" label="A" %}'],
    )
    def test_unknown_and_missing_arguments_are_refused(self, source):
        with pytest.raises((TemplateSyntaxError, TypeError)):
            draw(source)

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ('{% map "a" label="A" size="huge" %}', "'huge' is no size"),
            ('{% map "a" label="A" latitude="latitude" %}', "needs both fields"),
            ('{% map "a" label="A" layers=twice %}', "share a name"),
        ],
    )
    def test_nonsense_is_refused(self, source, reason):
        with pytest.raises(ValueError, match=reason):
            draw(source, twice=[LAYERS[0], LAYERS[0]])

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ({}, "an address or data"),
            ({"url": "/a/", "data": SQUARE}, "an address or data"),
            ({"url": "/a/", "tone": "purple"}, "no tone"),
        ],
    )
    def test_a_layer_knows_what_it_is(self, arguments, reason):
        with pytest.raises(ValueError, match=reason):
            maps.MapLayer("a", "A", **arguments)

    def test_whose_tiles_they_are_is_said_with_a_link(self, settings):
        settings.MAP_TILES_ATTRIBUTION = "© Tiles <Ltd>, https://tiles.example/terms"
        assert "Tiles" not in draw('{% map "a" label="A" %}')
        settings.MAP_TILES_URL = "https://tiles.example/{z}/{x}/{y}.png"
        text = draw('{% map "a" label="A" %}')
        assert "© Tiles &lt;Ltd&gt;" in text
        assert 'href="https://tiles.example/terms"' in text
        assert told(text)["tiles"] == "https://tiles.example/{z}/{x}/{y}.png"


class TestTiles:
    def read(self, monkeypatch, url: str, debug: bool = False) -> str:
        monkeypatch.setenv("MAP_TILES_URL", url)
        return environment.map_tiles(debug)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "https://tiles.example.ru/{z}/{x}/{y}.png",
            "https://tiles.example.ru:8443/{z}/{x}/{y}{r}.png?key=abc",
            "http://localhost:8080/{z}/{x}/{y}.png",
        ],
    )
    def test_one_host_over_tls_is_taken(self, monkeypatch, url):
        assert self.read(monkeypatch, url) == url

    @pytest.mark.parametrize(
        "url",
        [
            "http://tiles.example.ru/{z}/{x}/{y}.png",
            "https://{s}.tiles.example.ru/{z}/{x}/{y}.png",
            "https://*.example.ru/{z}/{x}/{y}.png",
            "https://tiles.example.ru; script-src */{z}/{x}/{y}.png",
            "https://user:secret@tiles.example.ru/{z}/{x}/{y}.png",
            "https://tiles.example.ru/{z}/{x}.png",
            "javascript:alert(1)//{z}{x}{y}",
            "tiles.example.ru/{z}/{x}/{y}.png",
        ],
    )
    def test_anything_else_is_refused_without_its_secret(self, monkeypatch, url):
        with pytest.raises(ImproperlyConfigured, match="MAP_TILES_URL must be like") as refused:
            self.read(monkeypatch, url)
        assert "secret" not in str(refused.value)

    def test_the_policy_names_the_host_alone(self):
        assert environment.origin_of("https://tiles.example:8443/{z}/{x}/{y}.png?key=abc") == [
            "https://tiles.example:8443"
        ]
        assert environment.origin_of("") == []


class TestBounds:
    def test_a_box_with_a_margin_around_all_points(self):
        box = maps.bounds_of([(55.8, 49.1), (55.9, 49.0)], margin=0.5)
        assert box == pytest.approx((48.5, 55.3, 49.6, 56.4))

    def test_none_around_nothing_and_never_beyond_a_pole(self):
        assert maps.bounds_of([]) is None
        assert maps.bounds_of([(90.0, 0.0)], margin=1) == (-1.0, 89.0, 1.0, 90.0)
