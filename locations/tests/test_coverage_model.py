"""Availability of a place against a slow plain model: shapely over all zones, rules spelled out.

The model knows neither cells nor indexes: it asks every outline whether it holds the point, and
walks the table of DOMAIN.md ("Availability") line by line.
"""

import math
import random
from datetime import timedelta

import shapely
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from shapely.geometry import Point

from core.choices import OrganizationKind
from locations.geojson import geometry_of
from locations.geometry import slot_of
from locations.models import CoverageState, CoverageZone
from locations.selectors.coverage import statements_at, statements_at_point
from locations.services.zones import index_zones
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    ServiceCategoryFactory,
)
from locations.tests.test_geometry import points_near, shapes
from users.tests.factories import OrganizationFactory

NOW = timezone.now()
BEST_FIRST = CoverageState.values
MODEL = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))

ABOUT = st.fixed_dictionaries(
    {
        "provider": st.integers(0, 1),
        "category": st.integers(0, 1),
        "technology": st.sampled_from(["", "FTTB", "GPON"]),
        "state": st.sampled_from(["AVAILABLE", "SURVEY", "NOT_AVAILABLE"]),
        "age": st.integers(0, 3),
        "is_active": st.sampled_from([True, True, True, False]),
        "expires": st.sampled_from([None, None, -1, 1]),
    }
)


def expires_at(said):
    return None if said["expires"] is None else NOW + timedelta(days=said["expires"])


def holds(shape, longitude, latitude):
    """Whether the outline holds the point; the 180th meridian has two names."""
    names = [longitude, -longitude] if abs(longitude) == 180 else [longitude]
    return any(bool(shape.intersects(Point(name, latitude))) for name in names)


def in_force(said):
    return said["is_active"] and (said["expires"] is None or said["expires"] > 0)


def newest(statements):
    """Of each provider, category and technology the newest; of one moment the better."""
    kept = {}
    for said in statements:
        key = (said["provider"], said["category"], said["technology"])
        rank = (-said["age"], -BEST_FIRST.index(said["state"]))
        if key not in kept or rank > kept[key][0]:
            kept[key] = (rank, said)
    return {key: said["state"] for key, (_rank, said) in kept.items()}


def expected(zones, buildings, longitude, latitude):
    """What the table says: provider, category and technology with state and origin."""
    around = newest(
        said for shape, said in zones if in_force(said) and holds(shape, longitude, latitude)
    )
    explicit = newest(said for said in buildings if in_force(said))
    answer = {(*key, state, "building") for key, state in explicit.items()}
    for (provider, category, technology), state in around.items():
        overridden = {(provider, category, technology), (provider, category, "")} & set(explicit)
        if not overridden:
            answer.add((provider, category, technology, state, "zone"))
    return answer


class AgainstTheModel(TestCase):
    def setUp(self):
        self.providers = [OrganizationFactory(kind=OrganizationKind.PROVIDER) for _ in range(2)]
        self.categories = [ServiceCategoryFactory(), ServiceCategoryFactory(code="tv")]
        self.number = {row.pk: place for place, row in enumerate(self.providers)}
        self.kind = {row.pk: place for place, row in enumerate(self.categories)}

    def found(self, statements):
        return {
            (
                self.number[one.provider_id],
                self.kind[one.category_id],
                one.technology,
                one.state,
                one.origin,
            )
            for one in statements
        }

    def store(self, zones):
        # Examples are rolled back, so that ids come again with other outlines.
        slot_of.cache_clear()
        for place, (shape, said) in enumerate(zones):
            CoverageZone.objects.create(
                provider=self.providers[said["provider"]],
                category=self.categories[said["category"]],
                technology=said["technology"],
                state=said["state"],
                stated_at=NOW - timedelta(days=said["age"]),
                expires_at=expires_at(said),
                is_active=said["is_active"],
                name=str(place),
                geometry=geometry_of(shape),
            )
        index_zones(CoverageZone.objects.all())

    @MODEL
    @given(st.lists(st.tuples(shapes(), ABOUT), min_size=1, max_size=4), st.integers(0, 10_000))
    def test_points_are_answered_as_the_model_does(self, zones, seed):
        CoverageZone.objects.all().delete()
        self.store(zones)
        chance = random.Random(seed)
        for shape, _said in zones:
            for longitude, latitude in points_near(shape, chance, 6):
                if abs(longitude) <= 180 and abs(latitude) <= 90:
                    answer = self.found(statements_at_point(latitude, longitude))
                    assert answer == expected(zones, [], longitude, latitude)

    @MODEL
    @given(
        st.lists(st.tuples(shapes(), ABOUT), min_size=1, max_size=4),
        st.lists(
            ABOUT,
            max_size=4,
            unique_by=lambda said: (said["provider"], said["category"], said["technology"]),
        ),
        st.integers(0, 10_000),
    )
    def test_buildings_are_answered_as_the_model_does(self, zones, buildings, seed):
        CoverageZone.objects.all().delete()
        self.store(zones)
        # A statement about a building cannot be retired, only withdrawn.
        buildings = [said | {"is_active": True} for said in buildings]
        places = list(points_near(zones[0][0], random.Random(seed), 2))
        longitude, latitude = places[seed % len(places)]
        longitude = min(180.0, max(-180.0, longitude))
        building = BuildingFactory(latitude=latitude, longitude=longitude)
        for said in buildings:
            BuildingCoverageFactory(
                building=building,
                provider=self.providers[said["provider"]],
                category=self.categories[said["category"]],
                technology=said["technology"],
                state=said["state"],
                stated_at=NOW - timedelta(days=said["age"]),
                expires_at=expires_at(said),
            )
        answer = statements_at(building)
        assert self.found(answer) == expected(zones, buildings, longitude, latitude)
        order = [BEST_FIRST.index(one.state) for one in answer if one.category_id == 1]
        assert order == sorted(order)

    def test_the_poles_are_places_too(self):
        cap = shapely.box(-180, 89, 180, 90)
        said = {
            "provider": 0, "category": 0, "technology": "", "state": "AVAILABLE",
            "age": 0, "is_active": True, "expires": None,
        }  # fmt: skip
        self.store([(cap, said)])
        for longitude in (-180.0, -73.2, 0.0, 91.5, 180.0):
            for latitude, inside in ((90.0, True), (89.5, True), (89.0, True), (88.9, False)):
                assert bool(statements_at_point(latitude, longitude)) is inside
        assert math.isclose(cap.area, 360)
