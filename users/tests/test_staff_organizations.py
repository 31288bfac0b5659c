"""The account manager's own page: whose figures, in what order, and where they lead."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import attention, clock
from core.attention import INACTIVE, recount, recount_attention
from core.choices import OrganizationKind, PartyRole, Role, StaffScope
from core.events import emit
from core.models import Attention, Event, Pulse
from users.acting import CHOSEN
from users.choices import VerificationState
from users.models import AccountManagement, Verification
from users.services import support_access
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db

LIST = "/staff/organizations/"


@pytest.fixture
def manager():
    return make_staff(StaffScope.ACCOUNT_MANAGER)


@pytest.fixture
def figures(monkeypatch):
    """Made-up figures by organization id, instead of those of all apps."""
    counts = {"late": {}, "asked": {}}
    monkeypatch.setattr(attention, "_figures", {})
    for order, (name, weight) in enumerate({"late": 100, "asked": 10}.items()):
        attention.attention(
            name, name.title(), weight=weight, order=order, page="home", query="x=1"
        )(
            lambda organizations, now, name=name: {
                pk: counts[name].get(pk, 0) for some in organizations.values() for pk in some
            }
        )
    return counts


def assign(manager, *organizations):
    for organization in organizations:
        AccountManagement.objects.create(
            user=manager.user, organization=organization, created_at=clock.now()
        )


def names(response):
    return [line.organization.name for line in response.context["lines"]]


# --- counting ---------------------------------------------------------------------------------
def test_what_is_late_outranks_what_is_asked(figures):
    late, asked, quiet = (OrganizationFactory() for _ in range(3))
    figures["late"] |= {late.pk: 1}
    figures["asked"] |= {asked.pk: 3, late.pk: 0}
    assert recount_attention.call() == 3
    rows = {row.organization_id: (row.figures, row.urgency) for row in Attention.objects.all()}
    assert rows == {
        late.pk: ({"late": 1}, 100),
        asked.pk: ({"asked": 3}, 30),
        quiet.pk: ({}, 0),
    }


def test_only_what_changed_is_counted_again_and_all_of_it_after_an_hour(figures):
    changed, same = OrganizationFactory(), OrganizationFactory()
    assert recount_attention.call() == 2
    assert recount_attention.call() == 0
    Pulse.objects.filter(organization=changed).update(version=7)
    figures["late"] |= {changed.pk: 2, same.pk: 5}
    assert recount_attention.call() == 1
    assert Attention.objects.get(pk=changed.pk).figures == {"late": 2}
    assert Attention.objects.get(pk=same.pk).figures == {}
    with clock.set_to(clock.now() + timedelta(hours=1, minutes=1)):
        assert recount_attention.call() == 2
    assert Attention.objects.get(pk=same.pk).figures == {"late": 5}


def test_a_figure_counts_no_further_than_it_is_shown(figures):
    organization = OrganizationFactory()
    figures["late"] |= {organization.pk: 5_000}
    recount([organization.pk])
    assert Attention.objects.get().figures == {"late": attention.MOST}


def test_the_last_activity_is_the_newest_event_or_the_registration(figures):
    now = clock.now()
    busy = OrganizationFactory(created_at=now - 2 * INACTIVE)
    idle = OrganizationFactory(created_at=now - 2 * INACTIVE)
    actor = make_actor(role=Role.OWNER, organization=busy)
    with transaction.atomic():
        emit(actor, "client.created", busy, {PartyRole.OWNER: busy})
    recount_attention.call()
    rows = Attention.objects.in_bulk()
    assert rows[busy.pk].active_at == Event.objects.get().created_at
    assert (rows[idle.pk].active_at, rows[idle.pk].urgency) == (idle.created_at, 1)
    assert rows[busy.pk].urgency == 0


def test_a_verification_that_waits_is_counted():
    organization = OrganizationFactory(verified_at=None)
    for state in (VerificationState.OPEN, VerificationState.REFUSED):
        Verification.objects.create(
            organization=organization,
            applicant=UserFactory(),
            state=state,
            submitted_at=clock.now(),
        )
    recount_attention.call()
    assert Attention.objects.get().figures == {"verification": 1}


# --- the page ---------------------------------------------------------------------------------
def test_a_manager_sees_theirs_alone_the_most_urgent_first(sign_in, manager, figures):
    calm, late, foreign = (OrganizationFactory(name=name) for name in ("Астра", "Роза", "Мак"))
    assign(manager, calm, late)
    figures["late"] |= {late.pk: 1, foreign.pk: 9}
    recount_attention.call()
    response = sign_in(manager).get(LIST)
    assert names(response) == ["Роза", "Астра"]
    assert "Мак" not in response.content.decode()
    assert names(sign_in(make_staff()).get(LIST)) == ["Мак", "Роза", "Астра"]


def test_support_sees_who_lets_it_in_and_no_figures(sign_in, figures):
    open_, closed = make_actor(role=Role.OWNER), make_actor(role=Role.OWNER)
    figures["late"] |= {open_.organization.pk: 4321}
    leave = support_access.grant_access(open_, lasts=timedelta(hours=1), reason="")
    recount_attention.call()
    response = sign_in(make_staff(StaffScope.SUPPORT)).get(LIST)
    assert names(response) == [open_.organization.name]
    assert closed.organization.name not in response.content.decode()
    assert reverse("support_enter", args=[leave.public_id]) in response.content.decode()
    assert response.context["lines"][0].figures == []


@pytest.mark.parametrize("kind", ["member", "editor", "anonymous"])
def test_nobody_else_has_the_page(sign_in, client, kind):
    if kind == "anonymous":
        assert client.get(LIST).url.startswith("/users/login/")
        return
    actor = make_actor(role=Role.OWNER) if kind == "member" else make_staff(StaffScope.CONTENT)
    assert sign_in(actor).get(LIST).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("what=anything", ["Роза", "Астра"]),
        ("what=late", ["Роза"]),
        ("what=asked", ["Астра"]),
        ("what=inactive", ["Лён"]),
        ("kind=PROVIDER", ["Лён"]),
        ("q=роз", ["Роза"]),
        ("q=7707083893", ["Астра"]),
        ("q=—", []),
        ("access=open", ["Роза"]),
        ("manager=none", ["Лён"]),
        ("sort=active", ["Лён", "Астра", "Роза"]),
    ],
)
def test_it_is_narrowed_and_turned_round(sign_in, manager, figures, query, found):
    now = clock.now()
    astra = OrganizationFactory(name="Астра", inn="7707083893", created_at=now - timedelta(days=2))
    rose = make_actor(role=Role.OWNER, organization=OrganizationFactory(name="Роза"))
    flax = OrganizationFactory(
        name="Лён", kind=OrganizationKind.PROVIDER, created_at=now - 2 * INACTIVE
    )
    assign(manager, astra, rose.organization)
    support_access.grant_access(rose, lasts=timedelta(hours=1), reason="")
    figures["late"] |= {rose.organization.pk: 2}
    figures["asked"] |= {astra.pk: 1}
    recount_attention.call()
    Attention.objects.filter(pk=flax.pk).update(urgency=0)
    assert names(sign_in(make_staff()).get(f"{LIST}?{query}")) == found


@pytest.mark.parametrize("query", ["what=nothing", "colour=red", "sort=name", "after=xx", "kind=X"])
def test_what_it_does_not_understand_it_refuses(sign_in, manager, query):
    assert sign_in(manager).get(f"{LIST}?{query}").status_code == 400


def test_managers_cannot_ask_for_another_managers(sign_in, manager):
    other = make_staff(StaffScope.ACCOUNT_MANAGER)
    url = f"{LIST}?manager={other.user.public_id}"
    assert sign_in(manager).get(url).status_code == 400


def test_pages_follow_each_other_without_a_gap(sign_in, manager, figures, monkeypatch):
    organizations = [OrganizationFactory() for _ in range(30)]
    assign(manager, *organizations)
    figures["late"] |= {row.pk: number % 3 for number, row in enumerate(organizations)}
    recount_attention.call()
    browser = sign_in(manager)
    first = browser.get(LIST)
    second = browser.get(LIST, {"after": first.context["page"].next_cursor})
    assert [len(names(first)), len(names(second))] == [25, 5]
    assert len(set(names(first) + names(second))) == 30


def test_it_costs_the_same_with_one_organization_and_three(sign_in, manager, figures):
    browser, administrator = sign_in(manager), sign_in(make_staff())

    def add():
        owner = make_actor(role=Role.OWNER)
        assign(manager, owner.organization)
        support_access.grant_access(owner, lasts=timedelta(hours=1), reason="")
        figures["late"] |= {owner.organization.pk: 1}
        recount_attention.call()

    add()
    costs = []
    for more in (0, 2):
        for _ in range(more):
            add()
        for reader in (browser, administrator):
            reader.get(LIST)
            with CaptureQueriesContext(connection) as queries:
                reader.get(LIST)
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 9


# --- where the figures lead -------------------------------------------------------------------
def test_a_figure_leads_to_its_list_acting_for_the_organization(sign_in, manager):
    organization = OrganizationFactory()
    assign(manager, organization)
    browser = sign_in(manager)
    act = reverse("staff_act", args=[organization.public_id])
    answer = browser.post(act, {"figure": "overdue"})
    assert answer.url == f"{reverse('request_list')}?group=overdue"
    assert browser.session[CHOSEN] == organization.public_id
    page = browser.get(answer.url)
    assert page.status_code == 200
    assert page.wsgi_request.actor.organization == organization
    assert browser.post(act, {"figure": "no-such"}).url == reverse("home")


def test_nobody_acts_for_what_is_not_in_their_charge(sign_in, manager):
    act = reverse("staff_act", args=[OrganizationFactory().public_id])
    assert sign_in(manager).post(act).status_code == 404
    assert sign_in(make_staff(StaffScope.SUPPORT)).post(act).status_code == 404
    assert sign_in(make_actor(role=Role.OWNER)).post(act).status_code == 404
    assert sign_in(make_staff()).post(act).status_code == 302


# Where a figure stands for some kinds of organization alone.
STANDS_FOR = {
    "leads": ["AGENCY"],
    "verification": ["PROVIDER", "BUILDER"],
    "contradicted": ["PROVIDER"],
}


@pytest.mark.parametrize("figure", attention.figures(), ids=lambda figure: figure.name)
def test_every_figure_leads_to_a_page_that_opens(sign_in, manager, figure):
    for kind in STANDS_FOR.get(figure.name, OrganizationKind.values):
        organization = OrganizationFactory(kind=kind)
        assign(manager, organization)
        browser = sign_in(manager)
        act = reverse("staff_act", args=[organization.public_id])
        answer = browser.post(act, {"figure": figure.name})
        assert answer.url != reverse("home")
        assert browser.get(answer.url).status_code == 200, (figure.name, kind)
