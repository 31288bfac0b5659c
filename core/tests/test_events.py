"""Events: written with the change, dispatched after it, in one order for all readers."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from core.actor import system_actor
from core.choices import OrganizationKind, PartyRole
from core.events import Draft, emit, emit_many, quietly, registry
from core.events.dispatch import dispatch_events, run_handler
from core.models import Event, EventParty, FeedCounter, Job, Pulse
from core.tests.later import commit, in_parallel, wait_until
from users.models import Organization
from users.tests.factories import OrganizationFactory, make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(db):
    return make_actor()


@pytest.fixture
def heard(monkeypatch):
    """A handler of "client.created" and the ids of the events it was given."""
    events: list[int] = []

    def note(event: Event) -> None:
        events.append(event.pk)

    handler = registry.Handler("note", frozenset({"client.created"}), note, "outgoing")
    monkeypatch.setitem(registry._handlers, "note", handler)
    return events


def tell(actor, **data) -> Event:
    with transaction.atomic():
        return emit(
            actor,
            "client.created",
            actor.organization,
            {PartyRole.OWNER: actor.organization},
            data,
        )


def pulse(actor) -> int:
    return Pulse.objects.get(organization=actor.organization).version


def test_an_event_outside_of_a_transaction_is_refused(shared_database):
    with pytest.raises(RuntimeError):
        emit(system_actor(), "client.created", Organization(pk=1), {})


def test_an_event_says_what_happened_to_whom_by_whom(actor):
    provider = OrganizationFactory(kind=OrganizationKind.PROVIDER)
    with transaction.atomic():
        event = emit(
            actor,
            "request.submitted",
            actor.organization,
            {
                PartyRole.OWNER: actor.organization,
                PartyRole.PROVIDER: provider,
                PartyRole.HOLDER: None,
            },
            {"number": "EC-4827-1936"},
        )
    event.refresh_from_db()
    assert (event.kind, event.subject_type, event.subject_id) == (
        "request.submitted",
        "users.organization",
        actor.organization.pk,
    )
    assert (event.actor_user, event.actor_organization) == (actor.user, actor.organization)
    assert event.data == {"number": "EC-4827-1936"}
    assert set(event.parties.values_list("role", "organization_id")) == {
        ("OWNER", actor.organization.pk),
        ("PROVIDER", provider.pk),
    }


def test_a_side_that_a_kind_does_not_tell_is_no_party(actor):
    with transaction.atomic():
        event = emit(
            actor,
            "client.created",
            actor.organization,
            {PartyRole.OWNER: actor.organization, PartyRole.PROVIDER: OrganizationFactory()},
        )
    assert [party.role for party in event.parties.all()] == ["OWNER"]


def test_a_field_that_nobody_may_see_and_an_unknown_kind_are_refused(actor):
    with pytest.raises(ValueError, match="phone"):
        tell(actor, phone="+79120000000")
    with pytest.raises(KeyError), transaction.atomic():
        emit(actor, "client.exploded", actor.organization, {})


def test_events_are_append_only(actor):
    event = tell(actor)
    with pytest.raises(TypeError):
        event.save()


def test_change_and_event_commit_together_and_vanish_together(shared_database, heard):
    actor = make_actor()

    def rename(name: str, fail: bool) -> None:
        with transaction.atomic():
            Organization.objects.filter(pk=actor.organization.pk).update(name=name)
            emit(
                actor,
                "client.created",
                actor.organization,
                {PartyRole.OWNER: actor.organization},
            )
            if fail:
                raise RuntimeError

    before = pulse(actor)
    with pytest.raises(RuntimeError):
        rename("Not told", fail=True)
    assert (Event.objects.count(), EventParty.objects.count(), Job.objects.count()) == (0, 0, 0)
    assert pulse(actor) == before
    rename("Told", fail=False)
    actor.organization.refresh_from_db()
    assert actor.organization.name == "Told"
    assert (Event.objects.count(), Job.objects.count()) == (1, 1)
    assert pulse(actor) == before + 1


def test_events_of_one_transaction_share_one_dispatch_job(actor, run_jobs, heard):
    with transaction.atomic():
        first, second = tell(actor), tell(actor)
    assert first.batch == second.batch
    assert Job.objects.count() == 1
    run_jobs()
    assert heard == [first.pk, second.pk]


def test_an_undone_savepoint_takes_its_events_and_leaves_the_others(actor, run_jobs, heard):
    with transaction.atomic():
        with transaction.atomic():
            tell(actor)
            transaction.set_rollback(True)
        kept = tell(actor)
        with transaction.atomic():
            tell(actor)
            transaction.set_rollback(True)
    assert list(Event.objects.values_list("pk", flat=True)) == [kept.pk]
    run_jobs()
    assert heard == [kept.pk]


def test_many_events_are_written_in_a_fixed_number_of_queries(actor, django_assert_num_queries):
    def drafts(count: int) -> list[Draft]:
        parties = {PartyRole.OWNER: actor.organization}
        return [Draft("client.created", actor.organization, parties) for _ in range(count)]

    with transaction.atomic():
        tell(actor)
        for count in (1, 50):
            with django_assert_num_queries(2):
                events = emit_many(actor, drafts(count))
            assert all(event.pk for event in events)
    assert EventParty.objects.count() == Event.objects.count() == 52


def test_dispatching_twice_runs_each_handler_once(actor, run_jobs, heard):
    event = tell(actor)
    dispatch_events.call(str(event.batch))
    dispatch_events.call(str(event.batch))
    assert Job.objects.filter(task="core.events.dispatch.run_handler").count() == 1
    run_jobs()
    assert heard == [event.pk]


def test_a_handler_runs_in_its_own_queue_and_gone_events_are_passed_over(actor, heard):
    event = tell(actor)
    dispatch_events.call(str(event.batch))
    assert Job.objects.get(task__endswith="run_handler").queue == "outgoing"
    run_handler.call("note", 0)
    assert heard == []


def test_positions_follow_each_other_without_gaps(actor, run_jobs):
    for _ in range(3):
        tell(actor)
        run_jobs()
    assert list(Event.objects.order_by("id").values_list("position", flat=True)) == [1, 2, 3]


def test_a_large_transaction_is_dispatched_whole(actor, monkeypatch, run_jobs, heard):
    monkeypatch.setattr("core.events.dispatch.BATCH", 10)
    with transaction.atomic():
        parties = {PartyRole.OWNER: actor.organization}
        emit_many(actor, [Draft("client.created", actor.organization, parties)] * 25)
    run_jobs()
    assert len(heard) == 25
    assert sorted(Event.objects.values_list("position", flat=True)) == list(range(1, 26))


def test_a_pulse_goes_up_with_each_commit_and_again_when_it_is_dispatched(actor, run_jobs):
    versions = [pulse(actor)]
    tell(actor)
    tell(actor)
    commit()
    versions.append(pulse(actor))
    run_jobs()
    versions.append(pulse(actor))
    assert [version - versions[0] for version in versions] == [0, 1, 2]


def test_an_organization_without_a_pulse_gets_one(actor):
    Pulse.objects.all().delete()
    tell(actor)
    commit()
    assert pulse(actor) == 1


def test_quiet_events_stand_in_the_feed_and_are_told_to_nobody(actor, run_jobs, heard):
    with quietly():
        events = [tell(actor) for _ in range(3)]
    loud = tell(actor)
    run_jobs()
    assert heard == [loud.pk]
    assert [Event.objects.get(pk=event.pk).position for event in [*events, loud]] == [1, 2, 3, 4]


def test_a_reader_by_cursor_misses_nothing_beside_parallel_writers(shared_database):
    """Positions become visible in their order, whichever transaction commits first."""
    actor = make_actor()
    # The migration's row: this kind of test begins with empty tables.
    FeedCounter.objects.get_or_create(pk=1)
    seen: list[int] = []
    writers, each = 4, 12

    def write_or_read(number: int) -> None:
        if number < writers:
            for _ in range(each):
                event = tell(actor)
                dispatch_events.call(str(event.batch))
            return
        wait_until(lambda: read_on() == writers * each)

    def read_on() -> int:
        after = Event.objects.filter(position__gt=seen[-1] if seen else 0).order_by("position")
        seen.extend(after.values_list("position", flat=True)[:7])
        return len(seen)

    in_parallel(writers + 1, write_or_read)
    assert seen == list(range(1, writers * each + 1))
    assert FeedCounter.objects.get().last == writers * each


def test_a_writer_that_commits_late_gets_the_later_position(shared_database):
    """The id is given early, the position after commit: a cursor over ids would lose this one."""
    if not connection.features.has_select_for_update:
        # One writer at a time: there is no late commit to lose. The order holds all the same.
        first, second = tell(make_actor()), tell(make_actor())
        dispatch_events.call(str(second.batch))
        dispatch_events.call(str(first.batch))
    else:
        first, second = _overlapping_writers()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.pk < second.pk
    assert first.position > second.position


def _overlapping_writers() -> tuple[Event, Event]:
    early, late = make_actor(), make_actor()
    written, dispatched = threading.Event(), threading.Event()

    def write(number: int) -> Event:
        if number == 0:
            with transaction.atomic():
                event = tell(early)
                written.set()
                assert dispatched.wait(timeout=20)
        else:
            assert written.wait(timeout=20)
            event = tell(late)
        dispatch_events.call(str(event.batch))
        dispatched.set()
        return event

    first, second = in_parallel(2, write)
    return first, second


def test_a_batch_that_is_gone_harms_nobody():
    dispatch_events.call(str(uuid.uuid4()))
