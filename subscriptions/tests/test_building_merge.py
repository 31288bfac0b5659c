"""Two rows of one house become one, and nothing that hangs on them is left behind or lost."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core import clock
from core.actor import ANONYMOUS, system_actor
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, Job
from core.tests.concurrency import together
from locations.models import (
    Building,
    BuildingCount,
    BuildingCoverage,
    BuildingGuest,
    CoverageAction,
    CoverageRecord,
    CoverageState,
    Street,
    Unit,
)
from locations.selectors.buildings import visible_building
from locations.services import add_building, merge_building, refuse_building, verify_building
from locations.services.merging import gather_strays, has_a_mover, may_collide, relations_to
from locations.tests.factories import (
    BuildingCoverageFactory,
    BuildingFactory,
    CityFactory,
    ServiceCategoryFactory,
    StreetFactory,
    UnitFactory,
)
from subscriptions.choices import AttributionSource, DisputeState, RequestState
from subscriptions.models import (
    AttributionDispute,
    ClientAddress,
    ClientAttribution,
    ConnectionRequest,
    Subscription,
)
from subscriptions.models.teams import TeamPlace
from subscriptions.services.changes import end_subscription
from subscriptions.services.requests import create_bundle
from subscriptions.services.watches import watch
from subscriptions.tests.factories import (
    ClientFactory,
    PlanFactory,
    RequestFactory,
    make_lead,
    move,
    request_in,
)
from users.tests.factories import OrganizationFactory, TeamFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
PENDING, VERIFIED = Building.Status.PENDING, Building.Status.VERIFIED


def pending(**fields):
    fields.setdefault("added_by", OrganizationFactory())
    return BuildingFactory(status=PENDING, **fields)


def kinds_about(building):
    events = Event.objects.filter(subject_type="locations.building", subject_id=building.pk)
    return list(events.order_by("pk").values_list("kind", flat=True))


# --- nothing is forgotten ---------------------------------------------------------------------
@pytest.mark.parametrize("model", [Building, Unit])
def test_every_relation_that_could_collide_says_how_it_is_merged(model):
    relations = dict(relations_to(model))
    assert len(relations) >= 4
    silent = [
        label for label, field in relations.items() if may_collide(field) and not has_a_mover(label)
    ]
    assert silent == []


def test_who_waits_at_both_waits_once_and_whoever_waited_goes_along():
    source, target, category = BuildingFactory(), BuildingFactory(), ServiceCategoryFactory()
    both, alone = make_actor(), make_actor()
    kept = watch(both, target, category)
    doubled, moved = (watch(actor, source, category) for actor in (both, alone))
    merge_building(make_staff(StaffScope.ADMIN), source, target)
    for row in (kept, doubled, moved):
        row.refresh_from_db()
        assert (row.building, row.latitude) == (target, target.latitude)
    assert [kept.state, doubled.state, moved.state] == ["WAITING", "CANCELLED", "WAITING"]
    # Asked for again, it is found and not made anew.
    assert watch(alone, target, category) == moved


def test_all_that_hangs_on_a_building_goes_to_the_other():
    source, target = pending(), BuildingFactory()
    unit = UnitFactory(building=source, number="7")
    request = request_in(RequestState.CONNECTED, unit=unit)
    address = ClientAddress.objects.create(
        client=ClientFactory(), unit=unit, created_at=timezone.now()
    )
    coverage = BuildingCoverageFactory(building=source)
    lead = make_lead(building=source)
    place = TeamPlace.objects.create(team=TeamFactory(), building=source)
    merge_building(make_staff(), source, target)
    request.refresh_from_db()
    assert (request.building, request.city, request.unit) == (target, target.city, unit)
    assert Subscription.objects.get().building == target
    for row in (address, coverage, lead, place, unit):
        row.refresh_from_db()
    assert (coverage.building, lead.building, place.building) == (target, target, target)
    assert (lead.city, address.unit, unit.building) == (target.city, unit, target)
    left = {
        label
        for label, field in relations_to(Building)
        if field.model._base_manager.filter(**{field.name: source}).exists()
    }
    assert left == set()


# --- units ------------------------------------------------------------------------------------
def test_units_of_equal_numbers_become_one_and_keep_what_is_known():
    source, target = pending(), BuildingFactory()
    ours = UnitFactory(building=source, number="7", entrance=2, floor=3)
    theirs = UnitFactory(building=target, number="7", entrance=None, floor=5)
    alone = UnitFactory(building=source, number="8")
    request = RequestFactory(unit=ours)
    merge_building(make_staff(), source, target)
    request.refresh_from_db()
    theirs.refresh_from_db()
    assert request.unit == theirs
    assert (theirs.entrance, theirs.floor) == (2, 5)
    assert list(Unit.objects.order_by("number")) == [theirs, alone]
    assert set(Unit.objects.values_list("building", flat=True)) == {target.pk}


def two_units():
    source, target = pending(), BuildingFactory()
    return (
        source,
        target,
        UnitFactory(building=source, number="7"),
        UnitFactory(building=target, number="7"),
    )


def test_a_client_with_both_addresses_keeps_one_with_its_label():
    source, target, ours, theirs = two_units()
    client, other = ClientFactory(), ClientFactory()
    for unit, who, label in ((ours, client, "Дача"), (theirs, client, ""), (ours, other, "Офис")):
        ClientAddress.objects.create(client=who, unit=unit, label=label, created_at=timezone.now())
    merge_building(make_staff(), source, target)
    rows = ClientAddress.objects.order_by("client_id").values_list("client", "unit", "label")
    assert list(rows) == [(client.pk, theirs.pk, "Дача"), (other.pk, theirs.pk, "Офис")]


def registered(unit, days_ago, agency=None, lasts=30):
    now = timezone.now()
    return ClientAttribution.objects.create(
        unit=unit,
        category=PlanFactory().category,
        agency=agency or OrganizationFactory(),
        source=AttributionSource.REQUEST,
        registered_at=now - timedelta(days=days_ago),
        lasts_until=now + timedelta(days=lasts),
    )


def test_of_two_agencies_the_first_keeps_the_client_and_the_other_gets_a_dispute():
    source, target, ours, theirs = two_units()
    first, later = registered(ours, 9), registered(theirs, 2)
    request = RequestFactory(unit=theirs, owner=later.agency, category=later.category)
    merge_building(make_staff(), source, target)
    (kept,) = ClientAttribution.objects.all()
    assert (kept.pk, kept.agency, kept.unit) == (first.pk, first.agency, theirs)
    dispute = AttributionDispute.objects.get()
    assert (dispute.attribution, dispute.claimant) == (kept, later.agency)
    assert (dispute.state, dispute.request) == (DisputeState.OPEN, request)


def test_a_registration_that_has_run_out_gives_way():
    source, target, ours, theirs = two_units()
    registered(ours, 90, lasts=-1)
    lasting = registered(theirs, 2)
    merge_building(make_staff(), source, target)
    assert ClientAttribution.objects.get() == lasting
    assert not AttributionDispute.objects.exists()


def test_one_agency_registered_at_both_keeps_the_longer_time():
    source, target, ours, theirs = two_units()
    agency = OrganizationFactory()
    registered(ours, 9, agency, lasts=10)
    longer = registered(theirs, 2, agency, lasts=40).lasts_until
    merge_building(make_staff(), source, target)
    (kept,) = ClientAttribution.objects.all()
    assert (kept.unit, kept.lasts_until) == (theirs, longer)
    assert not AttributionDispute.objects.exists()


# --- coverage, teams --------------------------------------------------------------------------
@pytest.mark.parametrize(("ours_days", "wins"), [(1, "ours"), (5, "theirs")])
def test_of_two_statements_of_one_provider_the_newer_counts(ours_days, wins):
    source, target = pending(), BuildingFactory()
    said = BuildingCoverageFactory(
        building=source,
        state=CoverageState.SURVEY,
        stated_at=timezone.now() - timedelta(days=ours_days),
    )
    BuildingCoverageFactory(
        building=target,
        provider=said.provider,
        category=said.category,
        stated_at=timezone.now() - timedelta(days=3),
    )
    merge_building(make_staff(), source, target)
    row = BuildingCoverage.objects.get()
    expected = CoverageState.SURVEY if wins == "ours" else CoverageState.AVAILABLE
    assert (row.building, row.state) == (target, expected)
    # The last of its records says what stands, and whoever waits there is looked for.
    records = CoverageRecord.objects.order_by("pk").values_list("building", "action", "state")
    lost = CoverageState.AVAILABLE if wins == "ours" else CoverageState.SURVEY
    assert list(records) == [
        (target.pk, CoverageAction.WITHDRAWN, lost),
        (target.pk, CoverageAction.STATED, expected),
    ]
    told = Event.objects.filter(kind="coverage.changed").order_by("pk")
    moved = [{"state": expected}] if wins == "ours" else []
    assert [event.data for event in told] == [{"state": "WITHDRAWN"}, *moved]
    assert {event.parties.get().organization for event in told} == {said.provider}
    checks = Job.objects.filter(task__endswith="findings.run_check")
    assert [job.arguments["args"] for job in checks] == [[said.provider_id]]


def test_a_statement_that_moves_is_on_record_and_its_number_of_version_grows():
    source, target = pending(), BuildingFactory()
    said = BuildingCoverageFactory(building=source, version=2)
    alone = BuildingCoverageFactory(building=source, technology="GPON")
    old = timezone.now() - timedelta(days=3)
    same = {"provider": said.provider, "category": said.category}
    BuildingCoverageFactory(building=target, **same, stated_at=old, version=5)
    merge_building(make_staff(), source, target)
    said.refresh_from_db()
    alone.refresh_from_db()
    assert [(row.building, row.version) for row in (said, alone)] == [(target, 6), (target, 1)]
    last = CoverageRecord.objects.order_by("-pk").values_list("technology", "action", "version")
    assert list(last) == [
        ("GPON", CoverageAction.STATED, 1),
        ("", CoverageAction.STATED, 6),
        ("", CoverageAction.WITHDRAWN, 5),
    ]


def test_a_team_that_works_at_both_keeps_one_place():
    source, target = pending(), BuildingFactory()
    team = TeamFactory()
    for building in (source, target):
        TeamPlace.objects.create(team=team, building=building)
    merge_building(make_staff(), source, target)
    assert TeamPlace.objects.get().building == target


# --- the building itself ----------------------------------------------------------------------
def test_what_only_the_merged_one_knew_is_kept_and_told():
    source = pending(fias_id="fias-1", postal_code="420000", entrances=4, floors=9)
    target = BuildingFactory(fias_id=None, entrances=5)
    merge_building(make_staff(), source, target)
    source.refresh_from_db()
    target.refresh_from_db()
    assert (target.fias_id, target.postal_code) == ("fias-1", "420000")
    assert (target.entrances, target.floors) == (5, 9)
    assert (source.status, source.merged_into) == (Building.Status.MERGED, target)
    assert (source.fias_id, source.verified_key) == (None, None)
    event = Event.objects.get(kind="building.merged")
    assert event.data == {"into": target.pk}
    assert list(event.parties.values_list("organization", flat=True)) == [source.added_by_id]


def test_done_twice_it_changes_nothing_more():
    source, target = pending(), BuildingFactory()
    staff = make_staff()
    merge_building(staff, source, target)
    assert merge_building(staff, source, target) == target
    assert kinds_about(source) == ["building.merged"]
    with pytest.raises(Conflict):
        merge_building(staff, source, BuildingFactory())


def test_chains_lead_to_the_last_in_one_step():
    first, second, third = pending(), BuildingFactory(), BuildingFactory()
    staff = make_staff()
    merge_building(staff, first, second)
    merge_building(staff, second, third)
    first.refresh_from_db()
    assert first.merged_into == third
    for public_id in (first.public_id, second.public_id):
        assert visible_building(ANONYMOUS, public_id) == third
        assert visible_building(staff, public_id) == third
        assert visible_building(make_actor(OrganizationKind.PROVIDER), public_id) == third


def test_the_old_address_of_the_page_leads_to_the_new_one_with_its_query(client):
    source, target = pending(), BuildingFactory()
    merge_building(make_staff(), source, target)
    for tail in ("", "answer/"):
        response = client.get(f"/availability/{source.public_id}/{tail}?unit=7&category=internet")
        assert response.status_code == 301
        page = f"/availability/{target.public_id}/{tail}"
        assert response["Location"] == f"{page}?unit=7&category=internet"
        assert client.get(page).status_code == 200


@pytest.mark.parametrize("status", [PENDING, Building.Status.MERGED, Building.Status.REFUSED])
def test_only_a_verified_building_is_merged_into(status):
    target = BuildingFactory(status=status)
    with pytest.raises(DomainError):
        merge_building(make_staff(), pending(), target)
    source = BuildingFactory()
    with pytest.raises(DomainError):
        merge_building(make_staff(), source, source)


def test_what_was_being_written_meanwhile_follows():
    source, target = pending(), BuildingFactory()
    merge_building(make_staff(), source, target)
    late = BuildingCoverageFactory(building=source)
    unit = UnitFactory(building=source, number="9")
    due = list(Job.objects.filter(task="locations.jobs.gather_strays_of").order_by("due_at"))
    assert len(due) == 2
    gather_strays(source.pk)
    gather_strays(source.pk)
    late.refresh_from_db()
    unit.refresh_from_db()
    assert (late.building, unit.building) == (target, target)
    # Never the other way, and not for what stands.
    gather_strays(target.pk)
    assert BuildingCoverage.objects.get().building == target


def test_a_request_is_not_filed_at_a_building_that_was_just_merged():
    agent = make_actor()
    plan = PlanFactory(everywhere=True)
    building = BuildingFactory()
    BuildingCoverageFactory(building=building, provider=plan.provider, category=plan.category)
    seen_before = Building.objects.get(pk=building.pk)
    merge_building(make_staff(), building, BuildingFactory())
    with pytest.raises(DomainError):
        create_bundle(
            agent,
            building=seen_before,
            unit_number="7",
            plans=[plan],
            client=ClientFactory(owner=agent.organization),
            form_token="00000000-0000-4000-8000-000000000001",
        )
    assert not ConnectionRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_merged_by_many_at_once_it_is_merged_once():
    source, target = pending(), BuildingFactory()
    RequestFactory(unit=UnitFactory(building=source, number="7"))
    UnitFactory(building=target, number="7")
    staff = make_staff()
    outcomes = together([lambda: merge_building(staff, source, target)] * 4)
    assert outcomes == [target] * 4
    assert kinds_about(source) == ["building.merged"]
    assert ConnectionRequest.objects.get().unit.building == target


@pytest.mark.django_db(transaction=True)
def test_filed_and_merged_at_once_nothing_stays_at_the_merged_building():
    agent, staff = make_actor(), make_staff()
    plan = PlanFactory(everywhere=True)
    source, target = BuildingFactory(), BuildingFactory()
    BuildingCoverageFactory(building=source, provider=plan.provider, category=plan.category)
    someone = ClientFactory(owner=agent.organization)

    def file(number):
        return create_bundle(
            agent,
            building=source,
            unit_number=str(number),
            plans=[plan],
            client=someone,
            form_token=f"00000000-0000-4000-8000-00000000000{number}",
        )

    filing = [lambda number=number: file(number) for number in range(1, 4)]
    *filed, merged = together([*filing, lambda: merge_building(staff, source, target)])
    assert merged == target
    # Those who came too late were told so, in words.
    made = [one for one in filed if not isinstance(one, Exception)]
    assert all(isinstance(one, DomainError) for one in filed if one not in made)
    rows = ConnectionRequest.objects.values_list("building", "unit__building")
    assert list(rows) == [(target.pk, target.pk)] * len(made)


@pytest.mark.django_db(transaction=True)
def test_merged_both_ways_at_once_one_remains():
    one, other = BuildingFactory(), BuildingFactory()
    staff = make_staff()
    together([lambda: merge_building(staff, one, other), lambda: merge_building(staff, other, one)])
    standing = Building.objects.filter(status=VERIFIED)
    assert standing.count() == 1


# --- who may ----------------------------------------------------------------------------------
def asked(provider, building):
    return request_in(
        RequestState.SUBMITTED,
        unit=UnitFactory(building=building),
        plan=PlanFactory(provider=provider.organization),
    )


def test_the_provider_of_a_request_sees_the_address_and_others_do_not():
    provider, stranger = (make_actor(OrganizationKind.PROVIDER) for _turn in range(2))
    building = pending()
    draft = RequestFactory(
        unit=UnitFactory(building=building), plan=PlanFactory(provider=provider.organization)
    )
    with pytest.raises(NotVisible):
        visible_building(provider, building.public_id)
    move(draft, "submit")
    assert visible_building(provider, building.public_id) == building
    assert list(Building.objects.visible_to(provider)) == [building]
    for other in (stranger, make_actor(), ANONYMOUS):
        with pytest.raises(NotVisible):
            visible_building(other, building.public_id)


def test_a_verified_building_has_no_guests():
    provider, building = make_actor(OrganizationKind.PROVIDER), BuildingFactory()
    asked(provider, building)
    assert not BuildingGuest.objects.exists()


def test_a_providers_manager_decides_where_it_alone_was_asked():
    provider, building = make_actor(OrganizationKind.PROVIDER), pending()
    with pytest.raises(Forbidden):
        verify_building(provider, building)
    asked(provider, building)
    clerk = make_actor(organization=provider.organization, role=Role.MEMBER)
    with pytest.raises(Forbidden):
        verify_building(clerk, building)
    with pytest.raises(Forbidden):
        refuse_building(provider, building, reason="no such house")
    assert verify_building(provider, building).status == VERIFIED
    assert not BuildingGuest.objects.exists()


def test_where_two_providers_were_asked_staff_decide():
    one, other = (make_actor(OrganizationKind.PROVIDER) for _turn in range(2))
    building = pending()
    asked(one, building)
    asked(other, building)
    for provider in (one, other):
        with pytest.raises(Forbidden):
            merge_building(provider, building, BuildingFactory())
    assert verify_building(make_staff(StaffScope.SUPPORT), building).status == VERIFIED


def test_a_provider_merges_no_verified_building():
    provider, building = make_actor(OrganizationKind.PROVIDER), BuildingFactory()
    asked(provider, building)
    BuildingGuest.objects.create(building=building, organization=provider.organization)
    with pytest.raises(Forbidden):
        merge_building(provider, building, BuildingFactory())


def test_a_provider_that_is_not_verified_decides_nothing():
    provider, building = make_actor(OrganizationKind.PROVIDER), pending()
    asked(provider, building)
    provider.organization.verified_at = None
    provider.organization.save()
    with pytest.raises(Forbidden):
        verify_building(provider, building)


@pytest.mark.parametrize("scope", [StaffScope.ACCOUNT_MANAGER, StaffScope.CONTENT])
def test_of_staff_support_and_administrators_decide(scope):
    building = pending()
    for actor in (make_staff(scope), make_actor(organization=building.added_by), ANONYMOUS):
        with pytest.raises(Forbidden):
            verify_building(actor, building)
        with pytest.raises(Forbidden):
            merge_building(actor, building, BuildingFactory())
        with pytest.raises(Forbidden):
            refuse_building(actor, building, reason="no such house")


# --- verified, corrected, refused -------------------------------------------------------------
def test_an_address_is_verified_as_corrected_and_its_organization_told():
    agent, city = make_actor(), CityFactory()
    building = add_building(
        agent,
        city=city,
        street_type="ул",
        street_name="Чистопольскайа",
        number="12",
        latitude=55.8,
        longitude=49.1,
    )
    verified = verify_building(
        make_staff(), building, street_type="ул", street_name="Чистопольская", latitude=55.81
    )
    assert verified.address == f"{city.title}, ул Чистопольская, д 12"
    assert (verified.status, verified.latitude) == (VERIFIED, 55.81)
    assert verified.verified_key == verified.address_key
    assert visible_building(ANONYMOUS, building.public_id) == verified
    event = Event.objects.get(kind="building.verified")
    assert event.data == {"corrected": True}
    assert verify_building(make_staff(), building) == verified
    assert kinds_about(building) == ["building.added", "building.verified"]


def test_of_two_who_verify_at_once_the_one_whose_correction_is_lost_is_told():
    building = pending(street=StreetFactory(), number="12")
    first = verify_building(make_staff(), building, number="14")
    with pytest.raises(Conflict):
        verify_building(make_staff(), building, street_name="Новая", number="16")
    # A second click says what was done already.
    assert verify_building(make_staff(), building, number="14") == first
    first.refresh_from_db()
    assert (first.number, first.street) == ("14", building.street)
    assert not Street.objects.filter(name="Новая").exists()


def test_an_address_that_stands_verified_already_is_to_be_merged():
    street = StreetFactory()
    BuildingFactory(street=street, number="12")
    building = pending(street=street, number="12")
    with pytest.raises(Conflict):
        verify_building(make_staff(), building)
    building.refresh_from_db()
    assert building.status == PENDING


def test_a_refused_address_is_out_of_sight_with_its_reason():
    agent = make_actor()
    building = pending(added_by=agent.organization)
    with pytest.raises(DomainError) as caught:
        refuse_building(make_staff(), building, reason="  ")
    assert caught.value.field == "reason"
    row = refuse_building(make_staff(), building, reason="There is no such house")
    assert (row.status, row.decision) == (Building.Status.REFUSED, "There is no such house")
    for actor in (agent, ANONYMOUS):
        with pytest.raises(NotVisible):
            visible_building(actor, building.public_id)
    with pytest.raises(Conflict):
        verify_building(make_staff(), building)


@pytest.mark.parametrize("what", ["request", "client address", "coverage"])
def test_an_address_where_something_was_filed_is_not_refused(what):
    building = pending()
    unit = UnitFactory(building=building)
    assert refuse_building(make_staff(), pending(), reason="x").status == Building.Status.REFUSED
    if what == "request":
        RequestFactory(unit=unit)
    elif what == "coverage":
        BuildingCoverageFactory(building=building)
    else:
        ClientAddress.objects.create(client=ClientFactory(), unit=unit, created_at=timezone.now())
    with pytest.raises(DomainError):
        refuse_building(make_staff(), building, reason="no such house")


# --- the map's counts -------------------------------------------------------------------------
def test_the_map_counts_what_is_verified_and_no_longer_what_is_merged():
    def counted():
        return set(BuildingCount.objects.values_list("count", flat=True))

    building = pending()
    assert counted() == set()
    verify_building(make_staff(), building)
    assert counted() == {1}
    merge_building(make_staff(), building, BuildingFactory(latitude=50.0))
    assert counted() == set()


# --- what a unit has once -----------------------------------------------------------------------
def _gas_at(unit):
    plan = PlanFactory(category=ServiceCategoryFactory(code="gas", one_per_unit=True))
    return Subscription.objects.get(origin=request_in(RequestState.CONNECTED, unit=unit, plan=plan))


def test_a_subscription_takes_its_place_along():
    source, target = pending(), BuildingFactory()
    flat = UnitFactory(building=source, number="7")
    there = UnitFactory(building=target, number="7")
    service = _gas_at(flat)
    merge_building(make_staff(), source, target)
    service.refresh_from_db()
    assert service.unit == there
    assert service.in_force_key == f"{there.pk}:{service.category_id}"


def test_of_two_in_force_in_one_flat_the_other_has_the_place_when_the_first_ends():
    source, target = pending(), BuildingFactory()
    moved = _gas_at(UnitFactory(building=source, number="7"))
    stays = _gas_at(UnitFactory(building=target, number="7"))
    key = stays.in_force_key
    merge_building(make_staff(), source, target)
    moved.refresh_from_db()
    assert (moved.unit_id, moved.in_force_key) == (stays.unit_id, None)
    with transaction.atomic():
        row = Subscription.objects.select_for_update().get(pk=stays.pk)
        end_subscription(system_actor(), row, clock.today())
    moved.refresh_from_db()
    stays.refresh_from_db()
    assert (stays.in_force_key, moved.in_force_key) == (None, key)


def test_a_move_to_a_flat_follows_the_flat():
    source, target = pending(), BuildingFactory()
    flat = UnitFactory(building=source, number="7")
    there = UnitFactory(building=target, number="7")
    request = RequestFactory(target_unit=flat)
    merge_building(make_staff(), source, target)
    request.refresh_from_db()
    assert request.target_unit == there
