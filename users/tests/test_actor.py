"""Who acts: from the session to the actor, at each request anew."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone, translation

from core.choices import OrganizationKind, Role, StaffScope, Via
from core.models import Pulse
from users.acting import CHOSEN, NONE
from users.middleware import ActorMiddleware
from users.models import AccountManagement, Membership
from users.tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    make_actor,
    make_staff,
)

pytestmark = pytest.mark.django_db

PROFILE = "/users/profile/"


def seen(browser, path=PROFILE):
    """The actor and the clock that a page saw."""
    return browser.get(path).wsgi_request


def choose(browser, public_id):
    session = browser.session
    session[CHOSEN] = public_id
    session.save()


def test_person_membership_organization_and_pulse_come_in_one_query(
    sign_in, rf, django_assert_num_queries
):
    actor = make_actor(role=Role.MEMBER)
    Pulse.objects.filter(organization=actor.organization).update(version=7)
    request = rf.get(PROFILE)
    request.session = sign_in(actor).session
    request.session.load()

    def page(request):
        with django_assert_num_queries(0):
            assert request.user == actor.user
            assert request.actor.organization.pulse.version == 7
            assert [row.pk for row in request.organizations] == [actor.organization.pk]
        return request.actor

    middleware = ActorMiddleware(lambda request: middleware.process_view(request, page, (), {}))
    # One for the session's row, one for all the rest.
    with django_assert_num_queries(2):
        middleware(request)
    assert page(request) == actor


def test_a_visitor_without_a_cookie_costs_nothing(rf, django_assert_num_queries):
    from django.contrib.sessions.backends.db import SessionStore

    request = rf.get("/")
    request.session = SessionStore()
    middleware = ActorMiddleware(lambda request: (request.user, request.actor.is_known))
    with django_assert_num_queries(0):
        user, is_known = middleware(request)
    assert isinstance(user, AnonymousUser) or not user.is_authenticated
    assert not is_known


def test_a_stateless_view_loads_no_session_even_with_a_cookie(
    sign_in, rf, django_assert_num_queries
):
    request = rf.get("/")
    request.session = sign_in(make_actor()).session

    def page(request):
        return "fine"

    page.stateless = True
    middleware = ActorMiddleware(lambda request: middleware.process_view(request, page, (), {}))
    with django_assert_num_queries(0):
        middleware(request)


def test_the_organization_used_last_is_acted_for_until_another_is_chosen(sign_in):
    membership = MembershipFactory(role=Role.VIEWER)
    later = MembershipFactory(user=membership.user, used_at=timezone.now(), role=Role.OWNER)
    browser = sign_in(make_actor_of(membership))
    assert seen(browser).actor.organization == later.organization
    choose(browser, membership.organization.public_id)
    actor = seen(browser).actor
    assert (actor.organization, actor.role) == (membership.organization, Role.VIEWER)


def make_actor_of(membership):
    from core.actor import Actor

    return Actor(membership.user, membership.organization, Role(membership.role))


def test_a_revoked_membership_is_gone_at_the_next_request(sign_in):
    kept = MembershipFactory()
    lost = MembershipFactory(user=kept.user)
    browser = sign_in(make_actor_of(lost))
    choose(browser, lost.organization.public_id)
    assert seen(browser).actor.organization == lost.organization
    Membership.objects.filter(pk=lost.pk).update(is_active=False)
    assert seen(browser).actor.organization == kept.organization
    Membership.objects.filter(pk=kept.pk).update(is_active=False)
    actor = seen(browser).actor
    assert (actor.organization, actor.role, actor.is_known) == (None, None, True)


def test_a_changed_role_counts_at_the_next_request(sign_in):
    membership = MembershipFactory(role=Role.OWNER)
    browser = sign_in(make_actor_of(membership))
    Membership.objects.update(role=Role.VIEWER)
    assert seen(browser).actor.role == Role.VIEWER


def test_inactive_people_and_organizations_are_out(sign_in):
    actor = make_actor()
    browser = sign_in(actor)
    actor.organization.is_active = False
    actor.organization.save()
    assert seen(browser).actor.organization is None
    actor.user.is_active = False
    actor.user.save()
    assert browser.get(PROFILE).status_code == 302


def test_a_session_does_not_outlive_the_password(sign_in):
    actor = make_actor()
    browser = sign_in(actor)
    actor.user.set_password("another-good-one")
    actor.user.save()
    assert browser.get(PROFILE).status_code == 302


def test_nobody_chooses_what_is_not_theirs(sign_in):
    actor, foreign = make_actor(), OrganizationFactory()
    browser = sign_in(actor)
    choose(browser, foreign.public_id)
    assert seen(browser).actor.organization == actor.organization


def test_an_administrator_acts_for_any_organization_or_none(sign_in):
    organization = OrganizationFactory(kind=OrganizationKind.PROVIDER)
    browser = sign_in(make_staff(StaffScope.ADMIN))
    actor = seen(browser).actor
    assert (actor.organization, actor.via, actor.is_admin) == (None, Via.STAFF, True)
    choose(browser, organization.public_id)
    actor = seen(browser).actor
    assert (actor.organization, actor.role, actor.via) == (organization, None, Via.STAFF)
    choose(browser, NONE)
    assert seen(browser).actor.organization is None


def test_an_account_manager_acts_for_what_is_assigned_as_long_as_it_is(sign_in):
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    assigned, other = OrganizationFactory(), OrganizationFactory()
    management = AccountManagement.objects.create(
        user=manager.user, organization=assigned, created_at=timezone.now()
    )
    browser = sign_in(manager)
    choose(browser, assigned.public_id)
    actor = seen(browser).actor
    assert (actor.organization, actor.via) == (assigned, Via.STAFF)
    choose(browser, other.public_id)
    assert seen(browser).actor.organization is None
    choose(browser, assigned.public_id)
    management.delete()
    assert seen(browser).actor.organization is None


def test_staff_in_their_own_organization_are_members_like_others(sign_in):
    staff = make_staff(StaffScope.ACCOUNT_MANAGER)
    membership = MembershipFactory(user=staff.user, role=Role.MEMBER)
    actor = seen(sign_in(staff)).actor
    assert (actor.organization, actor.role, actor.via) == (
        membership.organization,
        Role.MEMBER,
        Via.WEB,
    )


def clock_on_the_page(browser, monkeypatch):
    """The time zone and language in which a page is made."""
    from users.views import organizations as views

    found = {}
    original = views.page_of_organizations

    def spy(*args):
        found.update(zone=str(timezone.get_current_timezone()), language=translation.get_language())
        return original(*args)

    monkeypatch.setattr(views, "page_of_organizations", spy)
    browser.get(reverse("organization_choose"))
    return found


@pytest.mark.parametrize(
    ("own", "organizations", "expected"),
    [
        ("Asia/Omsk", "Asia/Irkutsk", "Asia/Omsk"),
        ("", "Asia/Irkutsk", "Asia/Irkutsk"),
        ("", "Europe/Moscow", "Europe/Moscow"),
    ],
)
def test_times_are_the_persons_else_the_organizations(
    sign_in, monkeypatch, own, organizations, expected
):
    user = UserFactory(time_zone=own)
    membership = MembershipFactory(
        user=user, organization=OrganizationFactory(time_zone=organizations)
    )
    browser = sign_in(make_actor_of(membership))
    assert clock_on_the_page(browser, monkeypatch)["zone"] == expected
    assert str(timezone.get_current_timezone()) == "UTC"


def test_the_persons_language_wins_over_the_browsers_wish_not_over_a_pick(sign_in, monkeypatch):
    user = UserFactory(language="en")
    browser = sign_in(make_actor_of(MembershipFactory(user=user)))
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "ru"
    assert clock_on_the_page(browser, monkeypatch)["language"] == "en"
    browser.cookies["django_language"] = "ru"
    assert clock_on_the_page(browser, monkeypatch)["language"] == "ru"


def test_the_switch_keeps_the_choice_and_remembers_it(sign_in):
    first = MembershipFactory(used_at=timezone.now() - timedelta(days=1))
    second = MembershipFactory(user=first.user)
    browser = sign_in(make_actor_of(first))
    response = switch(browser, second.organization.public_id)
    assert response.url == reverse("home")
    assert seen(browser).actor.organization == second.organization
    assert seen(sign_in(make_actor_of(first))).actor.organization == second.organization


def switch(browser, public_id, next_url=""):
    return browser.post(
        reverse("organization_switch"), {"organization": public_id, "next": next_url}
    )


@pytest.mark.parametrize(
    ("came_from", "expected"),
    [
        ("/users/profile/?tab=1", "/users/profile/"),
        ("/users/confirm-email/abc/", "/home/"),
        ("/no/such/page/", "/home/"),
        ("https://evil.example/users/profile/", "/home/"),
        ("//evil.example/users/profile/", "/home/"),
        ("/\\evil.example", "/home/"),
        ("/admin/", "/home/"),
        ("", "/home/"),
    ],
)
def test_the_switch_stays_on_pages_that_any_organization_has(sign_in, came_from, expected):
    membership = MembershipFactory()
    browser = sign_in(make_actor_of(membership))
    assert switch(browser, membership.organization.public_id, came_from).url == expected


@pytest.mark.parametrize("wrong", ["", NONE, "ZZZZZZZZZZZZ"])
def test_a_member_cannot_switch_to_nothing_or_to_others(sign_in, wrong):
    foreign = OrganizationFactory()
    browser = sign_in(make_actor())
    assert switch(browser, wrong).status_code == 404
    assert switch(browser, foreign.public_id).status_code == 404


def test_staff_find_organizations_in_any_letter_case_at_the_same_price(
    sign_in, django_assert_max_num_queries
):
    for name in ("Ромашка", "РОМАШКА плюс", "Ландыш"):
        OrganizationFactory(name=name)
    browser = sign_in(make_staff(StaffScope.ADMIN))
    with django_assert_max_num_queries(12):
        response = browser.get(reverse("organization_choose"), {"q": "ромаш"})
    assert [row.name for row in response.context["page"]] == ["Ромашка", "РОМАШКА плюс"]


def queries_of_the_list(sign_in, count):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    user = UserFactory()
    rows = [MembershipFactory(user=user) for _ in range(count)]
    browser = sign_in(make_actor_of(rows[0]))
    browser.get(reverse("organization_choose"))  # fills the caches of the frame
    with CaptureQueriesContext(connection) as queries:
        response = browser.get(reverse("organization_choose"))
    assert len(response.context["page"]) == count
    return len(queries)


def test_the_list_of_organizations_costs_the_same_with_one_and_three(sign_in):
    one = queries_of_the_list(sign_in, 1)
    assert one == queries_of_the_list(sign_in, 3)
    assert one <= 12


def test_the_profile_is_saved_and_nothing_else(sign_in):
    actor = make_actor()
    browser = sign_in(actor)
    response = browser.post(
        PROFILE,
        {
            "full_name": " Пётр ",
            "time_zone": "Asia/Omsk",
            "language": "en",
            "theme": "dark",
            "email": "other@example.com",
            "is_staff": "on",
            "is_superuser": "on",
            "staff_scope": "ADMIN",
            "public_id": "AAAAAAAAAAAA",
        },
    )
    assert response.url == PROFILE
    user = actor.user
    before = {"email": user.email, "public_id": user.public_id}
    user.refresh_from_db()
    saved = (user.full_name, user.time_zone, user.language, user.theme)
    assert saved == ("Пётр", "Asia/Omsk", "en", "dark")
    assert before == {"email": user.email, "public_id": user.public_id}
    assert not (user.is_staff or user.is_superuser or user.staff_scope)
    assert response.cookies["django_language"].value == "en"


@pytest.mark.parametrize(
    ("field", "value"),
    [("full_name", ""), ("time_zone", "Mars/Base"), ("language", "xx"), ("full_name", "x" * 151)],
)
def test_a_wrong_profile_is_refused_beside_its_field(sign_in, field, value):
    data = {"full_name": "Пётр", "time_zone": "", "language": "ru", "theme": "auto"}
    data[field] = value
    response = sign_in(make_actor()).post(PROFILE, data)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_anonymous_pages_still_open_without_any_cookie():
    assert Browser().get(reverse("account_login")).status_code == 200
