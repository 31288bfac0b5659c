"""What apps add to pages of the floors below them."""

import pytest

from core import registry
from core.actor import Actor
from core.choices import OrganizationKind, StaffScope
from core.registry import Tile, contributes, gather
from users.models import Organization


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_contributions", {})


def member(kind: OrganizationKind) -> Actor:
    return Actor(organization=Organization(kind=kind))


def test_contributions_come_in_order_to_those_they_are_for():
    @contributes("home.tiles", order=20)
    def late(actor, subject):
        return Tile("late", "1")

    @contributes("home.tiles", order=10, kinds={OrganizationKind.AGENCY})
    def early(actor, subject):
        return Tile("early", "2")

    @contributes("home.panels", order=1)
    def elsewhere(actor, subject):
        raise AssertionError("asked for another place")

    agency, builder = member(OrganizationKind.AGENCY), member(OrganizationKind.BUILDER)
    assert [tile.label for tile in gather("home.tiles", agency)] == ["early", "late"]
    assert [tile.label for tile in gather("home.tiles", builder)] == ["late"]


def test_staff_without_an_organization_have_only_what_is_for_staff():
    @contributes("home.tiles", order=1)
    def for_organizations(actor, subject):
        return Tile("organization", "1")

    @contributes("home.tiles", order=2, staff=True)
    def for_staff_too(actor, subject):
        return Tile("staff", "1")

    shown = gather("home.tiles", Actor(staff=StaffScope.ADMIN))
    assert [tile.label for tile in shown] == ["staff"]


def test_a_contribution_may_have_nothing_to_show():
    @contributes("request.panels", order=1)
    def nothing(actor, subject):
        assert subject == "the request"

    assert gather("request.panels", member(OrganizationKind.AGENCY), "the request") == []


def test_a_place_that_no_page_has_is_refused():
    with pytest.raises(LookupError):
        contributes("home.tils", order=1)
