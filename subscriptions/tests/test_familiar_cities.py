"""Requests and clients say where an organization works."""

import pytest

from core import clock
from core.choices import OrganizationKind
from locations.selectors import familiar
from locations.tests.factories import BuildingFactory, UnitFactory
from subscriptions.models import ClientAddress
from subscriptions.selectors.familiar import of_clients, of_requests
from subscriptions.tests.factories import ClientFactory, RequestFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


def test_both_sides_of_a_request_work_in_its_city():
    request = RequestFactory()
    RequestFactory()
    assert list(of_requests(request.owner)) == [request.city_id]
    assert list(of_requests(request.provider)) == [request.city_id]
    stranger = make_actor(OrganizationKind.AGENCY).organization
    assert list(of_requests(stranger)) == []


def test_clients_count_where_there_are_no_requests():
    client = ClientFactory()
    unit = UnitFactory(building=BuildingFactory())
    ClientAddress.objects.create(client=client, unit=unit, created_at=clock.now())
    ClientFactory()
    assert list(of_clients(client.owner)) == [unit.building.city_id]
    actor = make_actor(OrganizationKind.AGENCY, organization=client.owner)
    assert familiar.familiar_cities(actor) == (unit.building.city_id,)


def test_the_commonest_city_is_first():
    first = RequestFactory()
    other = RequestFactory(owner=first.owner)
    RequestFactory(owner=first.owner, unit=other.unit)
    actor = make_actor(OrganizationKind.AGENCY, organization=first.owner)
    assert familiar.familiar_cities(actor) == (other.city_id, first.city_id)
