"""Who is told: the person who must act, or those who can put somebody in their place."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from core.choices import OrganizationKind, PartyRole, Role, StaffScope
from core.models import Event
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest
from subscriptions.selectors.recipients import (
    told_of_commission,
    told_of_request,
    told_of_subscription,
)
from subscriptions.services.requests import tell_overdue
from subscriptions.tests.factories import PlanFactory, move, request_in
from users.models import AccountManagement, Membership
from users.tests.factories import OrganizationFactory, make_actor, make_staff

S = RequestState
OWNER, PROVIDER, HOLDER = PartyRole.OWNER, PartyRole.PROVIDER, PartyRole.HOLDER

pytestmark = pytest.mark.django_db


def office(kind):
    """Role → a member of a new organization."""
    boss = make_actor(kind, Role.OWNER)
    return {Role.OWNER: boss} | {
        role: make_actor(role=role, organization=boss.organization)
        for role in (Role.MANAGER, Role.MEMBER, Role.VIEWER)
    }


@pytest.fixture
def agency():
    return office(OrganizationKind.AGENCY)


@pytest.fixture
def provider():
    return office(OrganizationKind.PROVIDER)


@pytest.fixture
def request_(agency, provider):
    return request_in(
        S.CHECKING,
        owner=agency[Role.OWNER].organization,
        created_by=agency[Role.MEMBER].user,
        plan=PlanFactory(provider=provider[Role.OWNER].organization),
    )


def ids(people, *roles) -> set[int]:
    return {people[role].user_id for role in roles}


def told(request, role, kind="request.moved") -> set[int]:
    event = Event(kind=kind, subject_id=request.pk, data={"state": request.state})
    organization = request.owner if role == OWNER else request.provider
    return set(told_of_request(event, role, organization))


def test_who_filed_is_told(request_, agency):
    assert told(request_, OWNER) == ids(agency, Role.MEMBER)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.VIEWER}])
def test_when_who_filed_has_left_the_managers_are_told(request_, agency, change):
    Membership.objects.filter(user=agency[Role.MEMBER].user).update(**change)
    assert told(request_, OWNER) == ids(agency, Role.MANAGER, Role.OWNER)


def test_what_is_nobodys_is_told_to_all_who_may_take_it(request_, provider):
    assert told(request_, PROVIDER) == ids(provider, Role.MEMBER, Role.MANAGER, Role.OWNER)


def test_what_is_somebodys_is_told_to_them(request_, provider):
    move(request_, "approve", actor=provider[Role.MEMBER])
    assert told(request_, PROVIDER) == ids(provider, Role.MEMBER)


def test_when_the_assignee_is_blocked_the_others_are_told(request_, provider):
    ConnectionRequest.objects.filter(pk=request_.pk).update(assignee=provider[Role.MEMBER].user)
    user = provider[Role.MEMBER].user
    user.is_active = False
    user.save()
    assert told(request_, PROVIDER) == ids(provider, Role.MANAGER, Role.OWNER)


def test_for_a_provider_not_yet_on_the_portal_its_account_managers_are_told():
    unclaimed = OrganizationFactory(
        kind=OrganizationKind.PROVIDER, is_claimed=False, verified_at=None
    )
    staff = make_staff(StaffScope.ACCOUNT_MANAGER, unclaimed)
    AccountManagement.objects.create(
        user=staff.user, organization=unclaimed, created_at=timezone.now()
    )
    request = request_in(S.SUBMITTED, plan=PlanFactory(provider=unclaimed))
    assert told(request, PROVIDER) == {staff.user_id}


def test_a_missed_deadline_is_told_to_the_side_that_missed_it(request_, agency):
    assert told(request_, OWNER, "request.overdue") == set()
    assert told(request_, PROVIDER, "request.overdue")
    request = move(request_, "ask_info")
    with clock.set_to(request.due_at + timedelta(minutes=1)):
        tell_overdue()
    event = Event.objects.get(kind="request.overdue")
    assert told_of_request(event, OWNER, request.owner) == [agency[Role.MEMBER].user_id]
    assert told_of_request(event, PROVIDER, request.provider) == []


def test_the_outcome_is_told_to_who_filed_and_to_the_holders_managers(request_, agency):
    holder = office(OrganizationKind.COMPANY)
    request = request_in(
        S.CONNECTED,
        owner=request_.owner,
        created_by=agency[Role.MEMBER].user,
        holder=holder[Role.OWNER].organization,
    )
    started = Event.objects.get(kind="subscription.started")
    assert set(told_of_subscription(started, HOLDER, request.holder)) == ids(
        holder, Role.OWNER, Role.MANAGER
    )
    assert told_of_subscription(started, OWNER, request.owner) == [agency[Role.MEMBER].user_id]
    accrued = Event.objects.get(kind="commission.accrued")
    assert told_of_commission(accrued, OWNER, request.owner) == [agency[Role.MEMBER].user_id]
