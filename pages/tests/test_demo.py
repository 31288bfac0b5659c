"""The demo's 90 days are lived through the services; here in small."""

import random
from datetime import UTC, datetime

import pytest

from core import clock
from locations.models import Building
from pages.demo import build, places
from subscriptions.models import ConnectionRequest, Subscription
from users.models import CustomUser

# The night before a weekend: whose day it is depends on the time zone.
MOMENT = datetime(2026, 11, 27, 23, tzinfo=UTC)


@pytest.mark.django_db
def test_ninety_days_are_lived(monkeypatch):
    monkeypatch.setattr(build, "REQUESTS", 60)
    monkeypatch.setattr(build, "CLIENTS", 40)
    monkeypatch.setattr(places, "BUILDINGS", 120)
    told = []

    with clock.set_to(MOMENT):
        build.build(None, lambda what, done, total: told.append((what, done, total)))

    requests = ConnectionRequest.objects.all()
    assert requests.count() >= 60
    assert requests.latest("created_at").created_at <= MOMENT
    assert Subscription.objects.exists()
    assert CustomUser.objects.filter(email="agent@estconnect.example").exists()
    assert told[-1][1] == told[-1][2]


def test_a_flat_is_given_once():
    flats = places.Flats(random.Random(1))
    house, block = Building(pk=1, units_count=1), Building(pk=2, units_count=3)

    given = [flats.give_one_of([house, block]) for _ in range(4)]

    assert len({(building.pk, number) for building, number in given}) == 4
    assert flats.give(house) is None
