"""A company's team sees what is connected at its places alone; and a provider's own days."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError, Forbidden
from core.models import Event
from core.querysets import get_visible
from locations.tests.factories import BuildingCoverageFactory, CityFactory, UnitFactory
from subscriptions.choices import RequestState
from subscriptions.models import ConnectionRequest, RequestBundle, Subscription
from subscriptions.models.teams import TeamPlace
from subscriptions.selectors.request_choices import request_choices
from subscriptions.services.requests import create_bundle
from subscriptions.services.team_places import add_place, remove_place
from subscriptions.tests.factories import PlanFactory, request_in
from users.acting import actor_for
from users.models import CustomUser, Membership, OrganizationDay
from users.tests.factories import OrganizationFactory, TeamFactory, make_actor

pytestmark = pytest.mark.django_db


class Office:
    """A company that holds a service here and another there; a team of the first place."""

    def __init__(self):
        self.owner = make_actor(OrganizationKind.COMPANY, Role.OWNER)
        self.company = self.owner.organization
        self.team = TeamFactory(organization=self.company)
        self.here, self.there = UnitFactory(), UnitFactory()
        self.rows = {unit: self._connected(unit) for unit in (self.here, self.there)}
        TeamPlace.objects.create(team=self.team, building=self.here.building)

    def _connected(self, unit):
        return request_in(
            RequestState.CONNECTED,
            owner=self.company,
            holder=self.company,
            client=None,
            unit=unit,
        )

    def member(self, role=Role.MEMBER, team=None):
        """A member of the team, as a request of theirs would find them."""
        made = make_actor(role=role, organization=self.company)
        Membership.objects.filter(user=made.user).update(team=team or self.team)
        return actor_for(CustomUser.objects.get(pk=made.user.pk))


@pytest.fixture
def office():
    return Office()


def seen_by(actor):
    requests = ConnectionRequest.objects.visible_to(actor).values_list("building", flat=True)
    subscriptions = Subscription.objects.visible_to(actor).values_list("building", flat=True)
    return set(requests), set(subscriptions)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_members_and_viewers_see_their_places_alone(office, role):
    here = {office.here.building_id}
    assert seen_by(office.member(role)) == (here, here)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER])
def test_managers_and_owners_see_everything(office, role):
    both = {office.here.building_id, office.there.building_id}
    assert seen_by(office.member(role)) == (both, both)


def test_a_city_is_a_place_with_all_its_buildings(office):
    team = TeamFactory(organization=office.company)
    TeamPlace.objects.create(team=team, city=office.there.building.city)
    there = {office.there.building_id}
    assert office.here.building.city_id != office.there.building.city_id
    assert seen_by(office.member(team=team)) == (there, there)


def test_a_team_without_places_and_a_member_without_a_team_see_everything(office):
    both = {office.here.building_id, office.there.building_id}
    team = TeamFactory(organization=office.company)
    assert seen_by(office.member(team=team)) == (both, both)
    alone = make_actor(role=Role.MEMBER, organization=office.company)
    assert seen_by(actor_for(CustomUser.objects.get(pk=alone.user.pk))) == (both, both)


def test_teams_of_other_kinds_of_organization_hide_nothing(office):
    agency = make_actor(role=Role.MEMBER)
    request = request_in(RequestState.SUBMITTED, owner=agency.organization)
    team = TeamFactory(organization=agency.organization)
    TeamPlace.objects.create(team=team, building=office.here.building)
    Membership.objects.filter(user=agency.user).update(team=team)
    actor = actor_for(CustomUser.objects.get(pk=agency.user.pk))
    assert actor.team_id == team.pk
    assert list(ConnectionRequest.objects.visible_to(actor)) == [request]


def test_another_places_pages_do_not_exist(office, sign_in):
    browser = sign_in(office.member())
    mine, other = office.rows[office.here], office.rows[office.there]
    for row, status in ((mine, 200), (other, 404)):
        subscription = Subscription.objects.get(origin=row)
        for name, number in (
            ("request_detail", row.number),
            ("subscription_detail", subscription.number),
        ):
            assert browser.get(reverse(name, args=[number])).status_code == status
        note = browser.post(reverse("request_note", args=[row.number]), {"text": ""})
        assert (note.status_code == 404) == (status == 404)


def test_lists_counts_and_the_search_know_nothing_of_it(office, sign_in):
    browser = sign_in(office.member())
    other = office.rows[office.there]
    hidden = (other.number, Subscription.objects.get(origin=other).number, other.building.address)
    pages = [
        browser.get(reverse("request_list")),
        browser.get(reverse("subscription_list")),
        browser.get(reverse("home")),
    ]
    for page in pages:
        text = page.content.decode()
        assert [word for word in hidden if word in text] == [], page.request
    assert office.rows[office.here].number in pages[0].content.decode()
    # The address itself is public; what is connected there is not.
    at_address = browser.get(reverse("request_list"), {"building": other.building.public_id})
    assert other.number not in at_address.content.decode()
    for text in (other.number, other.building.address):
        found = browser.get(reverse("search"), {"q": text})
        kinds = {group.finder.name for group, _url in found.context["groups"]}
        assert (found.status_code, kinds & {"requests", "subscriptions"}) == (200, set())
    assert get_visible(
        ConnectionRequest.objects, office.owner, number=other.number
    )  # it is there to be leaked


def test_what_a_team_may_choose_from_is_not_kept_for_others(office):
    narrow, wide = office.member(), office.owner
    cities = {office.here.building.city.public_id, office.there.building.city.public_id}
    assert set(request_choices(narrow).cities) == {office.here.building.city.public_id}
    assert set(request_choices(wide).cities) == cities
    assert set(request_choices(office.member()).cities) == {office.here.building.city.public_id}


def test_a_bundle_of_another_place_does_not_exist(office):
    bundle = RequestBundle.objects.create(
        owner=office.company, form_token=uuid4(), created_at=clock.now()
    )
    ConnectionRequest.objects.filter(pk=office.rows[office.there].pk).update(bundle=bundle)
    assert not RequestBundle.objects.visible_to(office.member()).exists()
    assert RequestBundle.objects.visible_to(office.owner).get() == bundle


def test_a_member_files_at_the_teams_places_alone(office):
    plan = PlanFactory()

    for unit in (office.here, office.there):
        BuildingCoverageFactory(
            building=unit.building, provider=plan.provider, category=plan.category
        )

    def file_at(unit, actor):
        return create_bundle(
            actor,
            building=unit.building,
            unit_number=unit.number,
            plans=[plan],
            client=None,
            form_token=uuid4(),
        )

    with pytest.raises(DomainError) as refused:
        file_at(office.there, office.member())
    assert refused.value.field == "building"
    assert file_at(office.here, office.member()).requests.count() == 1
    assert file_at(office.there, office.member(Role.MANAGER)).requests.count() == 1


def test_it_costs_no_query_of_its_own(office, sign_in):
    plain = make_actor(role=Role.MEMBER, organization=office.company)
    costs = []
    for actor in (plain, office.member()):
        browser = sign_in(actor)
        browser.get(reverse("subscription_list"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(reverse("subscription_list"))
        costs.append(len(queries))
    # What is kept for the whole company is read, what is a team's alone is summed up.
    assert abs(costs[0] - costs[1]) <= 1


# --- keeping the places -----------------------------------------------------------------------
def test_an_owner_finds_adds_and_removes_places(office, sign_in):
    browser = sign_in(office.owner)
    url = reverse("team_places", args=[office.team.public_id])
    city = CityFactory(name="Ёлкино")
    found = browser.get(url, {"q": "елкин"})
    assert found.context["cities"] == [city]
    assert browser.post(url, {"city": city.public_id}).url == url
    browser.post(url, {"city": city.public_id})
    browser.post(url, {"building": office.there.building.public_id})
    places = TeamPlace.objects.filter(team=office.team)
    assert places.count() == 3
    assert places.filter(city=city).count() == 1
    gone = places.get(city=city)
    remove = reverse("team_place_remove", args=[office.team.public_id, gone.pk])
    assert browser.post(remove).url == url
    assert browser.post(remove).status_code == 404
    assert Event.objects.filter(kind="team.changed").count() == 3
    page = browser.get(reverse("team_detail", args=[office.team.public_id]))
    assert office.there.building.address in page.content.decode()


def test_unknown_places_and_foreign_teams_are_404(office, sign_in):
    browser = sign_in(office.owner)
    url = reverse("team_places", args=[office.team.public_id])
    for given in ({"city": "NOSUCH"}, {"building": "NOSUCH"}, {"city": "\x00"}):
        assert browser.post(url, given).status_code == 404
    assert browser.post(url, {}).url == url
    foreign = TeamFactory(organization=OrganizationFactory(kind=OrganizationKind.COMPANY))
    assert browser.get(reverse("team_places", args=[foreign.public_id])).status_code == 404


def test_below_owner_and_in_other_organizations_nobody_keeps_places(office):
    place = TeamPlace.objects.get()
    for actor in (office.member(Role.MANAGER), make_actor(OrganizationKind.COMPANY, Role.OWNER)):
        with pytest.raises(Forbidden):
            add_place(actor, office.team, building=office.there.building)
        with pytest.raises(Forbidden):
            remove_place(actor, place)


# --- days of a provider's calendar ------------------------------------------------------------
def test_deadlines_honour_a_providers_own_days():
    provider = OrganizationFactory(
        kind=OrganizationKind.PROVIDER, opens_at="00:00", closes_at="00:00", works_weekends=True
    )
    plan = PlanFactory(provider=provider)
    usual = request_in(RequestState.SUBMITTED, plan=plan)
    today = clock.today()
    for ahead in range(-1, 3):
        OrganizationDay.objects.create(
            organization=provider, day=today + timedelta(days=ahead), is_working=False
        )
    later = request_in(RequestState.SUBMITTED, plan=plan)
    assert later.due_at > usual.due_at + timedelta(days=1)
    assert later.due_at.date() >= today + timedelta(days=2)
