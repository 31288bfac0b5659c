"""Who gets which requests of a provider by itself."""

from functools import partial

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from core.tests.concurrency import together
from locations.models import District
from locations.tests.factories import CityFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.choices import AssignmentMethod, RequestState
from subscriptions.models import AssignmentRule, ConnectionRequest
from subscriptions.services.assignment_rules import (
    delete_assignment_rule,
    move_assignment_rule,
    save_assignment_rule,
    set_assignment_active,
)
from subscriptions.services.requests import assign_request
from subscriptions.services.requests.rules import assign_by_rule, assign_filed
from subscriptions.tests.factories import PlanFactory, move, request_in
from users.models import Membership
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db
S = RequestState
FIXED, IN_TURN, LEAST = (
    AssignmentMethod.FIXED,
    AssignmentMethod.ROUND_ROBIN,
    AssignmentMethod.LEAST_LOAD,
)
URL = "/requests/rules/"


@pytest.fixture
def manager():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def team(manager):
    """Three members of a team, in the order of their ids."""
    team = TeamFactory(organization=manager.organization)
    people = [
        make_actor(organization=manager.organization, role=Role.MEMBER).user for _ in range(3)
    ]
    Membership.objects.filter(user__in=people).update(team=team)
    return team, people


@pytest.fixture
def filed(manager):
    plan = PlanFactory(provider=manager.organization)

    def _filed(**fields):
        return request_in(S.SUBMITTED, **{"plan": plan} | fields)

    return _filed


def given(*requests):
    """To whom each went by the rules, as the handler of its filing does it."""
    for request in requests:
        assign_filed(request.pk)
    owners = dict(ConnectionRequest.objects.values_list("pk", "assignee_id"))
    return [owners[request.pk] for request in requests]


# --- whom a rule finds --------------------------------------------------------------------------
def test_a_person_that_is_named_gets_what_fits(run_jobs, manager, team, filed):
    _team, people = team
    save_assignment_rule(manager, None, method=FIXED, person=people[1])
    request = filed()
    run_jobs()
    request.refresh_from_db()
    assert request.assignee == people[1]
    event = Event.objects.get(kind="request.assigned")
    assert event.data == {"number": request.number, "assignee": people[1].pk}
    run_jobs(later=True)
    assert Event.objects.filter(kind="request.assigned").count() == 1


def test_in_turn_everybody_of_the_team_gets_one(manager, team, filed):
    members, people = team
    save_assignment_rule(manager, None, method=IN_TURN, team=members)
    ids = [person.pk for person in people]
    assert given(*(filed() for _ in range(5))) == [*ids, *ids[:2]]


def test_the_least_loaded_gets_the_next(manager, team, filed):
    members, people = team
    save_assignment_rule(manager, None, method=LEAST, team=members)
    for person, count in ((people[0], 2), (people[1], 1)):
        for _ in range(count):
            assign_request(manager, filed(), person)
    closed = filed()
    assign_request(manager, closed, people[2])
    move(closed, "start_check", "reject")
    ids = [person.pk for person in people]
    assert given(filed(), filed(), filed()) == [ids[2], ids[1], ids[2]]


def test_the_first_rule_that_fits_decides(manager, team, filed):
    _team, (first, second, third) = team
    request = filed()
    telly = PlanFactory(
        provider=manager.organization, category=ServiceCategoryFactory(code="tv", name_ru="ТВ")
    )
    other = filed(plan=telly)
    city = CityFactory()
    save_assignment_rule(manager, None, method=FIXED, person=third, city=city)
    save_assignment_rule(manager, None, method=FIXED, person=first, category=request.category)
    save_assignment_rule(manager, None, method=FIXED, person=second)
    assert given(request, other) == [first.pk, second.pk]


def test_a_district_says_more_than_its_city(manager, team, filed):
    _team, (first, second, _third) = team
    inside, outside = filed(), filed()
    district = District.objects.create(city=inside.city, name="Вахитовский", geometry={})
    inside.building.district = district
    inside.building.save()
    rule = save_assignment_rule(
        manager, None, method=FIXED, person=first, district=district, city=outside.city
    )
    assert rule.city_id == inside.city_id
    save_assignment_rule(manager, None, method=FIXED, person=second)
    assert given(inside, outside) == [first.pk, second.pk]


def test_a_relocation_goes_to_who_works_at_the_new_address(manager, team, filed):
    _team, (first, second, _third) = team
    request, unit = filed(), UnitFactory()
    ConnectionRequest.objects.filter(pk=request.pk).update(target_unit=unit)
    old, new = request.city, unit.building.city
    assert old != new
    save_assignment_rule(manager, None, method=FIXED, person=first, city=old)
    save_assignment_rule(manager, None, method=FIXED, person=second, city=new)
    assert given(request) == [second.pk]


def test_who_does_not_work_any_more_is_passed_over(manager, team, filed):
    members, (first, second, third) = team
    save_assignment_rule(manager, None, method=FIXED, person=first)
    save_assignment_rule(manager, None, method=IN_TURN, team=members)
    Membership.objects.filter(user=first).update(is_active=False)
    second.is_active = False
    second.save()
    assert given(filed(), filed()) == [third.pk, third.pk]
    Membership.objects.filter(user=third).update(role=Role.VIEWER)
    assert given(filed()) == [None]


def test_rules_of_another_provider_and_paused_ones_give_nothing(manager, team, filed):
    stranger = make_actor(OrganizationKind.PROVIDER)
    save_assignment_rule(stranger, None, method=IN_TURN)
    paused = save_assignment_rule(manager, None, method=IN_TURN)
    set_assignment_active(manager, paused, False)
    assert given(filed()) == [None]


def test_what_is_somebodys_already_or_was_taken_back_is_left_alone(manager, team, filed):
    _team, (first, second, _third) = team
    save_assignment_rule(manager, None, method=FIXED, person=first)
    taken, back, closed = filed(), filed(), filed()
    assign_request(manager, taken, second)
    assert given(back) == [first.pk]
    assign_request(manager, back, None)
    move(closed, "cancel")
    assert given(taken, back, closed) == [second.pk, None, None]


@pytest.mark.django_db(transaction=True)
def test_requests_filed_at_once_are_shared_out_evenly():
    manager = make_actor(OrganizationKind.PROVIDER)
    people = [
        make_actor(organization=manager.organization, role=Role.MEMBER).user for _ in range(3)
    ]
    plan = PlanFactory(provider=manager.organization)
    rows = [request_in(S.SUBMITTED, plan=plan) for _ in range(9)]
    members = TeamFactory(organization=manager.organization)
    Membership.objects.filter(user__in=people).update(team=members)
    for method in (IN_TURN, LEAST):
        AssignmentRule.objects.all().delete()
        ConnectionRequest.objects.update(assignee=None)
        Event.objects.filter(kind="request.assigned").delete()
        save_assignment_rule(manager, None, method=method, team=members)
        # Each twice: a handler may run again while the first still works.
        outcomes = together([partial(assign_filed, row.pk) for row in rows for _ in range(2)])
        assert outcomes == [None] * 18
        owners = list(ConnectionRequest.objects.values_list("assignee", flat=True))
        assert sorted(owners.count(person.pk) for person in people) == [3, 3, 3]
        assert Event.objects.filter(kind="request.assigned").count() == 9


# --- by a manager's hand ------------------------------------------------------------------------
def test_a_manager_gives_many_out_anew(sign_in, manager, team, filed):
    members, people = team
    rows = [filed(), filed(), filed()]
    for row in rows:
        assign_request(manager, row, people[0])
    save_assignment_rule(manager, None, method=IN_TURN, team=members)
    form = {"do": "by_rule", "selected": [row.number for row in rows]}
    page = sign_in(manager).post("/requests/bulk/", form)
    assert len(page.context["done"]) == 3
    assert {row.assignee_id for row in ConnectionRequest.objects.all()} == {p.pk for p in people}


def test_what_no_rule_fits_or_is_not_ones_own_is_refused(manager, team, filed):
    request = filed()
    with pytest.raises(DomainError):
        assign_by_rule(manager, request)
    save_assignment_rule(manager, None, method=IN_TURN)
    member = make_actor(organization=manager.organization, role=Role.MEMBER)
    with pytest.raises(Forbidden):
        assign_by_rule(member, request)
    with pytest.raises(NotVisible):
        assign_by_rule(make_actor(OrganizationKind.PROVIDER), request)
    move(request, "cancel")
    with pytest.raises(Conflict):
        assign_by_rule(manager, request)


# --- keeping the rules --------------------------------------------------------------------------
def test_rules_are_kept_by_the_managers_of_the_provider(manager, team):
    members, _people = team
    rule = save_assignment_rule(manager, None, method=IN_TURN, team=members)
    assert Event.objects.filter(kind="assignment_rules.changed").count() == 1
    member = make_actor(organization=manager.organization, role=Role.MEMBER)
    agent, stranger = make_actor(), make_actor(OrganizationKind.PROVIDER)
    for other in (member, agent):
        with pytest.raises(Forbidden):
            save_assignment_rule(other, None, method=IN_TURN)
        with pytest.raises(Forbidden):
            delete_assignment_rule(other, rule)
    with pytest.raises(NotVisible):
        save_assignment_rule(stranger, rule, method=IN_TURN)
    delete_assignment_rule(stranger, rule)
    assert AssignmentRule.objects.filter(pk=rule.pk).exists()
    with pytest.raises(Conflict):
        save_assignment_rule(manager, rule, method=IN_TURN, version=7)


@pytest.mark.parametrize(
    ("method", "field"), [(FIXED, "person"), ("BY_LOT", "method"), (IN_TURN, "team")]
)
def test_a_rule_names_people_of_the_provider(manager, method, field):
    stranger = make_actor(OrganizationKind.PROVIDER)
    theirs = TeamFactory(organization=stranger.organization)
    with pytest.raises(DomainError) as refused:
        save_assignment_rule(manager, None, method=method, person=stranger.user, team=theirs)
    assert refused.value.field == field


def test_rules_change_places(manager):
    one, two, three = (save_assignment_rule(manager, None, method=IN_TURN) for _ in range(3))
    move_assignment_rule(manager, three, -1)
    move_assignment_rule(manager, one, -1)
    rows = AssignmentRule.objects.order_by("position", "id")
    assert [row.pk for row in rows] == [one.pk, three.pk, two.pk]


def test_rules_are_kept_on_a_page(sign_in, manager, team):
    members, people = team
    browser = sign_in(manager)
    form = {"method": "FIXED", "person": people[0].public_id, "team": members.public_id}
    assert browser.post(URL, form)["Location"] == URL
    rule = AssignmentRule.objects.get()
    assert (rule.person, rule.team) == (people[0], None)
    wrong = browser.post(URL, {"method": "FIXED"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["person"])
    wrong = browser.post(URL, {"method": "ROUND_ROBIN", "city": "AAAAAAAAAAAA"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["city"])
    edit = f"{URL}{rule.public_id}/"
    assert str(people[0]) in browser.get(edit).content.decode()
    browser.post(edit, {"method": "ROUND_ROBIN", "team": members.public_id, "version": 1})
    rule.refresh_from_db()
    assert (rule.method, rule.person, rule.team, rule.version) == (IN_TURN, None, members, 2)
    stale = browser.post(edit, {"method": "ROUND_ROBIN", "version": 1})
    assert stale.status_code == 422
    browser.post(f"{edit}act/", {"do": "pause"})
    assert AssignmentRule.objects.get().is_active is False
    browser.post(f"{edit}act/", {"do": "delete"})
    assert not AssignmentRule.objects.exists()


def test_the_page_of_rules_costs_the_same_queries_for_one_and_for_three(sign_in, manager, team):
    members, people = team
    browser = sign_in(manager)

    def queries():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(URL).status_code == 200
        return len(captured)

    save_assignment_rule(manager, None, method=FIXED, person=people[0], city=CityFactory())
    one = queries()
    save_assignment_rule(manager, None, method=FIXED, person=people[1], city=CityFactory())
    save_assignment_rule(manager, None, method=IN_TURN, team=members)
    assert queries() == one <= 12
