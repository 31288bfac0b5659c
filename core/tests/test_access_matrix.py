"""Every URL of the site × every kind of actor, built from the URL resolver.

A route without a policy, a name or (where it has arguments) a sample fails: nothing is opened by
forgetting. Who may see which row is asked by the swapped-tenant test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from core.actor import ANONYMOUS, Actor
from core.choices import OrganizationKind, Role, StaffScope
from core.tests.route_samples import (
    ADMIN_SAMPLES,
    SAMPLES,
    Route,
    World,
    all_routes,
    load_samples,
)
from core.views import errors
from users.acting import CHOSEN
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, make_actor, make_staff
from users.tests.sessions import prove

load_samples()
ROUTES = all_routes()
OPENED = {200, 204, 301, 302, 304, 400, 405, 409, 422}
SIGN_IN = "/users/login/"
# Pages of something that need not be there: a second factor, what a form or a query should name.
MAY_BE_ABSENT = {
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "organization_switch",
    "request_new",
}
# Says 503 where no worker runs, as in tests.
MAY_BE_UNREADY = {"readyz"}
# One of each sort is enough for the many pages of Django admin.
ADMIN_VISITORS = {
    "anonymous",
    "AGENCY OWNER",
    "support",
    "content editor",
    "account manager",
    "administrator",
}


def route_id(route: Route) -> str:
    return route.name or route.path


class Cast:
    """The world, its people, and people of the same kinds from elsewhere."""

    def __init__(self) -> None:
        self.world = World({kind: OrganizationFactory(kind=kind) for kind in OrganizationKind})
        self.people = self._members(self.world.organizations) | self._staff()
        self.world.people = self.people
        others = {kind: OrganizationFactory(kind=kind) for kind in OrganizationKind}
        self.strangers = self._members(others)
        self.kwargs = {route.name: self._kwargs(route) for route in ROUTES if _is_known(route)}
        everybody = [*self.people.values(), *self.strangers.values()]
        self.cookies = {actor.user.pk: _sign_in(actor) for actor in everybody if actor.user}

    def _members(self, organizations: dict[OrganizationKind, Any]) -> dict[str, Actor]:
        members = {
            f"{organization.kind} {role}": make_actor(role=role, organization=organization)
            for organization in organizations.values()
            if organization.kind in {OrganizationKind.AGENCY, OrganizationKind.PROVIDER}
            for role in Role
        }
        return members | {
            kind.value: make_actor(role=Role.OWNER, organization=organizations[kind])
            for kind in (
                OrganizationKind.BUILDER,
                OrganizationKind.COMPANY,
                OrganizationKind.PERSON,
            )
        }

    def _staff(self) -> dict[str, Actor]:
        manager = make_staff(StaffScope.ACCOUNT_MANAGER, self.world.agency)
        AccountManagement.objects.create(
            user=manager.user,
            organization=self.world.agency,
            created_at=self.world.agency.created_at,
        )
        return {
            "anonymous": ANONYMOUS,
            "support": make_staff(StaffScope.SUPPORT),
            "content editor": make_staff(StaffScope.CONTENT),
            "account manager": manager,
            "administrator": make_staff(StaffScope.ADMIN),
        }

    def _kwargs(self, route: Route) -> dict[str, Any]:
        if route.is_admin:
            return {name: ADMIN_SAMPLES[name] for name in route.arguments}
        return SAMPLES[route.name].kwargs(self.world) if route.arguments else {}

    def visitors(self, route: Route) -> dict[str, Actor]:
        wanted = ADMIN_VISITORS if route.is_admin else set(self.people)
        return {name: actor for name, actor in self.people.items() if name in wanted}

    def browser_of(self, actor: Actor) -> Browser:
        """A fresh browser in the actor's session, which outlives what one test rolls back."""
        browser = Browser(raise_request_exception=False)
        if actor.user is not None:
            browser.cookies.load(self.cookies[actor.user.pk])
        return browser

    def url(self, route: Route) -> str:
        return reverse(route.name, kwargs=self.kwargs[route.name])


def _is_known(route: Route) -> bool:
    """Whether the route can be opened at all; what cannot is found by the tests of declarations."""
    if not route.name or route.policy is None:
        return False
    return not route.arguments or route.is_admin or route.name in SAMPLES


def _is_somebodys(route: Route) -> bool:
    """Whether the sample of its arguments is a row that others must not see."""
    named = _is_known(route) and route.arguments and not route.is_admin
    return bool(named) and not SAMPLES[route.name].shared


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """Made once for the module, and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic(), drawn_once():
        yield Cast()
        transaction.set_rollback(True)


@contextmanager
def drawn_once() -> Iterator[None]:
    """Refusals of a kind are drawn for every person, and at every address, and no more than that.

    The same page drawn for everybody at every address was an eighth of these tests.
    """
    drawn: set[tuple[int, Any]] = set()
    error_page = errors.error_page

    def draw(request: Any, status: int, message: str = "") -> HttpResponse:
        seen = {(status, request.path), (status, request.actor.user)}
        if seen <= drawn:
            return HttpResponse("drawn before", status=status)
        drawn.update(seen)
        return error_page(request, status, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "error_page", draw)
        yield


def _sign_in(actor: Actor) -> dict[str, str]:
    """The cookies of a session in which the actor acts for its organization."""
    browser = Browser()
    browser.force_login(actor.user)
    # Who has just given their password meets the rows behind it, and not that question; an hour
    # ahead, because the tests of all routes take longer than it is good for.
    prove(browser, actor.user, seconds_ago=-3600)
    if actor.is_staff and actor.organization:
        session = browser.session
        session[CHOSEN] = actor.organization.public_id
        session.save()
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def status_for(cast: Cast, route: Route, actor: Actor, method: str = "get") -> int:
    response = getattr(cast.browser_of(actor), method)(cast.url(route))
    read_to_the_end(response)
    return response.status_code


def read_to_the_end(response: Any) -> None:
    """Closes a streamed file as the test client does: without closing the connection behind it."""
    if response.streaming:
        b"".join(response.streaming_content)


def judge(route: Route, actor: Actor, response: Any) -> str:
    """What is wrong with this answer; "" when it is what the policy says."""
    policy, status = route.policy, response.status_code
    assert policy is not None
    if status >= 500 and not (route.name in MAY_BE_UNREADY and status == 503):
        return f"failed with {status}"
    if policy.debug_only:
        return "" if status == 404 else f"{status} without DEBUG"
    if route.is_admin:
        return _judge_admin(actor, status)
    if policy.public:
        is_fine = status in OPENED | {404} or route.name in MAY_BE_UNREADY
        return "" if is_fine else f"{status} on a public page"
    if not actor.is_known:
        is_asked = status == 302 and response["Location"].startswith(SIGN_IN)
        return "" if is_asked else f"{status} without sign-in"
    if not policy.knows(actor):
        return "" if status == 404 else f"{status} for a kind that has no such page"
    if not policy.permits(actor):
        return "" if status == 403 else f"{status} below the role"
    if actor.is_admin and status == 403:
        return ""  # what only a member can do: an administrator has no portfolio to file from
    if route.arguments or route.name in MAY_BE_ABSENT:
        return "" if status in OPENED | {403, 404} else f"{status} for those let in"
    return "" if status in OPENED else f"{status} for those let in"


def _judge_admin(actor: Actor, status: int) -> str:
    if not actor.is_staff:
        return "" if status == 404 else f"the admin answers {status} to others than staff"
    # 403: what nobody does by hand, such as adding a consent or deleting a person.
    return "" if status in OPENED | {403, 404} else f"{status} for staff"


def test_every_route_has_a_name_and_a_policy():
    assert [route.path for route in ROUTES if not route.name and not route.is_admin] == []
    assert [route.path for route in ROUTES if route.policy is None] == []


def test_every_route_with_arguments_has_a_sample():
    named = [route for route in ROUTES if route.arguments and not route.is_admin]
    assert [route.name for route in named if route.name not in SAMPLES] == []


def test_no_sample_outlives_its_route():
    assert set(SAMPLES) - {route.name for route in ROUTES} == set()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", [r for r in ROUTES if _is_known(r)], ids=route_id)
def test_answers_are_what_the_policy_says(route: Route, method: str, cast: Cast, db: None):
    wrong, statuses = {}, {}
    for name, actor in cast.visitors(route).items():
        # An empty form changes nothing, or is refused; each begins with the world untouched.
        with transaction.atomic():
            response = getattr(cast.browser_of(actor), method)(cast.url(route))
            read_to_the_end(response)
            problem = judge(route, actor, response)
            transaction.set_rollback(True)
        if actor.is_known:
            statuses[name] = response.status_code
        if problem:
            wrong[name] = problem
    assert wrong == {}
    # Else this would prove nothing: a sample that does not exist is 404 for all.
    if method == "get" and _is_somebodys(route):
        assert set(statuses.values()) & OPENED, statuses


@pytest.mark.parametrize("route", [r for r in ROUTES if _is_somebodys(r)], ids=route_id)
def test_what_is_another_tenants_does_not_exist(route: Route, cast: Cast, db: None):
    assert route.policy is not None
    shown = {}
    for name, actor in cast.strangers.items():
        if route.policy.knows(actor) and not route.policy.permits(actor):
            continue
        for method in ("get", "post"):
            with transaction.atomic():
                status = status_for(cast, route, actor, method)
                transaction.set_rollback(True)
            # A page for the other method alone says 405 to everybody, before it looks for the row.
            if status not in {404, 405}:
                shown[f"{name} {method}"] = status
    assert shown == {}
