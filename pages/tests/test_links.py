"""No dead link anywhere: the site is walked as a visitor and as each kind of actor."""

import pytest
from django.urls import reverse

from core.choices import OrganizationKind, Role, StaffScope
from locations.tests.factories import BuildingCoverageFactory
from pages.starter import SLUGS
from pages.tests.crawler import Crawl
from subscriptions.choices import RequestState
from subscriptions.services.clients import create_client
from subscriptions.tests.factories import PlanFactory, RequestFactory, request_in
from users.models import AccountManagement
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

PUBLIC_PAGES = ["/", *(f"/{slug}/" for slug in SLUGS), "/sitemap.xml", "/robots.txt"]


def lively(kind: OrganizationKind, role: Role = Role.OWNER):
    """An actor whose organization has something in every list and state."""
    actor = make_actor(kind, role)
    provider = (
        actor.organization
        if kind == OrganizationKind.PROVIDER
        else OrganizationFactory(kind=OrganizationKind.PROVIDER)
    )
    plan = PlanFactory(provider=provider)
    for state in RequestState:
        request_in(state, plan=plan, **_filed_by(actor))
    BuildingCoverageFactory(provider=provider, building=RequestFactory(plan=plan).building)
    if kind in {OrganizationKind.AGENCY, OrganizationKind.BUILDER}:
        owner = make_actor(organization=actor.organization, role=Role.OWNER)
        create_client(owner, name="Иванова Анна", phone="+79123456789", kind="PERSON")
    return actor


def _filed_by(actor) -> dict:
    if actor.kind == OrganizationKind.PROVIDER:
        return {}
    fields = {"owner": actor.organization, "created_by": actor.user}
    if actor.kind in {OrganizationKind.COMPANY, OrganizationKind.PERSON}:
        fields |= {"holder": actor.organization, "client": None}
    return fields


def check(browser, *starts) -> Crawl:
    walked = Crawl(browser).follow(*starts)
    assert walked.dead == []
    return walked


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_visitor_meets_no_dead_link(client, language):
    client.cookies["django_language"] = language
    walked = check(client, *PUBLIC_PAGES)
    assert len(walked.opened) > len(PUBLIC_PAGES)


@pytest.mark.parametrize("kind", list(OrganizationKind))
def test_a_member_meets_no_dead_link(sign_in, kind):
    walked = check(sign_in(lively(kind)), reverse("home"), *PUBLIC_PAGES)
    assert any(url.startswith("/requests/EC-") for url in walked.opened)


def test_a_viewer_meets_no_dead_link(sign_in):
    check(sign_in(lively(OrganizationKind.AGENCY, Role.VIEWER)), reverse("home"))
    check(sign_in(lively(OrganizationKind.PROVIDER, Role.VIEWER)), reverse("home"))


@pytest.mark.parametrize("kind", list(OrganizationKind))
def test_a_new_organization_meets_no_dead_link(sign_in, kind):
    check(sign_in(make_actor(kind, Role.OWNER)), reverse("home"))


@pytest.mark.parametrize("scope", list(StaffScope))
def test_staff_meet_no_dead_link(sign_in, scope):
    agency = lively(OrganizationKind.AGENCY).organization
    staff = make_staff(scope)
    if scope == StaffScope.ACCOUNT_MANAGER:
        AccountManagement.objects.create(
            user=staff.user, organization=agency, created_at=agency.created_at
        )
    OrganizationFactory(kind=OrganizationKind.BUILDER, verified_at=None)
    check(sign_in(staff), reverse("home"))


def test_someone_without_an_organization_meets_no_dead_link(client):
    client.force_login(UserFactory(), backend="users.backends.AuthenticationBackend")
    check(client, reverse("home"))
