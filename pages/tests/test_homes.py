"""Homes of each kind of organization: what they show, to whom, and at what cost."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import translation

from core import clock, tallies
from core.choices import OrganizationKind, Role, StaffScope
from core.events.emit import beat
from core.models import Delivery, Job
from pages.homes import home_of
from pages.homes.figures import figures_of, same_day_of_last_month
from subscriptions.choices import RequestState
from subscriptions.figures import COMMISSION, IN_WORK, REQUESTS_CONNECTED
from subscriptions.models import ConnectionRequest
from subscriptions.tests.factories import PlanFactory, RequestFactory, request_in
from users.models import AccountManagement
from users.services.support_access import grant_access
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff

# Written with its sign: the digits alone may stand in a number of a request.
EARNED = "825\N{NO-BREAK SPACE}₽"
pytestmark = pytest.mark.django_db

# One of them asks what support waits for.
MOST_QUERIES = 13
FILING = [
    OrganizationKind.AGENCY,
    OrganizationKind.BUILDER,
    OrganizationKind.COMPANY,
    OrganizationKind.PERSON,
]
EVERY_STATE = list(RequestState)


def shown(home) -> dict[str, str]:
    """The tiles by their labels."""
    return {str(tile.label): tile.value for tile in home.tiles}


def panel(home, name):
    return next(panel for panel in home.panels if panel.name == name).context


def file_for(actor, state, **fields) -> ConnectionRequest:
    """A request of the actor's organization; of its own when it files for itself."""
    if actor.kind in {OrganizationKind.COMPANY, OrganizationKind.PERSON}:
        fields |= {"holder": actor.organization, "client": None}
    return request_in(state, owner=actor.organization, created_by=actor.user, **fields)


def late(request: ConnectionRequest) -> ConnectionRequest:
    ConnectionRequest.objects.filter(pk=request.pk).update(due_at=clock.now() - timedelta(hours=2))
    return request


def today_of(actor):
    """The date where the organization is, by which its figures are kept."""
    return clock.today(ZoneInfo(actor.organization.time_zone))


@pytest.mark.parametrize("kind", list(OrganizationKind))
@pytest.mark.parametrize("role", list(Role))
def test_a_new_organization_is_led_to_its_first_job(sign_in, kind, role):
    actor = make_actor(kind, role)
    answer = sign_in(actor).get(reverse("home"))
    assert answer.status_code == 200
    home = answer.context["home"]
    assert home.welcome is not None
    assert not home.tiles
    # Who may not do the job is not sent to it.
    leads = bool(home.welcome.url) or home.asks_address
    may = role != Role.VIEWER if kind in FILING else role in {Role.MANAGER, Role.OWNER}
    assert leads == may
    assert home.asks_address == (kind in FILING and role != Role.VIEWER)


@pytest.mark.parametrize("kind", list(OrganizationKind))
def test_the_price_of_a_home_does_not_grow_with_its_rows(
    sign_in, kind, django_assert_max_num_queries
):
    actor = make_actor(kind, Role.OWNER)
    browser = sign_in(actor)
    counts = []
    for _round in (1, 2, 3):
        for state in EVERY_STATE:
            if kind == OrganizationKind.PROVIDER:
                request_in(state, plan=PlanFactory(provider=actor.organization))
            else:
                late(file_for(actor, state)) if state == RequestState.CHECKING else file_for(
                    actor, state
                )
        browser.get(reverse("home"))
        with django_assert_max_num_queries(MOST_QUERIES) as captured:
            assert browser.get(reverse("home")).status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_an_agency_sees_first_what_needs_it():
    actor = make_actor()
    asked = file_for(actor, RequestState.NEEDS_INFO)
    refused = file_for(actor, RequestState.REJECTED)
    overdue = late(file_for(actor, RequestState.CHECKING))
    file_for(actor, RequestState.CHECKING)
    file_for(actor, RequestState.CONNECTED)
    home = home_of(actor)
    rows = panel(home, "attention")["rows"]
    assert [row.number for row in rows] == [asked.number, refused.number, overdue.number]
    with translation.override("en"):
        assert str(rows[0].button.label) == "Answer"
    assert rows[0].button.url == reverse("request_detail", args=[asked.number])
    page = reverse("availability_building", args=[refused.building.public_id])
    assert rows[1].button.url.startswith(f"{page}?")
    assert f"like={refused.number}" in rows[1].button.url
    assert rows[2].button.url == reverse("request_detail", args=[overdue.number])
    values = list(shown(home).values())
    # Needs attention, in work, overdue, at risk, connected, commission.
    assert values[:5] == ["2", "3", "1", "0", "1"]
    assert values[5].startswith("825")


def test_an_agency_reads_what_happened_last_and_only_what_it_may_know():
    actor, builder = make_actor(), make_actor(OrganizationKind.BUILDER)
    with translation.override("en"):
        request = file_for(actor, RequestState.CONNECTED)
        file_for(builder, RequestState.CONNECTED)
        entries = panel(home_of(actor), "events")["entries"]
        told = [entry.title for entry in entries]
        assert f"{request.number}: connected" in told
        assert any(EARNED in title for title in told)
        assert {entry.url for entry in entries if entry.url} <= {
            reverse("request_detail", args=[request.number]),
            reverse("subscription_detail", args=[request.outcome.number]),
        }
        told = [entry.title for entry in panel(home_of(builder), "events")["entries"]]
        assert told
        assert not any(EARNED in title or request.number in title for title in told)


def test_an_old_refusal_needs_nobody():
    actor = make_actor()
    refused = file_for(actor, RequestState.REJECTED)
    ConnectionRequest.objects.filter(pk=refused.pk).update(
        closed_at=clock.now() - timedelta(days=8)
    )
    assert panel(home_of(actor), "attention")["rows"] == []


def test_the_figures_of_tiles_are_those_of_the_lists_they_open(sign_in):
    actor = make_actor()
    for state in EVERY_STATE:
        file_for(actor, state)
    late(file_for(actor, RequestState.CHECKING))
    browser = sign_in(actor)
    home = home_of(actor)
    for tile in home.tiles[:3]:
        listed = browser.get(tile.url).context["page"]
        assert tile.value == str(len(listed)), tile.label


def test_nobody_sees_anothers_requests():
    ours, theirs = make_actor(), make_actor()
    request = late(file_for(theirs, RequestState.NEEDS_INFO))
    file_for(ours, RequestState.CHECKING)
    home = home_of(ours)
    assert panel(home, "attention")["rows"] == []
    assert list(shown(home).values())[:3] == ["0", "1", "0"]
    stranger = make_actor(OrganizationKind.PROVIDER)
    assert request.provider_id != stranger.organization_id
    assert home_of(stranger).welcome is not None


def test_a_builder_is_told_no_commission():
    agency, builder = make_actor(), make_actor(OrganizationKind.BUILDER)
    for actor in (agency, builder):
        file_for(actor, RequestState.CONNECTED)
    assert len(home_of(agency).tiles) == len(home_of(builder).tiles) + 1
    assert not any("825" in tile.value for tile in home_of(builder).tiles)


def test_who_only_looks_is_offered_no_step():
    viewer = make_actor(role=Role.VIEWER)
    for state in (RequestState.NEEDS_INFO, RequestState.REJECTED):
        request_in(state, owner=viewer.organization)
    home = home_of(viewer)
    assert not home.asks_address
    for row in panel(home, "attention")["rows"]:
        assert row.button.url == reverse("request_detail", args=[row.number])


def test_a_provider_sees_its_queue_by_deadline():
    actor = make_actor(OrganizationKind.PROVIDER)
    plan = PlanFactory(provider=actor.organization)
    second = request_in(RequestState.CHECKING, plan=plan)
    first = late(request_in(RequestState.SUBMITTED, plan=plan))
    request_in(RequestState.REJECTED, plan=plan)
    RequestFactory(plan=plan)
    home = home_of(actor)
    rows = panel(home, "queue")["rows"]
    assert [row.number for row in rows] == [first.number, second.number]
    overdue, _today, _tomorrow, in_work = list(shown(home).values())[:4]
    assert (overdue, in_work) == ("1", "2")
    assert [row.value for row in panel(home, "refusals")["rows"]] == [1]


def test_a_provider_sees_the_visits_of_its_day():
    actor = make_actor(OrganizationKind.PROVIDER)
    plan = PlanFactory(provider=actor.organization)
    request = request_in(RequestState.SCHEDULED, plan=plan)
    visit = request.appointments.get()
    request_in(RequestState.SCHEDULED)  # another provider's
    assert panel(home_of(actor), "visits")["visits"] == []
    with clock.set_to(visit.starts_at):
        assert panel(home_of(actor), "visits")["visits"] == [visit]


def test_a_provider_not_verified_is_told_so(sign_in):
    organization = OrganizationFactory(kind=OrganizationKind.PROVIDER, verified_at=None)
    actor = make_actor(organization=organization, role=Role.OWNER)
    assert not home_of(actor).welcome.url
    page = sign_in(actor).get(reverse("home")).content.decode()
    assert 'role="note"' in page
    assert reverse("organization_verification") in page


def test_a_company_sees_what_it_holds_and_pays():
    actor = make_actor(OrganizationKind.COMPANY)
    for _n in range(2):
        file_for(actor, RequestState.CONNECTED)
    waiting = file_for(actor, RequestState.CHECKING)
    request_in(RequestState.CONNECTED)  # somebody else's
    home = home_of(actor)
    assert next(iter(shown(home).values())) == "2"
    assert home.tiles[0].note.replace("\xa0", "").startswith("1100")
    assert len(panel(home, "subscriptions")["rows"]) == 2
    assert panel(home, "requests")["rows"][0].number == waiting.number


def test_months_are_compared_to_the_same_day():
    actor = make_actor()
    today = today_of(actor)
    first, same = same_day_of_last_month(today)
    tallies.add(actor.organization_id, REQUESTS_CONNECTED, 3, today)
    tallies.add(actor.organization_id, REQUESTS_CONNECTED, 2, first)
    if same < today.replace(day=1) - timedelta(days=1):
        tallies.add(actor.organization_id, REQUESTS_CONNECTED, 50, same + timedelta(days=1))
    tallies.add(actor.organization_id, COMMISSION, Decimal("825.50"), today)
    figures = figures_of(actor)
    assert figures.month(REQUESTS_CONNECTED) == (3, 2)
    assert figures.month(COMMISSION) == (Decimal("825.50"), 0)


def test_what_is_in_work_is_drawn_day_by_day():
    actor = make_actor()
    today = today_of(actor)
    tallies.add(actor.organization_id, IN_WORK, 5, today - timedelta(days=200))
    tallies.add(actor.organization_id, IN_WORK, 2, today - timedelta(days=1))
    tallies.add(actor.organization_id, IN_WORK, -1, today)
    figures = figures_of(actor)
    assert figures.total(IN_WORK) == 6
    assert figures.spark(IN_WORK)[-3:] == [5, 7, 6]
    assert len(figures.spark(IN_WORK)) == 30


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-03-31", "2026-02-01", "2026-02-28"),
        ("2026-01-15", "2025-12-01", "2025-12-15"),
        ("2024-03-30", "2024-02-01", "2024-02-29"),
    ],
)
def test_the_same_day_of_a_shorter_month_is_its_last(day, first, last):
    from datetime import date

    expected = (date.fromisoformat(first), date.fromisoformat(last))
    assert same_day_of_last_month(date.fromisoformat(day)) == expected


def test_staff_see_what_failed_and_who_waits(sign_in):
    admin = make_staff(StaffScope.ADMIN)
    Job.objects.create(
        queue="default", task="x", arguments={}, state=Job.State.FAILED, enqueued_at=clock.now()
    )
    waiting = OrganizationFactory(kind=OrganizationKind.BUILDER, verified_at=None)
    OrganizationFactory(kind=OrganizationKind.AGENCY, verified_at=None)
    unclaimed = OrganizationFactory(
        kind=OrganizationKind.PROVIDER, verified_at=None, is_claimed=False
    )
    overdue = late(request_in(RequestState.CHECKING, plan=PlanFactory(provider=unclaimed)))
    late(request_in(RequestState.CHECKING))
    home = home_of(admin)
    # Then leads without an agency, leads held, disputes, and tickets that wait: none.
    assert list(shown(home).values()) == ["1", str(Delivery.objects.count()), "1", *"000", *"000"]
    assert [row.number for row in panel(home, "late")["rows"]] == [overdue.number]
    assert panel(home, "verification")["rows"] == [waiting]
    browser = sign_in(admin)
    browser.get(reverse("home"))
    html = browser.get(reverse("home")).content.decode()
    assert reverse("admin:users_organization_change", args=[waiting.pk]) in html
    assert reverse("staff_failed") in html


def test_an_account_manager_sees_those_in_their_charge_alone():
    manager = make_staff(StaffScope.ACCOUNT_MANAGER)
    mine = OrganizationFactory()
    OrganizationFactory()
    AccountManagement.objects.create(user=manager.user, organization=mine, created_at=clock.now())
    home = home_of(manager)
    assert panel(home, "charge")["rows"] == [mine]
    # Of tickets what is late and what is nobody's; of the portal's work nothing.
    assert list(shown(home).values()) == [*"00"]


def test_support_sees_who_lets_it_in_and_nobody_else():
    owner = make_actor(role=Role.OWNER)
    OrganizationFactory()
    grant_access(owner, lasts=timedelta(hours=1), reason="")
    home = home_of(make_staff(StaffScope.SUPPORT))
    assert panel(home, "lets_in")["rows"] == [owner.organization]


def test_content_editors_are_led_to_the_site(sign_in):
    page = sign_in(make_staff(StaffScope.CONTENT)).get(reverse("home")).content.decode()
    assert reverse("admin:pages_sitepage_changelist") in page
    assert reverse("staff_organizations") not in page


def test_someone_without_an_organization_is_told_what_to_do(client):
    user = UserFactory()
    client.force_login(user, backend="users.backends.AuthenticationBackend")
    answer = client.get(reverse("home"))
    assert answer.status_code == 200
    assert "pages/home_nobody.html" in [template.name for template in answer.templates]
    assert client.get(reverse("home_live")).status_code == 204


def test_a_visitor_is_asked_to_sign_in(client):
    for name in ("home", "home_live"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


def test_the_live_part_is_sent_again_only_when_something_happened(sign_in):
    actor = make_actor()
    browser = sign_in(actor)
    file_for(actor, RequestState.CHECKING)
    page = browser.get(reverse("home"))
    tag = page.context["tag"]
    live = reverse("home_live")
    assert browser.get(live, headers={"If-None-Match": tag}).status_code == 304
    asked = file_for(actor, RequestState.NEEDS_INFO)
    beat([actor.organization_id])  # what its events do when they are committed
    changed = browser.get(live, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert asked.number in changed.content.decode()
    assert "<html" not in changed.content.decode()
    again = browser.get(live, headers={"If-None-Match": changed["ETag"]})
    assert again.status_code == 304


def test_an_unchanged_poll_reads_the_session_and_the_actor_alone(
    sign_in, django_assert_num_queries
):
    actor = make_actor()
    file_for(actor, RequestState.CHECKING)
    browser = sign_in(actor)
    tag = browser.get(reverse("home_live"))["ETag"]
    caches["local"].clear()
    with django_assert_num_queries(2):
        answer = browser.get(reverse("home_live"), headers={"If-None-Match": tag})
    assert answer.status_code == 304
