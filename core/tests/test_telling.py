"""Who is told of an event, how often, and what the bell shows of it."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from core import events
from core.choices import OrganizationKind, PartyRole, Role, StaffScope, Via
from core.events import emit
from core.events.dispatch import dispatch_events
from core.models import Delivery, Event, Job, Notification
from core.notifications import Subject, registry, telling
from core.notifications.reading import unread_count
from core.notifications.telling import people_to_tell, tell
from core.tests.later import in_parallel
from users.models import Membership
from users.tests.factories import MembershipFactory, OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db
NUMBER = "EC-4827-1936"


@pytest.fixture
def agent(db):
    return make_actor(role=Role.OWNER)


@pytest.fixture
def operator(db):
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture(autouse=True)
def subjects(monkeypatch):
    """Organizations as subjects: the presenter's calls are kept."""
    calls = []

    def present(ids):
        calls.append(set(ids))
        return {pk: Subject(f"Subject {pk}", "/home/") for pk in ids}

    monkeypatch.setitem(registry._presenters, "users.organization", present)
    return calls


def happen(actor, agent, operator, kind="request.moved", **data) -> Event:
    parties = {PartyRole.OWNER: agent.organization, PartyRole.PROVIDER: operator.organization}
    with transaction.atomic():
        return emit(actor, kind, agent.organization, parties, {"number": NUMBER, **data})


def told() -> set[int]:
    return set(Notification.objects.values_list("user_id", flat=True))


def test_the_other_side_is_told_and_not_the_one_that_acted(agent, operator):
    colleague = make_actor(OrganizationKind.PROVIDER, organization=operator.organization)
    tell(happen(operator, agent, operator))
    assert told() == {agent.user_id}
    tell(happen(agent, agent, operator))
    assert told() == {agent.user_id, operator.user_id, colleague.user_id}


def test_a_side_that_the_kind_does_not_name_is_not_told(agent, operator):
    tell(happen(operator, agent, operator, "request.submitted"))
    assert told() == set()


def test_both_sides_are_told_of_what_staff_or_the_portal_did(agent, operator):
    staff = make_staff(StaffScope.ADMIN, operator.organization).through(Via.STAFF)
    tell(happen(staff, agent, operator))
    assert told() == {agent.user_id, operator.user_id}


def test_a_person_in_both_organizations_is_told_once_and_never_of_their_own_act(agent, operator):
    MembershipFactory(user=operator.user, organization=agent.organization, role=Role.MANAGER)
    both = make_actor(role=Role.OWNER, organization=agent.organization)
    MembershipFactory(user=both.user, organization=operator.organization, role=Role.OWNER)
    tell(happen(operator, agent, operator))
    assert told() == {agent.user_id, both.user_id}
    staff = make_staff().through(Via.STAFF)
    tell(happen(staff, agent, operator))
    assert Notification.objects.filter(user=both.user).count() == 2


def test_by_default_owners_and_managers_who_are_active_are_told(agent, operator):
    manager = make_actor(role=Role.MANAGER, organization=agent.organization)
    make_actor(role=Role.MEMBER, organization=agent.organization)
    make_actor(role=Role.VIEWER, organization=agent.organization)
    gone = make_actor(role=Role.OWNER, organization=agent.organization)
    Membership.objects.filter(user=gone.user).update(is_active=False)
    blocked = make_actor(role=Role.OWNER, organization=agent.organization)
    type(blocked.user).objects.filter(pk=blocked.user_id).update(is_active=False)
    tell(happen(operator, agent, operator))
    assert told() == {agent.user_id, manager.user_id}


def test_recipients_of_a_subject_are_those_its_app_names(agent, operator, monkeypatch):
    member = make_actor(role=Role.MEMBER, organization=agent.organization)
    asked = []

    def choose(event, role, organization):
        asked.append((role, organization.pk))
        return [member.user_id]

    monkeypatch.setitem(registry._recipients, "users.organization", choose)
    tell(happen(operator, agent, operator))
    assert told() == {member.user_id}
    assert asked == [(PartyRole.OWNER, agent.organization.pk)]


def test_telling_again_tells_nobody_twice(agent, operator):
    event = happen(operator, agent, operator)
    tell(event)
    before = (Delivery.objects.count(), Job.objects.filter(task__endswith=".deliver").count())
    tell(event)
    assert Notification.objects.count() == 1
    assert before == (1, 1)
    assert (Delivery.objects.count(), Job.objects.filter(task__endswith=".deliver").count()) == (
        1,
        1,
    )


def test_workers_that_tell_at_the_same_moment_tell_once(shared_database):
    agent, operator = make_actor(role=Role.OWNER), make_actor(OrganizationKind.PROVIDER)
    event = happen(operator, agent, operator)

    def tell_or_lose(_number: int) -> None:
        # The loser of a race fails as a whole and is retried by its job.
        try:
            tell(event)
        except DatabaseError:
            tell(event)

    in_parallel(4, tell_or_lose)
    assert Notification.objects.count() == 1
    assert Delivery.objects.count() == 1
    assert Job.objects.filter(task__endswith=".deliver").count() == 1


def test_nothing_leaves_a_sandbox(agent, operator):
    type(agent.organization).objects.filter(pk=agent.organization.pk).update(is_sandbox=True)
    tell(happen(operator, agent, operator))
    assert told() == {agent.user_id}
    assert not Delivery.objects.exists()


def test_who_has_not_confirmed_the_address_is_told_by_the_bell_alone(agent, operator):
    agent.user.emailaddress_set.update(verified=False)
    tell(happen(operator, agent, operator))
    assert told() == {agent.user_id}
    assert not Delivery.objects.exists()


def test_an_event_rings_and_is_mailed_by_jobs(agent, operator, run_jobs, mailoutbox):
    happen(operator, agent, operator, "request.connected")
    run_jobs()
    assert told() == {agent.user_id}
    assert [mail.to for mail in mailoutbox] == [[agent.user.email]]
    assert Delivery.objects.get().state == "SENT"


def test_kinds_that_tell_nobody_have_no_handler(agent, run_jobs):
    with transaction.atomic():
        event = emit(
            agent, "client.created", agent.organization, {PartyRole.OWNER: agent.organization}
        )
    dispatch_events.call(str(event.batch))
    assert not Job.objects.filter(task__endswith="run_handler").exists()


def test_what_an_organization_keeps_to_itself_is_told_within_it(agent):
    """Also by staff who act for it."""
    colleague = make_actor(role=Role.OWNER, organization=agent.organization)
    for via in (Via.WEB, Via.STAFF):
        with transaction.atomic():
            event = emit(
                agent.through(via),
                "note.internal_added",
                agent.organization,
                {PartyRole.OWNER: agent.organization},
                {"note": 1},
            )
        assert set(people_to_tell(event)) == {colleague.user_id}


def test_of_what_the_app_writes_a_letter_itself_the_bell_rings_alone(agent, operator, monkeypatch):
    event = happen(operator, agent, operator)
    declared = events.registry.kind(event.kind)
    monkeypatch.setattr(telling, "kind_named", lambda name: replace(declared, mailed=False))
    tell(event)
    assert told() == {agent.user_id}
    assert not Delivery.objects.exists()


# --- staff as such ------------------------------------------------------------------------------
@pytest.fixture
def staff_event(agent, monkeypatch):
    """A function: an event that is told to these staff, and to nobody of the organization."""

    def make(*user_ids, is_sandbox=False) -> Event:
        choose = lambda event: registry.StaffTold(user_ids, is_sandbox)  # noqa: E731
        monkeypatch.setitem(registry._staff_recipients, "users.organization", choose)
        parties = {PartyRole.OWNER: agent.organization, PartyRole.SUPPORT: None}
        with transaction.atomic():
            data = {"number": NUMBER, "assignee": 1}
            return emit(make_actor(), "ticket.assigned", agent.organization, parties, data)

    return make


def test_staff_are_told_as_such_and_no_organization_is(agent, staff_event):
    staff = make_staff(StaffScope.SUPPORT)
    tell(staff_event(staff.user_id))
    row = Notification.objects.get()
    assert (row.user_id, row.organization_id) == (staff.user_id, None)
    assert Delivery.objects.get().user_id == staff.user_id
    assert unread_count(staff) == 1
    assert unread_count(agent) == 0


def test_of_a_sandbox_staff_hear_by_the_bell_alone(staff_event):
    staff = make_staff(StaffScope.SUPPORT)
    tell(staff_event(staff.user_id, is_sandbox=True))
    assert told() == {staff.user_id}
    assert not Delivery.objects.exists()


def test_nobody_is_told_as_staff_where_the_app_names_nobody(staff_event, monkeypatch):
    event = staff_event(make_staff().user_id)
    monkeypatch.delitem(registry._staff_recipients, "users.organization")
    tell(event)
    assert told() == set()


# --- pages --------------------------------------------------------------------------------------
def test_the_list_shows_own_notifications_of_this_organization(agent, operator, sign_in):
    tell(happen(operator, agent, operator, "request.connected"))
    other = make_actor(role=Role.OWNER)
    elsewhere = MembershipFactory(user=agent.user, role=Role.OWNER).organization
    for number, organization, user in [
        ("EC-0000-0001", other.organization, other.user),
        ("EC-0000-0002", elsewhere, agent.user),
    ]:
        event = happen(operator, agent, operator)
        Event.objects.filter(pk=event.pk).update(data={"number": number})
        Notification.objects.create(
            user=user, organization=organization, event=event, created_at=event.created_at
        )
    Membership.objects.filter(user=agent.user, organization=agent.organization).update(
        used_at=Event.objects.first().created_at
    )
    html = sign_in(agent).get(reverse("notification_list")).content.decode()
    assert NUMBER in html
    assert f"Subject {agent.organization.pk}" in html
    assert "EC-0000" not in html


@pytest.mark.parametrize("page", ["notification_list", "bell"])
def test_queries_do_not_grow_with_rows(
    page, agent, operator, sign_in, subjects, django_assert_max_num_queries
):
    browser = sign_in(agent)
    url = reverse(page)
    browser.get(url)
    counts = []
    for rows in (1, 3):
        for _ in range(rows - Notification.objects.count()):
            tell(happen(operator, agent, operator))
        with django_assert_max_num_queries(12) as queries:
            assert NUMBER in browser.get(url).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_opening_one_marks_it_read_and_goes_to_its_subject(agent, operator, sign_in):
    tell(happen(operator, agent, operator))
    tell(happen(operator, agent, operator))
    first, second = Notification.objects.order_by("pk")
    browser = sign_in(agent)
    answer = browser.get(reverse("notification_open", args=[first.pk]))
    assert (answer.status_code, answer["Location"]) == (302, "/home/")
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.read_at is not None
    assert second.read_at is None


def test_another_persons_notification_does_not_exist(agent, operator, sign_in):
    tell(happen(operator, agent, operator))
    colleague = make_actor(role=Role.OWNER, organization=agent.organization)
    url = reverse("notification_open", args=[Notification.objects.get().pk])
    assert sign_in(colleague).get(url).status_code == 404
    assert Notification.objects.get().read_at is None


def test_who_left_the_organization_reads_nothing_of_it_any_more(agent, operator, sign_in):
    tell(happen(operator, agent, operator))
    MembershipFactory(user=agent.user, role=Role.OWNER)
    Membership.objects.filter(user=agent.user, organization=agent.organization).delete()
    browser = sign_in(agent)
    url = reverse("notification_open", args=[Notification.objects.get().pk])
    assert browser.get(url).status_code == 404
    for page in ("notification_list", "bell"):
        assert NUMBER not in browser.get(reverse(page)).content.decode()


def test_one_for_another_organization_offers_to_switch_and_then_opens(agent, operator, sign_in):
    tell(happen(operator, agent, operator))
    second = MembershipFactory(user=agent.user, role=Role.OWNER).organization
    browser = sign_in(agent)
    browser.post(reverse("organization_switch"), {"organization": second.public_id})
    url = reverse("notification_open", args=[Notification.objects.get().pk])
    answer = browser.get(url)
    assert answer.status_code == 200
    assert agent.organization.name in answer.content.decode()
    assert Notification.objects.get().read_at is None
    switch = {"organization": agent.organization.public_id, "next": url}
    assert browser.post(reverse("organization_switch"), switch)["Location"] == url
    assert browser.get(url)["Location"] == "/home/"


def test_marking_all_read_leaves_what_came_since_and_what_is_others(agent, operator, sign_in):
    colleague = make_actor(role=Role.OWNER, organization=agent.organization)
    for _ in range(3):
        tell(happen(operator, agent, operator))
    _first, second, third = Notification.objects.filter(user=agent.user).order_by("pk")
    browser = sign_in(agent)
    answer = browser.post(reverse("notification_read_all"), {"newest": second.pk})
    assert answer["Location"] == reverse("notification_list")
    unread = Notification.objects.filter(read_at=None)
    assert set(unread.filter(user=agent.user)) == {third}
    assert unread.filter(user=colleague.user).count() == 3


@pytest.mark.parametrize("newest", ["", "nonsense", "-1", "9" * 30])
def test_a_broken_form_is_refused(newest, agent, sign_in):
    answer = sign_in(agent).post(reverse("notification_read_all"), {"newest": newest})
    assert answer.status_code == 400


def test_marking_is_not_done_by_a_link(agent, sign_in):
    assert sign_in(agent).get(reverse("notification_read_all")).status_code == 405


def test_the_bell_counts_the_unread_and_shows_the_newest_seven(agent, operator, sign_in):
    for n in range(9):
        event = happen(operator, agent, operator)
        Event.objects.filter(pk=event.pk).update(data={"number": f"EC-0000-000{n}"})
        tell(Event.objects.get(pk=event.pk))
    html = sign_in(agent).get(reverse("bell")).content.decode()
    assert '<span class="bell-count" aria-hidden="true">9</span>' in html
    shown = [n for n in range(9) if f"EC-0000-000{n}" in html]
    assert shown == [2, 3, 4, 5, 6, 7, 8]


def test_an_unchanged_bell_answers_304_from_session_and_actor_alone(
    agent, operator, sign_in, django_assert_num_queries
):
    browser = sign_in(agent)
    first = browser.get(reverse("bell"))
    with django_assert_num_queries(2):
        again = browser.get(reverse("bell"), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    tell(happen(operator, agent, operator))
    changed = browser.get(reverse("bell"), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert NUMBER in changed.content.decode()


def test_the_bell_changes_when_something_was_read_in_another_tab(agent, operator, sign_in):
    tell(happen(operator, agent, operator))
    browser = sign_in(agent)
    before = browser.get(reverse("bell"))
    browser.get(reverse("notification_open", args=[Notification.objects.get().pk]))
    after = browser.get(reverse("bell"), headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "bell-count" not in after.content.decode()


def test_who_acts_for_no_organization_has_an_empty_bell(sign_in):
    browser = sign_in(make_staff())
    assert browser.get(reverse("bell")).status_code == 200
    assert browser.get(reverse("notification_list")).status_code == 200
    assert OrganizationFactory._meta.model.objects.count() == 0
