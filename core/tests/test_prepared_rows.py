"""Prepared rows are those of their QuerySets, for the arguments of each call."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from core.choices import OrganizationKind
from core.prepared_rows import PreparedRows, padded
from users.models import Organization
from users.tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def younger_than(ids, moment):
    return (
        Organization.objects.filter(Q(pk__in=ids), Q(created_at__gt=moment) | Q(phone="none"))
        .order_by("pk")
        .values_list("pk", "name", "kind", "phone", "created_at", "verified_at", "opens_at")
    )


def make(count):
    now = timezone.now()
    return [
        OrganizationFactory(
            created_at=now - timedelta(days=n), phone="+79123456789", kind=OrganizationKind.PROVIDER
        )
        for n in range(count)
    ]


def test_rows_are_those_of_the_queryset_with_their_python_types(django_assert_num_queries):
    rows = make(4)
    ids = [row.pk for row in rows[1:]]
    moment = timezone.now() - timedelta(days=2, hours=12)
    prepared = PreparedRows(younger_than)
    prepared.fetch(ids=ids, moment=moment)
    with django_assert_num_queries(1):
        found = prepared.fetch(ids=ids, moment=moment)
    assert found == list(younger_than(ids, moment))
    assert [row[0] for row in found] == [rows[1].pk, rows[2].pk]
    assert [type(value) for value in found[0]] == [
        type(value) for value in younger_than(ids, moment)[0]
    ]


def test_each_call_reads_anew_for_its_own_arguments():
    first, second, third = make(3)
    prepared = PreparedRows(younger_than)
    long_ago = timezone.now() - timedelta(days=99)
    assert [row[0] for row in prepared.fetch(ids=[first.pk], moment=long_ago)] == [first.pk]
    assert [row[0] for row in prepared.fetch(ids=[third.pk], moment=long_ago)] == [third.pk]
    both = prepared.fetch(ids=[second.pk, third.pk], moment=long_ago)
    assert [row[0] for row in both] == [second.pk, third.pk]
    assert prepared.fetch(ids=[third.pk], moment=timezone.now() - timedelta(days=1)) == []
    Organization.objects.filter(pk=first.pk).delete()
    assert prepared.fetch(ids=[first.pk], moment=long_ago) == []


def test_an_empty_list_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert PreparedRows(younger_than).fetch(ids=[], moment=timezone.now()) == []


def test_a_day_is_an_argument_too():
    def plans(day):
        from subscriptions.models import Plan

        return Plan.objects.filter(valid_from=day).values_list("pk")

    from subscriptions.tests.factories import PlanFactory

    today = timezone.localdate()
    plan = PlanFactory(valid_from=today)
    prepared = PreparedRows(plans)
    assert prepared.fetch(day=today) == [(plan.pk,)]
    assert prepared.fetch(day=today + timedelta(days=1)) == []


def test_an_argument_that_the_query_ignores_is_refused():
    prepared = PreparedRows(lambda number: Organization.objects.values_list("pk"))
    with pytest.raises(ValueError, match="each of its arguments"):
        prepared.fetch(number=1)


def test_an_argument_of_another_type_is_refused():
    prepared = PreparedRows(lambda fee: Organization.objects.filter(pk=fee).values_list("pk"))
    with pytest.raises(TypeError):
        prepared.fetch(fee=1.5)


def test_a_text_is_an_argument_too():
    first, second = make(2)
    prepared = PreparedRows(lambda name: Organization.objects.filter(name=name).values_list("pk"))
    assert prepared.fetch(name=first.name) == [(first.pk,)]
    assert prepared.fetch(name=second.name) == [(second.pk,)]
    assert prepared.fetch(name="' OR 1=1 --") == []


@pytest.mark.parametrize(("count", "length"), [(0, 0), (1, 1), (2, 2), (3, 4), (5, 8), (8, 8)])
def test_lists_are_padded_to_few_lengths_with_nothing_new(count, length):
    values = list(range(count))
    assert len(padded(values)) == length
    assert set(padded(values)) == set(values)
