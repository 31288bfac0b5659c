"""“Tell me when it appears”: begun, matched, told once, cancelled, run out."""

import random
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from shapely.geometry import Point, Polygon

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, Job, Notification
from core.operations import start_operation
from locations.models import Building, BuildingCoverage, CoverageState
from locations.services import (
    retire_zone,
    save_zone,
    state_building_coverage,
    withdraw_building_coverage,
)
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CoverageZoneFactory,
    ServiceCategoryFactory,
    StreetFactory,
    square,
)
from subscriptions.choices import ClientKind, WatchState
from subscriptions.models import AvailabilityWatch, WatchList
from subscriptions.models.teams import TeamPlace
from subscriptions.selectors import watches as selectors
from subscriptions.services.clients import create_client
from subscriptions.services.watches import (
    cancel_list,
    cancel_watch,
    expire_watches,
    lists,
    match_zone,
    matching,
    sweep,
    watch,
    watch_list,
)
from subscriptions.tests.factories import AvailabilityWatchFactory, ClientFactory, PlanFactory
from users.models import Membership
from users.tests.factories import OrganizationFactory, TeamFactory, make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_actor()


@pytest.fixture
def internet():
    return ServiceCategoryFactory()


def provider(**fields):
    return make_actor(
        organization=OrganizationFactory(
            kind=OrganizationKind.PROVIDER, verified_at=timezone.now(), **fields
        ),
        role=Role.OWNER,
    )


def zone_over(operator, category, geometry=None, **terms):
    return save_zone(
        operator,
        name=f"Зона {random.random()}",
        category=category,
        geometry=geometry or square(55.7944, 49.1115),
        **({"state": CoverageState.AVAILABLE} | terms),
    )


def matching_jobs():
    """The jobs that looked for watches, by name."""
    tasks = Job.objects.filter(task__contains="match_watches_of").order_by("pk")
    return [task.rsplit(".", 1)[1] for task in tasks.values_list("task", flat=True)]


def state_of(row):
    row.refresh_from_db()
    return row.state


# --- begun ------------------------------------------------------------------------------------
def test_a_watch_pressed_twice_is_one_and_lasts_a_year(agent, internet):
    building = BuildingFactory()
    first, second = (watch(agent, building, internet) for _press in range(2))
    assert first == second
    assert first.expires_at - first.created_at == timedelta(days=365)
    assert Event.objects.filter(kind="watch.created").count() == 1


def test_a_client_and_the_agency_itself_wait_apart(agent, internet):
    building, client = BuildingFactory(), ClientFactory(owner=agent.organization)
    assert watch(agent, building, internet) != watch(agent, building, internet, client)


def test_nobody_waits_for_anothers_client_or_at_anothers_private_building(agent, internet):
    with pytest.raises(NotVisible):
        watch(agent, BuildingFactory(), internet, ClientFactory())
    private = BuildingFactory()
    Building.objects.filter(pk=private.pk).update(
        status=Building.Status.PENDING, verified_key=None, added_by=OrganizationFactory()
    )
    with pytest.raises(NotVisible):
        watch(agent, private, internet)
    assert not AvailabilityWatch.objects.exists()


@pytest.mark.parametrize(
    ("kind", "role"),
    [(OrganizationKind.PROVIDER, Role.OWNER), (OrganizationKind.AGENCY, Role.VIEWER)],
)
def test_who_does_not_file_does_not_wait(internet, kind, role):
    with pytest.raises(Forbidden):
        watch(make_actor(kind, role), BuildingFactory(), internet)


def test_what_is_there_already_is_not_waited_for(agent, internet):
    stated = BuildingCoverageFactory(category=internet)
    with pytest.raises(Conflict):
        watch(agent, stated.building, internet)
    # What only the sandbox offers is not there for real people.
    sandbox = BuildingCoverageFactory(
        provider=OrganizationFactory(kind=OrganizationKind.PROVIDER, is_sandbox=True)
    )
    assert watch(agent, sandbox.building, internet).state == WatchState.WAITING


# --- come true ---------------------------------------------------------------------------------
def test_a_zone_tells_who_waits_in_it_once(agent, internet, run_jobs):
    inside = watch(agent, BuildingFactory(), internet)
    outside = watch(agent, BuildingFactory(latitude=56.5), internet)
    other = watch(agent, BuildingFactory(), ServiceCategoryFactory(code="tv"))
    operator = provider()
    zone = zone_over(operator, internet)
    run_jobs()
    assert state_of(inside) == WatchState.TOLD
    assert (inside.provider, inside.open_key) == (operator.organization, None)
    assert {state_of(outside), state_of(other)} == {WatchState.WAITING}
    # Again: by the same zone, by another, by the sweep.
    match_zone(zone.pk)
    zone_over(provider(), internet)
    run_jobs()
    sweep()
    run_jobs()
    event = Event.objects.get(kind="watch.came_true")
    assert (event.subject_id, event.data) == (inside.pk, {"category": "internet"})
    assert Notification.objects.filter(event=event).values_list("user", flat=True).get() == (
        agent.user.pk
    )


def test_the_bell_says_what_and_where_and_leads_there(agent, internet, sign_in, run_jobs):
    building = BuildingFactory()
    watch(agent, building, internet)
    zone_over(provider(), internet)
    run_jobs()
    html = sign_in(agent).get(reverse("notification_list")).content.decode()
    assert building.address in html
    assert "Интернет: теперь можно подключить" in html
    note = Notification.objects.get(event__kind="watch.came_true")
    opened = sign_in(agent).get(reverse("notification_open", args=[note.pk]))
    page = reverse("availability_building", args=[building.public_id])
    assert opened.url == f"{page}?category=internet"


def test_a_statement_about_the_building_tells_too(agent, internet, run_jobs):
    row = watch(agent, BuildingFactory(), internet)
    state_building_coverage(provider(), building=row.building, category=internet)
    run_jobs()
    assert state_of(row) == WatchState.TOLD


@pytest.mark.parametrize("state", [CoverageState.SURVEY, CoverageState.NOT_AVAILABLE])
def test_what_cannot_be_connected_yet_tells_nobody(agent, internet, run_jobs, state):
    row = watch(agent, BuildingFactory(), internet)
    zone_over(provider(), internet, state=state)
    run_jobs()
    sweep()
    assert state_of(row) == WatchState.WAITING


def test_a_buildings_own_statement_counts_before_the_zone(agent, internet, run_jobs):
    operator = provider()
    row = watch(agent, BuildingFactory(), internet)
    said = state_building_coverage(
        operator, building=row.building, category=internet, state=CoverageState.NOT_AVAILABLE
    )
    zone_over(operator, internet)
    run_jobs()
    assert state_of(row) == WatchState.WAITING
    # Withdrawn without a trace of where: the sweep finds it.
    withdraw_building_coverage(operator, said)
    run_jobs()
    assert sweep() == 1
    assert state_of(row) == WatchState.TOLD


def test_a_zone_that_said_no_and_is_retired_tells_of_the_older_one(agent, internet, run_jobs):
    operator = provider()
    CoverageZoneFactory(
        provider=operator.organization, stated_at=timezone.now() - timedelta(days=9)
    )
    refusing = zone_over(operator, internet, state=CoverageState.NOT_AVAILABLE)
    row = watch(agent, BuildingFactory(), internet)
    run_jobs()
    assert state_of(row) == WatchState.WAITING
    retire_zone(operator, refusing)
    run_jobs()
    assert state_of(row) == WatchState.TOLD


def test_the_sandbox_tells_its_own_alone(agent, internet, run_jobs):
    real = watch(agent, BuildingFactory(), internet)
    pretended = AvailabilityWatchFactory(
        building=real.building, owner=OrganizationFactory(is_sandbox=True)
    )
    zone_over(provider(is_sandbox=True), internet)
    run_jobs()
    assert state_of(real) == WatchState.WAITING
    assert state_of(pretended) == WatchState.TOLD


def test_a_provider_not_verified_tells_nobody_until_it_is(agent, internet, run_jobs):
    row = watch(agent, BuildingFactory(), internet)
    operator = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    CoverageZoneFactory(provider=operator)
    sweep()
    assert state_of(row) == WatchState.WAITING
    operator.verified_at = timezone.now()
    operator.save()
    sweep()
    assert state_of(row) == WatchState.TOLD


def test_what_is_awaited_at_a_building_that_moved_follows_with_the_sweep(agent, internet):
    building = BuildingFactory(latitude=56.5, longitude=50.0)
    row, other = watch(agent, building, internet), AvailabilityWatchFactory()
    building.latitude, building.longitude = 55.7944, 49.1115
    building.set_derived()
    building.save()
    assert sweep() == 0
    row.refresh_from_db()
    assert (row.latitude, row.longitude) == (55.7944, 49.1115)
    assert (state_of(other), other.latitude) == (WatchState.WAITING, other.building.latitude)
    assert match_zone(CoverageZoneFactory().pk) == 2


@pytest.mark.parametrize("seed", range(5))
def test_matching_is_that_of_a_plain_model(agent, internet, seed):
    """Random buildings, statements of theirs, and one many-cornered zone with a hole."""
    dice = random.Random(seed)
    operator = OrganizationFactory(kind=OrganizationKind.PROVIDER)
    outline = [(49 + dice.random() * 0.2, 55.7 + dice.random() * 0.2) for _n in range(7)]
    hull = Polygon(outline).convex_hull
    hole = hull.centroid.buffer(0.02)
    shape = Polygon(hull.exterior.coords, [list(hole.exterior.coords)])
    street, expected, rows = StreetFactory(), set(), []
    for number in range(60):
        longitude, latitude = 49 + dice.random() * 0.2, 55.7 + dice.random() * 0.2
        building = BuildingFactory(
            street=street, number=str(number + 1), latitude=latitude, longitude=longitude
        )
        row = AvailabilityWatchFactory(owner=agent.organization, building=building)
        rows.append(row)
        refused = dice.random() < 0.2
        if refused:
            BuildingCoverageFactory(
                building=building, provider=operator, state=CoverageState.NOT_AVAILABLE
            )
        if shape.intersects(Point(longitude, latitude)) and not refused:
            expected.add(row.pk)
    zone = CoverageZoneFactory(provider=operator, geometry=shape.__geo_interface__)
    assert match_zone(zone.pk) == len(expected)
    told = AvailabilityWatch.objects.filter(state=WatchState.TOLD)
    assert set(told.values_list("pk", flat=True)) == expected


@pytest.mark.parametrize("count", [1, 30])
def test_many_watches_cost_no_more_queries_than_few(
    agent, internet, count, django_assert_max_num_queries
):
    for _n in range(count):
        AvailabilityWatchFactory(owner=agent.organization)
    zone = CoverageZoneFactory()
    with django_assert_max_num_queries(18):
        assert match_zone(zone.pk) == count


# --- lists -------------------------------------------------------------------------------------
def test_a_list_is_told_of_together(agent, internet, run_jobs):
    buildings = [BuildingFactory().pk for _n in range(3)] + [BuildingFactory(latitude=56.5).pk]
    made = watch_list(agent, "SOURCE", internet, buildings)
    assert watch_list(agent, "SOURCE", internet, buildings) == made
    zone_over(provider(), internet)
    run_jobs()
    event = Event.objects.get(kind="watch_list.came_true")
    assert (event.subject_id, event.data) == (made.pk, {"category": "internet", "count": 3})
    assert Notification.objects.filter(event=event).count() == 1
    assert not Event.objects.filter(kind="watch.came_true").exists()
    assert cancel_list(agent, made) == 1
    assert cancel_list(agent, made) == 0


def test_a_list_is_told_once_however_many_pages_are_looked_at(agent, internet, monkeypatch):
    monkeypatch.setattr(matching, "BATCH", 2)
    monkeypatch.setattr(matching, "_LOOKED_AT", 3)
    buildings = [BuildingFactory().pk for _n in range(5)]
    watch_list(agent, "SOURCE", internet, buildings)
    alone = [AvailabilityWatchFactory(owner=agent.organization) for _n in range(3)]
    assert match_zone(CoverageZoneFactory().pk) == 8
    assert Event.objects.get(kind="watch_list.came_true").data["count"] == 5
    told = Event.objects.filter(kind="watch.came_true").values_list("subject_id", flat=True)
    assert set(told) == {row.pk for row in alone}


def test_a_file_of_a_provider_is_told_of_once_for_a_list(agent, internet, run_jobs):
    buildings = [BuildingFactory(fias_id=str(uuid.uuid4())) for _n in range(4)]
    watch_list(agent, "SOURCE", internet, [one.pk for one in buildings])
    refused = watch(agent, buildings[3], internet)
    lines = [f"{one.fias_id};internet;AVAILABLE" for one in buildings[:3]]
    lines.append(f"{buildings[3].fias_id};internet;NOT_AVAILABLE")
    content = ContentFile("\n".join(["fias_id;category;state", *lines]).encode())
    operator = provider()
    data = {"ending": "csv", "provider": operator.organization.pk}
    done = start_operation(operator, "coverage.import", data, source=content)
    run_jobs()
    done.refresh_from_db()
    assert done.data["counts"]["created"] == 4
    assert Event.objects.get(kind="watch_list.came_true").data["count"] == 3
    assert state_of(refused) == WatchState.WAITING
    assert matching_jobs() == ["match_watches_of_provider"]


def test_a_statement_where_nobody_waits_begins_no_job(agent, internet, run_jobs):
    awaited = watch(agent, BuildingFactory(), internet)
    for building in (BuildingFactory(), awaited.building):
        state_building_coverage(provider(), building=building, category=internet)
    run_jobs()
    assert matching_jobs() == ["match_watches_of_building"]
    assert state_of(awaited) == WatchState.TOLD


def test_a_list_holds_no_building_that_one_may_not_see(agent, internet):
    private, seen = BuildingFactory(), BuildingFactory()
    Building.objects.filter(pk=private.pk).update(status="PENDING", verified_key=None)
    made = watch_list(agent, "SOURCE", internet, [private.pk, seen.pk, 10**9])
    assert list(made.watches.values_list("building", flat=True)) == [seen.pk]


def test_a_list_that_waits_no_more_waits_anew_where_it_has_not_told(agent, internet):
    told, waits = BuildingFactory(), BuildingFactory(latitude=56.5)
    ids = [told.pk, waits.pk]
    made = watch_list(agent, "SOURCE", internet, ids)
    match_zone(CoverageZoneFactory().pk)
    assert cancel_list(agent, made) == 1
    colleague = make_actor(organization=agent.organization)
    for _press in range(2):
        assert watch_list(colleague, "SOURCE", internet, ids) == made
    waiting = made.watches.get(state=WatchState.WAITING)
    assert (waiting.building, waiting.created_by) == (waits, colleague.user)
    AvailabilityWatch.objects.filter(pk=waiting.pk).update(expires_at=clock.now())
    assert expire_watches() == 1
    watch_list(agent, "SOURCE", internet, ids)
    assert made.watches.get(state=WatchState.WAITING).building == waits
    # All has been told of: nothing is left to wait for, and nothing is promised.
    made.watches.filter(state=WatchState.WAITING).update(state=WatchState.TOLD, open_key=None)
    with pytest.raises(DomainError):
        watch_list(agent, "SOURCE", internet, ids)


def test_lists_that_are_over_count_for_nothing_and_hide_none_that_waits(
    agent, internet, monkeypatch
):
    monkeypatch.setattr(lists, "LISTS_AT_MOST", 2)
    monkeypatch.setattr(selectors, "LISTS_SHOWN", 1)
    building = BuildingFactory()
    first = watch_list(agent, "first", internet, [building.pk])
    for source in ("second", "third"):
        cancel_list(agent, watch_list(agent, source, internet, [building.pk]))
    last = watch_list(agent, "last", internet, [building.pk])
    with pytest.raises(DomainError):
        watch_list(agent, "more", internet, [building.pk])
    shown = [(line.row.source, line.waiting) for line in selectors.watch_lists(agent)]
    assert shown == [(last.source, 1), (first.source, 1), ("third", 0)]


# --- teams -------------------------------------------------------------------------------------
def test_a_team_of_a_company_waits_at_its_places_and_sees_no_others(sign_in, internet):
    leading = make_actor(OrganizationKind.COMPANY, Role.OWNER)
    building, elsewhere = BuildingFactory(number="77"), BuildingFactory(number="88")
    team = TeamFactory(organization=leading.organization)
    member = make_actor(role=Role.MEMBER, organization=leading.organization)
    Membership.objects.filter(user=member.user).update(team=team)
    member = replace(member, team_id=team.pk)
    far = watch(leading, elsewhere, internet)
    watch_list(leading, "far", internet, [elsewhere.pk])
    TeamPlace.objects.create(team=team, building=building)
    own = watch(member, building, internet)
    with pytest.raises(DomainError):
        watch(member, elsewhere, internet)
    with pytest.raises(DomainError):
        watch_list(member, "other", internet, [elsewhere.pk])
    made = watch_list(member, "both", internet, [building.pk, elsewhere.pk])
    assert list(made.watches.values_list("building", flat=True)) == [building.pk]
    assert not AvailabilityWatch.objects.visible_to(member).filter(building=elsewhere).exists()
    assert AvailabilityWatch.objects.visible_to(leading).count() == 4
    browser = sign_in(member)
    page = browser.get(reverse("watches"))
    assert list(page.context["page"].rows) == [own]
    assert [line.row for line in page.context["lists"]] == [made]
    assert elsewhere.address not in page.content.decode()
    assert browser.post(reverse("watch_cancel", args=[far.public_id])).status_code == 404
    assert state_of(far) == WatchState.WAITING


# --- ended -------------------------------------------------------------------------------------
def test_a_watch_cancelled_is_over_and_may_begin_anew(agent, internet, run_jobs):
    row = watch(agent, BuildingFactory(), internet)
    for _press in range(2):
        cancel_watch(agent, row)
    assert Event.objects.filter(kind="watch.cancelled").count() == 1
    again = watch(agent, row.building, internet)
    assert again != row
    zone_over(provider(), internet)
    run_jobs()
    assert state_of(row) == WatchState.CANCELLED


def test_a_watch_ends_after_a_year_with_a_word(agent, internet, run_jobs):
    row = watch(agent, BuildingFactory(), internet)
    AvailabilityWatch.objects.update(expires_at=clock.now())
    zone_over(provider(), internet)
    run_jobs()
    assert state_of(row) == WatchState.WAITING
    assert (expire_watches(), expire_watches()) == (1, 0)
    run_jobs()
    assert state_of(row) == WatchState.EXPIRED
    told = Notification.objects.filter(event__kind="watch.expired")
    assert told.values_list("user", flat=True).get() == agent.user.pk


# --- pages -------------------------------------------------------------------------------------
def test_the_answer_offers_to_wait_where_nothing_is_there_and_not_where_it_is(sign_in, agent):
    building = BuildingFactory()
    ServiceCategoryFactory()
    page = reverse("availability_building", args=[building.public_id])
    button = reverse("watch_new", args=[building.public_id])
    assert button in sign_in(agent).get(page).content.decode()
    looking = make_actor(OrganizationKind.AGENCY, Role.VIEWER)
    assert button not in sign_in(looking).get(page).content.decode()
    BuildingCoverageFactory(building=building)
    assert button not in sign_in(agent).get(page).content.decode()


def test_the_answer_offers_to_wait_only_where_pressing_waits(sign_in, agent, internet):
    """A plan by cable that needs a survey, and fibre that is there without a plan of its own."""
    building = BuildingFactory()
    plan = PlanFactory(category=internet, everywhere=True, technology="DOCSIS")
    terms = {"building": building, "category": internet, "provider": plan.provider}
    BuildingCoverageFactory(**terms, technology="DOCSIS", state=CoverageState.SURVEY)
    page = reverse("availability_building", args=[building.public_id])
    button = reverse("watch_new", args=[building.public_id])
    browser = sign_in(agent)
    assert button in browser.get(page).content.decode()
    BuildingCoverageFactory(**terms, technology="GPON")
    answered = browser.get(page)
    assert [option.plan_id for option in answered.context["choice"].open.options] == [plan.pk]
    assert button not in answered.content.decode()
    pressed = browser.post(f"{button}?category=internet", follow=True)
    assert "Провайдер заявил, что подключить здесь уже можно." in pressed.content.decode()
    assert not AvailabilityWatch.objects.exists()


def test_an_agent_waits_for_a_client_through_the_pages(sign_in, agent, internet):
    building, client = BuildingFactory(), ClientFactory(owner=agent.organization)
    stranger = ClientFactory()
    page = reverse("watch_new", args=[building.public_id], query={"category": "internet"})
    browser = sign_in(agent)
    html = browser.get(page).content.decode()
    assert client.name in html
    assert stranger.name not in html
    assert browser.post(page, {"client": stranger.public_id}).status_code == 404
    for _press in range(2):
        assert browser.post(page, {"client": client.public_id}).url == reverse("watches")
    row = AvailabilityWatch.objects.get()
    assert (row.client, row.created_by) == (client, agent.user)
    assert client.name in browser.get(reverse("watches")).content.decode()


def test_a_client_picked_is_kept_when_another_name_is_looked_for(sign_in, agent, internet):
    building = BuildingFactory()
    picked, other = (
        create_client(agent, name=name, phone=f"+7912000000{n}", kind=ClientKind.PERSON)
        for n, name in enumerate(["Иванова Анна", "Петров Олег"])
    )
    page = reverse("watch_new", args=[building.public_id], query={"category": "internet"})
    browser = sign_in(agent)

    def find(client, text):
        asked = {"client": client.public_id, "client_q": text, "find": "1"}
        return browser.post(page, asked).context

    for text, found in [("Петров", [picked, other]), ("никто", [picked]), ("Иванова", [picked])]:
        shown = find(picked, text)
        assert (shown["clients"], shown["picked"]) == (found, picked.public_id)
        assert shown["nobody"] is (text == "никто")
    # Nobody is shown another's by its id.
    assert find(ClientFactory(), "Петров")["clients"] == [other]


def test_nobody_sees_or_cancels_anothers_watches(sign_in, agent):
    row = AvailabilityWatchFactory(building=BuildingFactory(number="77"))
    made = WatchList.objects.create(
        owner=row.owner, category=row.category, source="x", created_at=timezone.now()
    )
    browser = sign_in(agent)
    assert row.building.address not in browser.get(reverse("watches")).content.decode()
    assert browser.get(reverse("watches"), {"list": made.public_id}).status_code == 404
    for name, public_id in [("watch_cancel", row.public_id), ("watch_list_cancel", made.public_id)]:
        assert browser.post(reverse(name, args=[public_id])).status_code == 404
    assert state_of(row) == WatchState.WAITING


def test_one_cancels_ones_own_and_a_reader_does_not(sign_in, agent):
    row = AvailabilityWatchFactory(owner=agent.organization)
    looking = make_actor(role=Role.VIEWER, organization=agent.organization)
    url = reverse("watch_cancel", args=[row.public_id])
    assert sign_in(looking).post(url).status_code == 403
    assert sign_in(agent).post(url).status_code == 302
    assert state_of(row) == WatchState.CANCELLED


def test_a_member_cancels_what_they_asked_for_and_a_manager_all(sign_in, agent, internet):
    members = [make_actor(role=Role.MEMBER, organization=agent.organization) for _n in range(2)]
    own, others = (watch(one, BuildingFactory(), internet) for one in members)
    own_list, others_list = (
        watch_list(one, f"of {one.user.pk}", internet, [BuildingFactory().pk]) for one in members
    )
    browser = sign_in(members[0])
    pages = {
        one: reverse(name, args=[one.public_id])
        for name, rows in (
            ("watch_cancel", (own, others)),
            ("watch_list_cancel", (own_list, others_list)),
        )
        for one in rows
    }
    html = browser.get(reverse("watches")).content.decode()
    assert [one for one in pages if pages[one] in html] == [own, own_list]
    for one in (others, others_list):
        assert browser.post(pages[one]).status_code == 403
    assert AvailabilityWatch.objects.filter(state=WatchState.WAITING).count() == 4
    for one in (own, own_list):
        assert browser.post(pages[one]).status_code == 302
    leading = sign_in(agent)
    for one in (others, others_list):
        assert leading.post(pages[one]).status_code == 302
    assert not AvailabilityWatch.objects.filter(state=WatchState.WAITING).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_with_one_row_as_with_three(
    sign_in, agent, internet, count, django_assert_num_queries
):
    client = ClientFactory(owner=agent.organization)
    for number in range(count):
        AvailabilityWatchFactory(owner=agent.organization, client=client)
        watch_list(agent, f"s{number}", internet, [BuildingFactory().pk])
    browser = sign_in(agent)
    browser.get(reverse("watches"))
    with django_assert_num_queries(6):
        browser.get(reverse("watches"))


def test_the_statement_of_nobody_is_no_matter(run_jobs):
    """A statement that is gone before its handler runs."""
    BuildingCoverage.objects.all().delete()
    assert match_zone(10**9) == 0
