"""Several statements changed at once: each by itself, and what became of each."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden
from core.tests.reading import seen
from locations.models import BuildingCoverage, CoverageZone
from locations.services.coverage_bulk import AT_MOST, change_statements, change_zones
from locations.tests.factories import BuildingCoverageFactory, BuildingFactory, CoverageZoneFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

PROVIDER = OrganizationKind.PROVIDER


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def manager():
    actor = make_actor(PROVIDER, Role.MANAGER)
    actor.user.language = "en"
    actor.user.save()
    return actor


@pytest.fixture
def zones(manager):
    own = {"provider": manager.organization, "technology": "FTTB", "max_speed": 100}
    return [CoverageZoneFactory(**own, name=name) for name in ("A", "B", "C")]


def keys(rows):
    return [getattr(row, "public_id", str(row.pk)) for row in rows]


def test_only_what_is_given_is_changed(manager, zones):
    done = change_zones(manager, keys(zones[:2]), "change", {"max_speed": 500})
    assert [(row.name, row.refusal) for row in done] == [("A", ""), ("B", "")]
    rows = CoverageZone.objects.order_by("name").values_list("technology", "max_speed", "version")
    assert list(rows) == [("FTTB", 500, 2), ("FTTB", 500, 2), ("FTTB", 100, 1)]


@pytest.mark.parametrize(
    ("do", "active", "contradicted"), [("confirm", True, False), ("retire", False, False)]
)
def test_zones_are_confirmed_and_retired(manager, zones, do, active, contradicted):
    old = timezone.now() - timedelta(days=5)
    CoverageZone.objects.update(contradicted_at=old, stated_at=old)
    change_zones(manager, keys(zones), do)
    for zone in CoverageZone.objects.all():
        assert (zone.is_active, zone.contradicted_at is not None) == (active, contradicted)
        assert (zone.stated_at > old) is (do == "confirm")


def test_one_refusal_stops_none_of_the_others(manager, zones):
    rival = CoverageZoneFactory(technology="FTTB")
    CoverageZoneFactory(
        provider=manager.organization, category=zones[1].category, name="B", technology="GPON"
    )
    given = [zones[0].public_id, rival.public_id, "X" * 12, zones[1].public_id, zones[0].public_id]
    done = change_zones(manager, given, "change", {"technology": "GPON"})
    assert [(row.name, bool(row.refusal)) for row in done] == [
        ("A", False), ("", True), ("", True), ("B", True),
    ]  # fmt: skip
    rival.refresh_from_db()
    assert rival.technology == "FTTB"


def test_statements_of_buildings_are_changed_and_withdrawn(manager):
    own = [
        BuildingCoverageFactory(provider=manager.organization, technology="FTTB") for _ in range(3)
    ]
    others = BuildingCoverageFactory()
    change_statements(manager, keys(own[:2]), "change", {"state": "SURVEY", "technology": "GPON"})
    done = change_statements(manager, [*keys(own[2:]), str(others.pk), "x", "9" * 30], "withdraw")
    assert [bool(row.refusal) for row in done] == [False, True, True, True]
    left = BuildingCoverage.objects.visible_to(manager).values_list("state", "technology")
    assert list(left) == [("SURVEY", "GPON")] * 2
    assert BuildingCoverage.objects.filter(pk=others.pk).exists()


def test_a_technology_that_the_building_has_already_is_refused(manager):
    own = {"provider": manager.organization, "building": BuildingFactory()}
    first = BuildingCoverageFactory(**own, technology="FTTB")
    BuildingCoverageFactory(**own, technology="GPON")
    (outcome,) = change_statements(manager, [str(first.pk)], "change", {"technology": "GPON"})
    assert "another statement of this technology" in str(outcome.refusal)


@pytest.mark.parametrize(
    ("do", "changes", "selected"),
    [
        ("sell", {}, 1),
        ("withdraw", {}, 1),
        ("change", {}, 1),
        ("change", {"provider": 5, "is_active": False}, 1),
        ("confirm", {}, 0),
        ("confirm", {}, AT_MOST + 1),
    ],
)
def test_what_makes_no_sense_is_refused_as_a_whole(manager, zones, do, changes, selected):
    with pytest.raises(DomainError):
        change_zones(manager, [zones[0].public_id] * selected, do, changes)
    assert set(CoverageZone.objects.values_list("version", flat=True)) == {1}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_who_only_reads_changes_nothing(manager, zones, role):
    reader = make_actor(role=role, organization=manager.organization)
    for change in (change_zones, change_statements):
        with pytest.raises(Forbidden):
            change(reader, keys(zones), "confirm")


def test_the_page_asks_what_to_change_and_tells_what_was_done(sign_in, manager, zones):
    browser, address = sign_in(manager), reverse("coverage_bulk_zones")
    chosen = {"selected": keys(zones[:2]), "do": "change"}
    asked = browser.post(address, chosen)
    assert "Change 2 statements" in seen(asked)
    assert browser.post(address, chosen | {"apply": "1"}).context["form"].errors
    wrong = browser.post(address, chosen | {"apply": "1", "what": ["state"], "state": "PLANNED"})
    rows = CoverageZone.objects.values_list("state", flat=True)
    assert set(rows) == {"AVAILABLE"}
    assert "Say from which date it is planned." in seen(wrong)
    done = browser.post(
        address,
        chosen
        | {"apply": "1", "what": ["state", "max_speed"], "state": "PLANNED",
           "planned_from": "2099-01-01", "max_speed": ""},
    )  # fmt: skip
    assert "2 statements were changed" in seen(done)
    rows = CoverageZone.objects.order_by("name").values_list("state", "max_speed")
    assert list(rows) == [("PLANNED", None), ("PLANNED", None), ("AVAILABLE", 100)]


def test_pages_of_both_kinds_confirm(sign_in, manager, zones):
    statement = BuildingCoverageFactory(provider=manager.organization)
    browser = sign_in(manager)
    for page, rows in (("coverage_bulk_zones", zones), ("coverage_bulk_buildings", [statement])):
        answer = browser.post(reverse(page), {"selected": keys(rows), "do": "confirm"})
        assert answer.context["refused"] == []
        assert len(answer.context["done"]) == len(rows)
