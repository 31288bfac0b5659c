"""Zones on the map: whose are shown, how finely, and that drawings keep up with outlines."""

from datetime import timedelta

import pytest
import shapely
from django.utils import timezone

from core.choices import OrganizationKind
from locations.models import CoverageZone, ZoneDrawing
from locations.selectors import map_layers
from locations.selectors.map_layers import shown_zones, zones_in
from locations.services.zone_drawings import draw_missing
from locations.services.zones import save_zone
from locations.tests.factories import CoverageZoneFactory, ServiceCategoryFactory, square
from locations.viewport import Viewport
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db
CITY = Viewport.read("49.0,55.7,49.3,55.9", "12")


def names(actor, view=CITY):
    outlines, _more = zones_in(shown_zones(actor), view)
    return {outline.name for outline in outlines}


def ring(corners, radius=0.02):
    circle = shapely.Point(49.11, 55.79).buffer(radius, quad_segs=corners // 4)
    return shapely.geometry.mapping(circle)


def provider(**fields):
    return OrganizationFactory(kind=OrganizationKind.PROVIDER, **fields)


class TestWhose:
    def test_those_in_force_of_providers_that_work_here(self):
        now = timezone.now()
        CoverageZoneFactory(name="shown")
        CoverageZoneFactory(name="expired", expires_at=now - timedelta(days=1))
        CoverageZoneFactory(name="retired", is_active=False)
        CoverageZoneFactory(name="unverified", provider=provider(verified_at=None))
        CoverageZoneFactory(name="sandbox", provider=provider(is_sandbox=True))
        CoverageZoneFactory(name="elsewhere", geometry=square(60, 30))
        assert names(make_actor()) == {"shown"}

    def test_a_provider_sees_its_own_before_it_is_verified(self):
        own = make_actor(OrganizationKind.PROVIDER, organization=provider(verified_at=None))
        CoverageZoneFactory(name="own", provider=own.organization)
        CoverageZoneFactory(name="own retired", provider=own.organization, is_active=False)
        CoverageZoneFactory(name="another's", provider=provider(verified_at=None))
        assert names(own) == {"own"}

    def test_a_sandbox_sees_simulated_providers_alone(self):
        CoverageZoneFactory(name="real")
        CoverageZoneFactory(name="simulated", provider=provider(is_sandbox=True))
        tried = make_actor(organization=OrganizationFactory(is_sandbox=True))
        assert names(tried) == {"simulated"}


class TestHow:
    def test_from_afar_the_drawing_from_close_by_the_outline(self, django_assert_num_queries):
        zone = CoverageZoneFactory(geometry=ring(2000))
        actor = make_actor()
        with django_assert_num_queries(1):
            (far,), _more = zones_in(shown_zones(actor), Viewport.read("45,53,53,58", "7"))
        assert far.geometry == zone.drawing.outline
        assert len(far.geometry["coordinates"][0]) < 120
        (close,), _more = zones_in(shown_zones(actor), Viewport.read("49.1,55.78,49.12,55.8", "17"))
        part = shapely.geometry.shape(close.geometry)
        assert part.bounds == pytest.approx((49.095, 55.775, 49.125, 55.805), abs=1e-4)

    def test_the_shape_is_true_to_the_pixel(self):
        CoverageZoneFactory(geometry=ring(2000))
        view = Viewport.read("49.0,55.7,49.3,55.9", "14")
        (outline,), _more = zones_in(shown_zones(make_actor()), view)
        drawn = shapely.geometry.shape(outline.geometry)
        true = shapely.geometry.shape(ring(2000))
        assert drawn.hausdorff_distance(true) < 2 * view.pixel

    def test_smaller_than_a_pixel_is_left_out_and_the_largest_come_first(self, monkeypatch):
        CoverageZoneFactory(name="small", geometry=square(55.79, 49.11, 0.002))
        CoverageZoneFactory(name="large", geometry=square(55.79, 49.11, 0.05))
        CoverageZoneFactory(name="middle", geometry=square(55.79, 49.11, 0.02))
        actor = make_actor()
        outlines, more = zones_in(shown_zones(actor), CITY)
        assert [outline.name for outline in outlines] == ["large", "middle", "small"]
        assert not more
        assert names(actor, Viewport.read("20,40,100,70", "4")) == {"large"}
        monkeypatch.setattr(map_layers, "MOST_ZONES", 2)
        outlines, more = zones_in(shown_zones(actor), CITY)
        assert [outline.name for outline in outlines] == ["large", "middle"]
        assert more

    def test_over_the_180th_meridian(self):
        CoverageZoneFactory(name="west", geometry=square(66, 179.5, 0.2))
        CoverageZoneFactory(name="east", geometry=square(66, -179.5, 0.2))
        view = Viewport.read("175,60,185,70", "7")
        assert names(make_actor(), view) == {"west", "east"}


class TestDrawings:
    def test_a_changed_outline_is_drawn_anew(self):
        operator = make_actor(OrganizationKind.PROVIDER)
        category = ServiceCategoryFactory()
        zone = save_zone(operator, name="Z", category=category, geometry=square(55.79, 49.11))
        assert zone.drawing.west == pytest.approx(49.10)
        save_zone(operator, zone=zone, name="Z", category=category, geometry=square(55.79, 49.2))
        assert ZoneDrawing.objects.get().west == pytest.approx(49.19)
        save_zone(operator, zone=zone, name="Z2", category=category)
        assert ZoneDrawing.objects.get().west == pytest.approx(49.19)

    def test_what_nobody_drew_is_drawn_at_night(self):
        CoverageZone.objects.create(
            provider=provider(), category=ServiceCategoryFactory(), name="past the services",
            geometry=square(55.79, 49.11), stated_at=timezone.now(),
        )  # fmt: skip
        assert names(make_actor()) == set()
        assert draw_missing() == 1
        assert draw_missing() == 0
        assert names(make_actor()) == {"past the services"}
