"""Staff act in a customer's cabinet by the customer's leave alone, and it shows."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, PartyRole, Role, StaffScope, Via
from core.errors import DomainError, Forbidden, NotVisible
from core.events import emit
from core.models import Event
from core.tests.route_samples import all_routes
from users.acting import ACCESS, CHOSEN, actor_for
from users.models import AccountManagement, Membership, Organization, SupportAccess
from users.services import members, support_access
from users.tests.factories import OrganizationFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PAGE = "/organization/support-access/"
LIST = "/staff/organizations/"
HOUR = timedelta(hours=1)


@pytest.fixture
def owner():
    return make_actor(role=Role.OWNER)


@pytest.fixture
def leave(owner):
    return support_access.grant_access(owner, lasts=HOUR, reason="Не видно заявку")


def inside(sign_in, staff, leave):
    """The browser of a staff member who has entered."""
    browser = sign_in(staff)
    answer = browser.post(reverse("support_enter", args=[leave.public_id]))
    assert answer.url == reverse("home")
    return browser


def kinds():
    wanted = Event.objects.filter(kind__startswith="support.").order_by("pk")
    return list(wanted.values_list("kind", "via"))


# --- giving leave -----------------------------------------------------------------------------
@pytest.mark.parametrize(("lasts", "hours"), [("hour", 1), ("day", 24), ("week", 168)])
def test_a_manager_lets_support_in_for_a_time(sign_in, lasts, hours):
    manager = make_actor(role=Role.MANAGER)
    browser = sign_in(manager)
    answer = browser.post(PAGE, {"lasts": lasts, "reason": "Не видно заявку"})
    assert answer.url == PAGE
    row = SupportAccess.objects.get()
    assert (row.organization, row.granted_by) == (manager.organization, manager.user)
    assert row.expires_at - row.granted_at == timedelta(hours=hours)
    page = browser.get(PAGE).content.decode()
    assert "Не видно заявку" in page
    assert str(manager.user) in page
    assert kinds() == [("support.let_in", Via.WEB)]


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("lasts", {"lasts": "year", "reason": "Помощь"}),
        ("lasts", {"reason": "Помощь"}),
        ("reason", {"lasts": "hour", "reason": " "}),
        ("reason", {"lasts": "hour", "reason": "x" * 301}),
    ],
)
def test_a_wrong_form_says_so_beside_the_field(sign_in, owner, field, data):
    response = sign_in(owner).post(PAGE, data)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not SupportAccess.objects.exists()


def test_a_form_sent_twice_gives_one_leave(sign_in, owner):
    browser = sign_in(owner)
    statuses = [
        browser.post(PAGE, {"lasts": "hour", "reason": "Помощь"}).status_code for _ in range(2)
    ]
    assert statuses == [302, 422]
    assert SupportAccess.objects.count() == 1


@pytest.mark.parametrize("lasts", [timedelta(), timedelta(days=7, seconds=1), -HOUR])
def test_no_leave_is_longer_than_seven_days(owner, lasts):
    with pytest.raises(DomainError):
        support_access.grant_access(owner, lasts=lasts, reason="")


def test_members_and_staff_give_no_leave(sign_in, owner):
    member = make_actor(role=Role.MEMBER, organization=owner.organization)
    assert sign_in(member).post(PAGE, {"lasts": "hour", "reason": "x"}).status_code == 403
    administrator = sign_in(make_staff())
    session = administrator.session
    session[CHOSEN] = owner.organization.public_id
    session.save()
    assert administrator.post(PAGE, {"lasts": "hour", "reason": "x"}).status_code == 403
    assert not SupportAccess.objects.exists()


# --- using it ---------------------------------------------------------------------------------
def test_support_enters_as_a_manager_and_it_shows_on_every_page(sign_in, owner, leave):
    staff = make_staff(StaffScope.SUPPORT)
    browser = inside(sign_in, staff, leave)
    for name in ("home", "request_list", "client_list"):
        page = browser.get(reverse(name))
        assert page.status_code == 200
        assert owner.organization.name in page.content.decode()
        assert reverse("support_leave") in page.content.decode()
    actor = page.wsgi_request.actor
    assert (actor.user, actor.organization, actor.role) == (
        staff.user,
        owner.organization,
        Role.MANAGER,
    )
    assert (actor.via, actor.staff, actor.leave) == (Via.STAFF, None, leave)
    browser.post(reverse("support_leave"))
    assert browser.get(LIST).status_code == 200
    assert ACCESS not in browser.session
    assert kinds() == [
        ("support.let_in", Via.WEB),
        ("support.entered", Via.STAFF),
        ("support.left", Via.STAFF),
    ]


@pytest.mark.parametrize(
    ("given", "acts_as"),
    [
        (Role.OWNER, Role.MANAGER),
        (Role.MANAGER, Role.MANAGER),
        (Role.MEMBER, Role.MEMBER),
        (Role.VIEWER, Role.VIEWER),
    ],
)
def test_the_guest_may_never_more_than_who_gave_the_leave(owner, leave, given, acts_as):
    Membership.objects.filter(user=owner.user).update(role=given)
    guest = actor_for(make_staff(StaffScope.SUPPORT).user, access=leave.public_id)
    assert guest.role == acts_as


def test_who_gave_it_and_left_has_taken_it_along(owner, leave):
    make_actor(role=Role.OWNER, organization=owner.organization)
    members.remove_member(owner, Membership.objects.get(user=owner.user))
    assert actor_for(make_staff(StaffScope.SUPPORT).user, access=leave.public_id).leave is None


def test_acts_are_events_of_staff_and_stand_on_the_leaves_page(sign_in, owner, leave):
    staff = make_staff(StaffScope.SUPPORT)
    browser = inside(sign_in, staff, leave)
    actor = browser.get("/").wsgi_request.actor
    with transaction.atomic():
        emit(actor, "client.created", owner.organization, {PartyRole.OWNER: owner.organization})
    event = Event.objects.get(kind="client.created")
    assert (event.via, event.actor_user, event.actor_organization) == (
        Via.STAFF,
        staff.user,
        owner.organization,
    )
    page = sign_in(owner).get(reverse("support_access_detail", args=[leave.public_id]))
    shown = [(entry.title, entry.who) for entry in page.context["entries"]]
    assert [who for _title, who in shown] == [str(staff.user)] * 2
    assert str(staff.user) in sign_in(owner).get(PAGE).content.decode()


def test_expiry_holds_at_the_next_request(sign_in, owner, leave):
    browser = inside(sign_in, make_staff(StaffScope.SUPPORT), leave)
    assert browser.get(reverse("client_list")).status_code == 200
    SupportAccess.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    ended = browser.get(reverse("client_list"))
    assert ended.status_code == 404
    assert len(list(ended.context["messages"])) == 1  # it says so, once
    assert ACCESS not in browser.session
    home = browser.get(reverse("home"))
    assert home.wsgi_request.actor.organization is None
    assert list(home.context["messages"]) == []


def test_revocation_holds_at_the_next_request_and_twice_is_once(sign_in, owner, leave):
    browser = inside(sign_in, make_staff(StaffScope.SUPPORT), leave)
    customer = sign_in(owner)
    end = reverse("support_access_revoke", args=[leave.public_id])
    assert [customer.post(end).status_code for _ in range(2)] == [302, 302]
    assert browser.get(reverse("client_list")).status_code == 404
    assert browser.post(reverse("support_enter", args=[leave.public_id])).status_code == 404
    assert [kind for kind, _via in kinds()].count("support.shut_out") == 1


def test_a_person_who_is_staff_no_more_is_out(sign_in, owner, leave):
    staff = make_staff(StaffScope.SUPPORT)
    browser = inside(sign_in, staff, leave)
    staff.user.is_staff, staff.user.staff_scope = False, ""
    staff.user.save()
    assert browser.get(reverse("client_list")).status_code == 404


def test_account_managers_enter_what_is_in_their_charge_alone(sign_in, owner, leave):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    enter = reverse("support_enter", args=[leave.public_id])
    assert sign_in(manager).post(enter).status_code == 404
    AccountManagement.objects.create(
        user=manager.user, organization=owner.organization, created_at=clock.now()
    )
    browser = inside(sign_in, manager, leave)
    AccountManagement.objects.all().delete()
    assert browser.get(reverse("client_list")).status_code == 404


@pytest.mark.parametrize("scope", [StaffScope.CONTENT, None])
def test_nobody_else_enters(sign_in, leave, scope):
    actor = make_staff(scope) if scope else make_actor(role=Role.OWNER)
    enter = reverse("support_enter", args=[leave.public_id])
    assert sign_in(actor).post(enter).status_code == 404
    browser = sign_in(actor)
    session = browser.session
    session[ACCESS] = leave.public_id
    session.save()
    assert browser.get(reverse("home")).wsgi_request.actor.leave is None


def test_a_leave_is_never_nested(sign_in, leave):
    other = make_actor(role=Role.OWNER, kind=OrganizationKind.PROVIDER)
    second = support_access.grant_access(other, lasts=HOUR, reason="")
    staff = make_staff()
    browser = inside(sign_in, staff, leave)
    assert browser.post(reverse("support_enter", args=[second.public_id])).status_code == 404
    guest = actor_for(staff.user, access=leave.public_id)
    with pytest.raises(Forbidden):
        support_access.enter(guest, second.public_id)
    assert browser.get(reverse("home")).wsgi_request.actor.leave == leave


def test_entering_takes_the_second_factor(sign_in, settings, leave):
    settings.STAFF_MFA_REQUIRED = True
    answer = sign_in(make_staff()).post(reverse("support_enter", args=[leave.public_id]))
    assert answer.url.startswith(reverse("mfa_activate_totp"))
    assert ("support.entered", Via.STAFF) not in kinds()


def test_leaving_twice_and_a_leave_that_is_not_there(sign_in, leave):
    browser = inside(sign_in, make_staff(), leave)
    for _ in range(2):
        assert browser.post(reverse("support_leave")).status_code == 302
    with pytest.raises(Forbidden):
        support_access.leave(make_staff())
    with pytest.raises(NotVisible):
        support_access.enter(make_staff(), "NOSUCHLEAVE2")


def test_another_organizations_leave_is_neither_seen_nor_ended(sign_in, leave):
    stranger = sign_in(make_actor(role=Role.OWNER))
    detail = reverse("support_access_detail", args=[leave.public_id])
    assert stranger.get(detail).status_code == 404
    end = reverse("support_access_revoke", args=[leave.public_id])
    assert stranger.post(end).status_code == 404
    leave.refresh_from_db()
    assert leave.revoked_at is None


# --- what stays closed ------------------------------------------------------------------------
def own_affairs():
    """Pages of a person, and of people's rights: by their policy."""
    closed = [route for route in all_routes() if route.policy and not route.policy.guests]
    return [route for route in closed if not route.arguments]


def test_own_pages_are_closed_by_default():
    names = {route.name for route in own_affairs()}
    assert {
        "profile",
        "account_change_password",
        "account_email",
        "mfa_index",
        "mfa_activate_totp",
        "organization_switch",
        "support_access",
        "usersessions_list",
    } <= names


def test_a_guest_opens_and_changes_nothing_personal(sign_in, leave):
    browser = inside(sign_in, make_staff(), leave)
    leave_kind = leave.organization.kind
    for route in own_affairs():
        url = reverse(route.name)
        answers = {browser.get(url).status_code, browser.post(url).status_code}
        # Of other kinds of organization: there is no such page at all.
        refused = 403 if route.policy.kinds is None or leave_kind in route.policy.kinds else 404
        assert answers == {refused}, route.name
    assert browser.get("/admin/").status_code == 404
    assert browser.get(LIST).status_code == 404


def test_a_guest_changes_nobodys_rights(owner, leave):
    guest = actor_for(make_staff().user, access=leave.public_id)
    colleague = make_actor(role=Role.MEMBER, organization=owner.organization)
    membership = Membership.objects.get(user=colleague.user)
    for act in (
        lambda: members.add_member(guest, owner.organization, make_staff().user, Role.OWNER),
        lambda: members.change_role(guest, membership, Role.OWNER),
        lambda: members.remove_member(guest, membership),
        lambda: support_access.grant_access(guest, lasts=HOUR, reason=""),
        lambda: support_access.revoke_access(guest, leave.public_id),
    ):
        with pytest.raises(Forbidden):
            act()
    membership.refresh_from_db()
    assert (membership.role, membership.is_active) == (Role.MEMBER, True)


def test_a_guest_sees_the_organization_that_lets_it_in_and_no_other(owner, leave):
    OrganizationFactory()
    guest = actor_for(make_staff().user, access=leave.public_id)
    assert list(Organization.objects.visible_to(guest)) == [owner.organization]


def test_the_page_costs_the_same_with_one_leave_and_three(sign_in, owner, leave):
    staff = make_staff()

    def use(row):
        support_access.enter(staff, row.public_id)
        support_access.revoke_access(owner, row.public_id)

    use(leave)
    browser = sign_in(owner)
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        browser.get(PAGE)
    for _ in range(2):
        use(support_access.grant_access(owner, lasts=HOUR, reason=""))
    with CaptureQueriesContext(connection) as three:
        page = browser.get(PAGE)
    assert len(page.context["lines"]) == 3
    assert len(one) == len(three)
