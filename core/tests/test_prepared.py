"""Prepared queries give what their QuerySets give."""

import pytest
from django.db.models import Model, OuterRef, Subquery

from core.choices import OrganizationKind
from core.errors import NotVisible
from core.models import Pulse
from core.prepared import Prepared, PreparedVisible
from subscriptions.models import ConnectionRequest, RequestSeen
from subscriptions.tests.factories import RequestFactory
from users.models import Membership, Organization
from users.tests.factories import MembershipFactory, UserFactory, make_actor

pytestmark = pytest.mark.django_db


def plain(row: Model) -> dict:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def members_of(user_id):
    return (
        Membership.objects.filter(user_id=user_id, is_active=True)
        .select_related("user", "organization__pulse")
        .order_by("pk")
    )


def test_rows_and_related_rows_are_those_of_the_queryset(django_assert_num_queries):
    user = UserFactory(time_zone="Asia/Omsk")
    MembershipFactory(user=user, organization__phone="+79123456789")
    lonely = MembershipFactory(user=user, organization__kind=OrganizationKind.PROVIDER)
    Pulse.objects.filter(organization=lonely.organization).delete()
    MembershipFactory()
    prepared = Prepared(members_of)
    expected = list(members_of(user.pk))
    prepared.fetch(user.pk)
    with django_assert_num_queries(1):
        found = prepared.fetch(user.pk)
        assert [plain(row) for row in found] == [plain(row) for row in expected]
        assert [plain(row.user) for row in found] == [plain(row.user) for row in expected]
        assert [plain(row.organization) for row in found] == [
            plain(row.organization) for row in expected
        ]
        assert plain(found[0].organization.pulse) == plain(expected[0].organization.pulse)
        with pytest.raises(Pulse.DoesNotExist):
            _ = found[1].organization.pulse
    assert found[0] == expected[0]


def test_each_call_reads_anew_and_for_its_own_argument():
    prepared = Prepared(members_of)
    first, second = MembershipFactory(), MembershipFactory()
    assert prepared.fetch(first.user_id) == [first]
    assert prepared.fetch(second.user_id) == [second]
    Membership.objects.update(is_active=False)
    assert prepared.fetch(first.user_id) == []


def test_a_query_that_ignores_its_argument_is_refused():
    with pytest.raises(ValueError, match="argument"):
        Prepared(lambda number: Organization.objects.filter(is_active=True)).fetch(1)


def test_arguments_of_several_types_find_their_places():
    def called(kind, name):
        return Organization.objects.filter(kind=kind, name=name).exclude(name="nobody")

    prepared = Prepared(called)
    agency = MembershipFactory(organization__name="One").organization
    MembershipFactory(organization__name="One", organization__kind=OrganizationKind.PROVIDER)
    assert prepared.fetch("AGENCY", "One") == [agency]
    assert prepared.fetch("AGENCY", "Two") == []


def test_what_a_row_has_for_a_person_alone_is_read_with_it():
    """One query for whoever asks; what is another's is not there."""

    def make(number, user):
        seen = RequestSeen.objects.filter(request=OuterRef("pk"), user_id=user)
        rows = ConnectionRequest.objects.filter(number=number)
        return rows.annotate(seen_event=Subquery(seen.values("event_id")[:1]))

    prepared: PreparedVisible = PreparedVisible(make, by_user=True)
    actor = make_actor()
    colleague = make_actor(organization=actor.organization)
    request = RequestFactory(owner=actor.organization)
    RequestSeen.objects.create(
        user=actor.user, request=request, event_id=7, seen_at=request.created_at
    )
    assert prepared.get(actor, request.number).seen_event == 7
    assert prepared.get(colleague, request.number).seen_event is None
    with pytest.raises(NotVisible):
        prepared.get(make_actor(), request.number)
