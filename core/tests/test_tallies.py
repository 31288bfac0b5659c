"""Figures kept in a small table."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from core import tallies
from core.models import Tally
from core.tests.later import in_parallel
from users.tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def organization(db):
    return OrganizationFactory().pk


def test_sums_are_read_by_figure_from_a_day_on(organization, django_assert_num_queries):
    other = OrganizationFactory().pk
    for owner, figure, amount, day in [
        (organization, "filed", 2, MONDAY),
        (organization, "filed", 3, TUESDAY),
        (organization, "earned", Decimal("825.50"), TUESDAY),
        (organization, "open", 1, MONDAY),
        (organization, "open", -1, TUESDAY),
        (other, "filed", 100, TUESDAY),
    ]:
        tallies.add(owner, figure, amount, day)
    with django_assert_num_queries(1):
        assert tallies.read(organization, ["filed", "earned", "open", "lost"]) == {
            "filed": 5,
            "earned": Decimal("825.50"),
            "open": 0,
            "lost": 0,
        }
    assert tallies.read(organization, ["filed"], since=TUESDAY) == {"filed": 3}
    assert tallies.daily(organization, "filed", MONDAY) == {MONDAY: 2, TUESDAY: 3}


def test_a_figure_vanishes_with_the_change_it_counts(organization):
    with transaction.atomic():
        tallies.add(organization, "filed", 1, MONDAY)
        transaction.set_rollback(True)
    assert tallies.read(organization, ["filed"]) == {"filed": 0}


def test_folding_keeps_every_sum(organization, monkeypatch):
    monkeypatch.setattr(tallies, "FOLD_ROWS", 3)
    for amount in range(8):
        tallies.add(organization, "filed", amount, MONDAY)
    tallies.add(organization, "filed", 1, TUESDAY)
    assert tallies.fold_tallies.call() == 7
    assert tallies.daily(organization, "filed", MONDAY) == {MONDAY: 28, TUESDAY: 1}
    assert Tally.objects.count() == 2
    assert tallies.fold_tallies.call() == 0


def test_folding_beside_writers_and_other_folds_loses_nothing(shared_database):
    organization = OrganizationFactory().pk

    def write_or_fold(number: int) -> None:
        for _ in range(15):
            if number < 3:
                tallies.add(organization, "filed", 1, MONDAY)
            else:
                tallies.fold_tallies.call()

    in_parallel(5, write_or_fold)
    assert tallies.read(organization, ["filed"]) == {"filed": 45}
    tallies.fold_tallies.call()
    assert Tally.objects.get().amount == 45
