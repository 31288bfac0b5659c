"""A building by its public id is the one that `visible_to` shows."""

import pytest

from core.actor import ANONYMOUS, system_actor
from core.errors import NotVisible
from locations.models import Building
from locations.selectors.buildings import visible_building
from locations.tests.factories import BuildingFactory
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db


def plain(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("status", Building.Status.values)
def test_it_is_what_the_queryset_shows_to_each(status):
    owner = make_actor()
    building = BuildingFactory(
        status=status, added_by=owner.organization, verified_key=None, postal_code="420000"
    )
    for actor in (ANONYMOUS, owner, make_actor(), make_staff(), system_actor()):
        seen = Building.objects.visible_to(actor).filter(pk=building.pk).first()
        if seen is None:
            with pytest.raises(NotVisible):
                visible_building(actor, building.public_id)
        else:
            assert plain(visible_building(actor, building.public_id)) == plain(seen)


def test_an_unknown_id_is_not_visible():
    actor = make_actor()
    for public_id in ("", "ZZZZZZZZZZZZ", "\x00", "Ж", "x" * 500):
        with pytest.raises(NotVisible):
            visible_building(actor, public_id)


def test_it_can_be_used_as_any_other_row():
    building = visible_building(ANONYMOUS, BuildingFactory().public_id)
    assert building.city.name
    assert building == Building.objects.get()
