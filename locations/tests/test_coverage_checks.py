"""Overlaps, contradictions, gaps and places outside: found, listed, and bounded in cost."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from core.choices import OrganizationKind, Role
from core.models import Job
from core.tests.reading import seen
from locations.models import CoverageCheck, CoverageFinding, FindingKind
from locations.services import findings, revise_zone
from locations.services.findings import check_coverage, run_check
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
)
from subscriptions.tests.factories import request_in
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER
NOW = timezone.now()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def provider():
    return OrganizationFactory(kind=PROVIDER)


def box(west, south, east, north, *holes):
    def ring(w, s, e, n):
        return [[w, s], [e, s], [e, n], [w, n], [w, s]]

    return {
        "type": "Polygon",
        "coordinates": [ring(west, south, east, north), *(ring(*hole) for hole in holes)],
    }


def look(provider):
    run_check.func(provider.pk)
    rows = CoverageFinding.objects.filter(provider=provider).order_by("kind", "pk")
    return [(row.kind, row.zone and row.zone.name, row.other and row.other.name) for row in rows]


def test_zones_that_agree_overlap_and_others_contradict(provider):
    own = {"provider": provider}
    CoverageZoneFactory(**own, name="A", geometry=box(49, 55, 49.1, 55.1), stated_at=NOW)
    CoverageZoneFactory(
        **own, name="B", geometry=box(49.05, 55, 49.15, 55.1), stated_at=NOW - timedelta(days=1)
    )
    CoverageZoneFactory(
        **own, name="C", geometry=box(49, 55.05, 49.04, 55.2), state="SURVEY",
        stated_at=NOW + timedelta(seconds=1),
    )  # fmt: skip
    assert look(provider) == [("CONTRADICTION", "A", "C"), ("OVERLAP", "B", "A")]
    overlap = CoverageFinding.objects.get(kind="OVERLAP")
    assert (overlap.latitude, overlap.longitude) == pytest.approx((55.05, 49.075), abs=0.03)
    assert overlap.area_km2 == pytest.approx(35.3, rel=0.02)


@pytest.mark.parametrize(
    "fields",
    [
        {"technology": "GPON"},
        {"category": "tv"},
        {"provider": "another"},
        {"is_active": False},
        {"expires_at": NOW},
        {"geometry": box(49.1, 55, 49.2, 55.1)},
        {"geometry": box(49.2, 55, 49.3, 55.1)},
    ],
)
def test_what_does_not_speak_of_the_same_does_not_overlap(provider, fields):
    given = dict(fields)
    if "category" in given:
        given["category"] = ServiceCategoryFactory(code="tv")
    given["provider"] = OrganizationFactory(kind=PROVIDER) if "provider" in given else provider
    CoverageZoneFactory(provider=provider, geometry=box(49, 55, 49.1, 55.1))
    CoverageZoneFactory(**{"geometry": box(49, 55, 49.1, 55.1), **given})
    assert look(provider) == []


def test_ground_between_neighbours_is_a_gap(provider):
    """A strip of forty metres, and a yard that four zones enclose; a zone's own hole is meant."""
    own = {"provider": provider}
    CoverageZoneFactory(**own, geometry=box(49, 55, 49.1, 55.1, (49.04, 55.04, 49.045, 55.045)))
    CoverageZoneFactory(**own, geometry=box(49.1006, 55, 49.2, 55.1))
    assert look(provider) == [("GAP", None, None)]
    gap = CoverageFinding.objects.get()
    assert gap.longitude == pytest.approx(49.1003, abs=0.0003)
    assert gap.area_km2 == pytest.approx(0.425, rel=0.1)


def test_a_yard_enclosed_by_several_zones_is_a_gap(provider):
    for frame in (
        (49, 55, 49.1, 55.04), (49, 55.06, 49.1, 55.1),
        (49, 55.04, 49.045, 55.06), (49.055, 55.04, 49.1, 55.06),
    ):  # fmt: skip
        CoverageZoneFactory(provider=provider, geometry=box(*frame))
    assert look(provider) == [("GAP", None, None)]
    gap = CoverageFinding.objects.get()
    assert (gap.latitude, gap.longitude) == pytest.approx((55.05, 49.05), abs=0.01)


def test_zones_far_from_each_other_leave_no_gap(provider):
    CoverageZoneFactory(provider=provider, geometry=box(49, 55, 49.1, 55.1))
    CoverageZoneFactory(provider=provider, geometry=box(49.2, 55, 49.3, 55.1))
    assert look(provider) == []


def test_connected_places_outside_every_zone_are_named(provider):
    CoverageZoneFactory(provider=provider, geometry=box(49, 55, 49.1, 55.1))
    inside = BuildingFactory(latitude=55.05, longitude=49.05)
    outside = [BuildingFactory(latitude=55.5, longitude=49.05) for _ in range(4)]
    for building in (inside, outside[0]):
        BuildingCoverageFactory(provider=provider, building=building)
    BuildingCoverageFactory(provider=provider, building=outside[1], state="NOT_AVAILABLE")
    request_in("CONNECTED", plan__provider=provider, unit__building=outside[2])
    request_in("REJECTED", plan__provider=provider, unit__building=outside[3])
    run_check.func(provider.pk)
    rows = CoverageFinding.objects.filter(kind=FindingKind.OUTSIDE)
    assert {row.building_id for row in rows} == {outside[0].pk, outside[2].pk}


def test_a_check_is_asked_for_once_whenever_something_changes(provider):
    manager = make_actor(role=Role.MANAGER, organization=provider)
    zone = CoverageZoneFactory(provider=provider)
    revise_zone(manager, zone, {"max_speed": 10})
    revise_zone(manager, zone, {"max_speed": 20})
    waiting = Job.objects.get(task__endswith="findings.run_check")
    # Some more of it is expected: one look is for all of them.
    assert timedelta(seconds=50) < waiting.due_at - timezone.now()
    check_coverage(manager)
    asked = Job.objects.exclude(pk=waiting.pk).get(task__endswith="findings.run_check")
    assert asked.due_at <= timezone.now()


def test_what_a_later_check_found_is_not_overwritten_by_an_earlier(provider, monkeypatch):
    own = {"provider": provider, "geometry": box(49, 55, 49.1, 55.1)}
    CoverageZoneFactory(**own)
    read = findings._places_by_category

    def overtaken(provider_id):
        monkeypatch.setattr(findings, "_places_by_category", read)
        CoverageZoneFactory(**own)
        run_check.func(provider_id)
        return read(provider_id)

    monkeypatch.setattr(findings, "_places_by_category", overtaken)
    assert len(look(provider)) == 1
    assert CoverageCheck.objects.get().zones == 2


def test_a_second_look_replaces_the_first(provider):
    own = {"provider": provider, "geometry": box(49, 55, 49.1, 55.1)}
    CoverageZoneFactory(**own)
    second = CoverageZoneFactory(**own)
    assert len(look(provider)) == 1
    second.is_active = False
    second.save()
    assert look(provider) == []
    assert CoverageCheck.objects.get().zones == 1


def test_more_than_can_be_mended_is_cut_and_said(provider, monkeypatch):
    monkeypatch.setattr(findings, "KEPT_OF_A_KIND", 2)
    for _ in range(3):
        CoverageZoneFactory(provider=provider, geometry=box(49, 55, 49.1, 55.1))
    assert len(look(provider)) == 2
    assert CoverageCheck.objects.get().is_partial


def test_three_hundred_zones_are_looked_over_within_seconds(provider):
    from locations.models import CoverageZone

    CoverageZone.objects.bulk_create(
        CoverageZone(
            provider=provider,
            category=ServiceCategoryFactory(),
            name=f"{row} {column}",
            stated_at=NOW,
            geometry=box(
                *(49 + row / 50, 55 + column / 50, 49.0205 + row / 50, 55.02 + column / 50)
            ),
        )
        for row in range(20)
        for column in range(15)
    )
    # Of this process alone: what else the machine does is not its cost.
    started = time.process_time()
    look(provider)
    assert time.process_time() - started < 5


# --- the page ---------------------------------------------------------------------------------
def test_the_page_lists_own_findings_and_costs_the_same(
    sign_in, provider, django_assert_max_num_queries
):
    manager = make_actor(role=Role.MANAGER, organization=provider)
    manager.user.language = "en"
    manager.user.save()
    browser, address, counts = sign_in(manager), reverse("coverage_findings"), []
    other = CoverageZoneFactory(name="Rival")
    CoverageFinding.objects.create(
        provider=other.provider, kind="OVERLAP", category=other.category, zone=other, other=other,
        latitude=1, longitude=1,
    )  # fmt: skip
    zone = CoverageZoneFactory(provider=provider, name="Centre")
    for more in (1, 2):
        for _ in range(more):
            CoverageFinding.objects.create(
                provider=provider, kind="OVERLAP", category=zone.category, zone=zone, other=zone,
                latitude=55.12345, longitude=49.54321,
            )  # fmt: skip
        browser.get(address)
        with django_assert_max_num_queries(12) as captured:
            page = browser.get(address)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert "55.12345, 49.54321" in seen(page)
    assert "Rival" not in page.text
    assert browser.get(address, {"kind": "GAP"}).context["page"].rows == []
    assert browser.get(address, {"kind": "X"}).status_code == 400


def test_members_read_findings_and_managers_ask_for_a_check(sign_in, provider):
    member = sign_in(make_actor(role=Role.MEMBER, organization=provider))
    assert member.get(reverse("coverage_findings")).status_code == 200
    assert member.post(reverse("coverage_check_now")).status_code == 403
    manager = sign_in(make_actor(role=Role.MANAGER, organization=provider))
    assert manager.post(reverse("coverage_check_now")).status_code == 302
    assert Job.objects.filter(task__endswith="findings.run_check").count() == 1
