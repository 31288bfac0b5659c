"""The last page of the wizard: lines, totals, duplicates; and what was filed together."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from core.tests.concurrency import together
from locations.tests.factories import BuildingFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.choices import AppointmentState, BundleState, CancelReason, RequestState
from subscriptions.models import (
    Appointment,
    ConnectionRequest,
    FiledAnyway,
    Plan,
    RequestBundle,
    Subscription,
)
from subscriptions.services.drafting import draft_filing, file_drafts
from subscriptions.services.requests import change_line, drop_line
from subscriptions.tests.factories import ClientFactory, PlanFactory, move_data, request_in
from subscriptions.tests.test_wizard import (
    check_url,
    new_client,
    new_url,
    offer,
)
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_actor(role=Role.MEMBER)


@pytest.fixture
def building():
    return BuildingFactory()


NBSP = "\N{NO-BREAK SPACE}"


def drafted(actor, building, *plans, unit="47", **fields):
    return draft_filing(
        actor,
        building=building,
        unit_number=unit,
        plans=[plan.public_id for plan in plans],
        client=ClientFactory(owner=actor.organization),
        consent=True,
        form_token=uuid4(),
        **fields,
    )


def numbers(bundle):
    return list(bundle.requests.order_by("pk").values_list("number", flat=True))


def tv():
    return ServiceCategoryFactory(code="tv")


# --- lines and totals ---------------------------------------------------------------------------
def test_each_service_has_a_line_and_the_totals_add_up(sign_in, agent, building):
    plans = [
        offer(building, price=Decimal("550.50"), term_months=12),
        offer(building, category=tv(), price=Decimal(300), connection_fee=Decimal(0)),
    ]
    html = sign_in(agent).get(check_url(drafted(agent, building, *plans))).content.decode()
    for plan in plans:
        assert plan.name in html
        assert plan.provider.name in html
    for shown in ("850,50", f"100{NBSP}₽", f"16{NBSP}634", "12"):
        assert shown in html


def test_sums_of_two_currencies_are_never_added(sign_in, agent, building):
    other = offer(building, category=tv(), price=Decimal(9))
    bundle = drafted(agent, building, offer(building), other)
    Plan.objects.filter(pk=other.pk).update(currency="KZT")
    totals = sign_in(agent).get(check_url(bundle)).context["totals"]
    assert [(total.currency, total.monthly) for total in totals] == [("KZT", 9), ("RUB", 550)]


def test_a_builder_is_told_no_commission(sign_in, building):
    actor = make_actor(OrganizationKind.BUILDER)
    page = sign_in(actor).get(check_url(drafted(actor, building, offer(building))))
    assert page.context["totals"][0].commission is None


def test_a_line_is_removed_and_what_is_typed_elsewhere_stays(
    sign_in,
    agent,
    building,
):
    kept, gone = offer(building), offer(building, category=tv())
    request_in(RequestState.CHECKING, owner=agent.organization, plan=kept, unit=unit_at(building))
    bundle = drafted(agent, building, kept, gone)
    first, second = numbers(bundle)
    browser = sign_in(agent)
    typed = {f"reason-{first}": "Вторая линия", f"anyway-{first}": "on"}
    page = browser.post(check_url(bundle), typed | {"remove": second})
    html = page.content.decode()
    assert page.status_code == 200
    assert 'value="Вторая линия"' in html
    assert f'id="anyway-{first}" checked' in html
    removed = ConnectionRequest.objects.get(number=second)
    assert (removed.state, removed.reason) == (RequestState.CANCELLED, CancelReason.DISCARDED)
    # Sent once more, as a browser does on a reload.
    assert browser.post(check_url(bundle), {"remove": second}).status_code == 200
    assert ConnectionRequest.objects.get(number=first).state == RequestState.DRAFT


def unit_at(building, number="47"):
    return UnitFactory(building=building, number=number)


def test_the_last_line_removed_leads_back_to_the_plans(sign_in, agent, building):
    bundle = drafted(agent, building, offer(building))
    response = sign_in(agent).post(check_url(bundle), {"remove": numbers(bundle)[0]})
    assert response.url.startswith(reverse("availability_building", args=[building.public_id]))
    assert "unit=47" in response.url


def test_a_plan_is_changed_in_place_with_its_provider_and_terms(
    sign_in,
    agent,
    building,
):
    plan = offer(building)
    other = offer(building, category=plan.category, price=Decimal(777))
    bundle = drafted(agent, building, plan, comment="Код 12")
    [number] = numbers(bundle)
    row = bundle.requests.get()
    Appointment.objects.create(
        request=row,
        provider=plan.provider,
        state=AppointmentState.HELD,
        created_at=row.created_at,
        **{name: move_data("schedule")[name] for name in ("starts_at", "ends_at")},
    )
    page = sign_in(agent).post(
        check_url(bundle), {"change": number, f"plan-{number}": other.public_id}
    )
    assert page.context["totals"][0].monthly == 777
    changed = bundle.requests.get()
    assert (changed.number, changed.plan, changed.provider, changed.price, changed.comment) == (
        number, other, other.provider, 777, "Код 12"
    )  # fmt: skip
    assert changed.version == row.version + 1
    # The first provider's visit is not held any more.
    assert Appointment.objects.get().state == AppointmentState.CANCELLED
    event = Event.objects.get(kind="request.revised")
    assert event.data == {"number": number}


@pytest.mark.parametrize("plan", ["", "ZZZZZZZZZZZZ", "\x00", "elsewhere", "twin"])
def test_a_plan_that_cannot_be_is_refused_beside_its_line(
    sign_in,
    agent,
    building,
    plan,
):
    first, second = offer(building), offer(building)
    bundle = drafted(agent, building, first, second)
    number = bundle.requests.get(plan=first).number
    twin = PlanFactory(provider=second.provider, category=second.category)
    given = {"elsewhere": PlanFactory().public_id, "twin": twin.public_id}.get(plan, plan)
    page = sign_in(agent).post(check_url(bundle), {"change": number, f"plan-{number}": given})
    assert page.status_code == 200
    [line] = [line for line in page.context["lines"] if line.draft.number == number]
    assert line.error
    assert bundle.requests.get(number=number).plan == first


def test_a_line_that_a_colleague_has_changed_is_not_changed_over_it(agent, building):
    plan = offer(building)
    bundle = drafted(agent, building, plan, offer(building, category=tv()))
    other, third = (offer(building, category=plan.category) for _ in range(2))
    number = numbers(bundle)[0]
    seen = bundle.requests.get(number=number).version
    change_line(agent, bundle, number, other.public_id, seen)
    for act in (
        lambda: change_line(agent, bundle, number, third.public_id, seen),
        lambda: drop_line(agent, bundle, number, seen),
    ):
        with pytest.raises(Conflict):
            act()
    assert bundle.requests.get(number=number).plan == other


def test_a_colleagues_drafts_are_changed_by_a_manager_and_not_by_a_member(
    agent,
    building,
):
    bundle = drafted(agent, building, offer(building))
    number = numbers(bundle)[0]
    member = make_actor(role=Role.MEMBER, organization=agent.organization)
    with pytest.raises(Forbidden):
        drop_line(member, bundle, number)
    manager = make_actor(role=Role.MANAGER, organization=agent.organization)
    drop_line(manager, bundle, number)
    assert bundle.requests.get().state == RequestState.CANCELLED


def test_discarding_removes_all_drafts(sign_in, agent, building):
    bundle = drafted(agent, building, offer(building), offer(building, category=tv()))
    response = sign_in(agent).post(check_url(bundle), {"discard": "1"})
    assert response.url == reverse("request_drafts")
    assert set(bundle.requests.values_list("state", flat=True)) == {RequestState.CANCELLED}


# --- duplicates ---------------------------------------------------------------------------------
def test_a_duplicate_is_shown_and_filed_only_with_a_reason(
    sign_in,
    agent,
    building,
):
    plan = offer(building)
    there = request_in(
        RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit_at(building)
    )
    bundle = drafted(agent, building, plan)
    [number] = numbers(bundle)
    browser, url = sign_in(agent), check_url(bundle)
    html = browser.get(url).content.decode()
    assert reverse("request_detail", args=[there.number]) in html
    for sent in ({}, {f"anyway-{number}": "on", f"known-{number}": there.number}):
        refused = browser.post(url, sent)
        assert refused.status_code == 200
        assert refused.context["lines"][0].error
        assert bundle.requests.get().state == RequestState.DRAFT
    filed = browser.post(
        url,
        {
            f"anyway-{number}": "on",
            f"known-{number}": there.number,
            f"reason-{number}": "Вторая линия",
        },
    )
    assert filed.status_code == 302
    assert FiledAnyway.objects.get().reason == "Вторая линия"


def test_what_a_unit_has_once_is_refused_beside_its_line(sign_in, agent, building):
    power = offer(building, category=ServiceCategoryFactory(code="e", one_per_unit=True))
    request_in(RequestState.CONNECTED, plan=power, unit=unit_at(building))
    theirs = Subscription.objects.get()
    bundle = drafted(agent, building, power, offer(building))
    browser = sign_in(agent)
    page = browser.post(check_url(bundle))
    assert page.status_code == 200
    line = page.context["lines"][0]
    assert line.forbids
    assert line.error
    assert theirs.number not in page.content.decode()
    # Without that line the rest is filed.
    browser.post(check_url(bundle), {"remove": line.draft.number})
    assert browser.post(check_url(bundle)).status_code == 302


def test_the_clients_page_tells_of_a_duplicate_before(sign_in, agent, building):
    plan = offer(building)
    there = request_in(
        RequestState.CHECKING, owner=agent.organization, plan=plan, unit=unit_at(building)
    )
    html = sign_in(agent).get(new_url(building, plan)).content.decode()
    assert there.number in html
    assert (
        there.number not in sign_in(agent).get(new_url(building, plan, unit="48")).content.decode()
    )


# --- what was filed together --------------------------------------------------------------------
def test_a_bundle_has_a_page_with_its_state_and_sums(
    sign_in,
    agent,
    building,
    django_assert_max_num_queries,
):
    bundle = drafted(agent, building, offer(building), offer(building, category=tv()))
    file_drafts(agent, bundle)
    url = reverse("request_bundle", args=[bundle.public_id])
    browser = sign_in(agent)
    browser.get(url)
    with django_assert_max_num_queries(12):
        page = browser.get(url)
    assert page.context["state"] == BundleState.IN_WORK
    assert page.context["totals"][0].monthly == 1100
    for number in numbers(bundle):
        assert number in page.content.decode()
    assert sign_in(make_actor()).get(url).status_code == 404


# --- at the same moment -------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_bundle_filed_and_changed_at_once_is_whole():
    actor, place = make_actor(), BuildingFactory()
    plan = offer(place)
    other = offer(place, category=plan.category)
    bundle = drafted(actor, place, plan)
    [number] = numbers(bundle)
    outcomes = together(
        [
            partial(file_drafts, actor, bundle),
            partial(change_line, actor, bundle, number, other.public_id),
            partial(file_drafts, actor, bundle),
            partial(drop_line, actor, bundle, number),
        ]
    )
    for outcome in outcomes:
        assert isinstance(outcome, list | ConnectionRequest | DomainError), outcome
    row = bundle.requests.get()
    assert row.provider_id == row.plan.provider_id
    assert Event.objects.filter(kind="request.submitted").count() == (
        1 if row.submitted_at is not None else 0
    )
    assert RequestBundle.objects.count() == 1


# --- what it costs ------------------------------------------------------------------------------
def test_filing_for_a_known_client_costs_so_many_queries(
    sign_in, agent, building, django_assert_max_num_queries
):
    """Both posts together; what they cost decides how many are filed in a second."""
    plan, client = offer(building), ClientFactory(owner=agent.organization)
    browser = sign_in(agent)

    def send(unit):
        typed = new_client(client=client.public_id, unit_number=unit)
        return browser.post(new_url(building, plan, unit=unit), typed)

    browser.post(send("1").url)
    with django_assert_max_num_queries(24):
        drafted = send("2")
    with django_assert_max_num_queries(37):
        filed = browser.post(drafted.url)
    assert filed.status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_check_page_costs_the_same_however_many_services(
    sign_in, agent, building, count, django_assert_max_num_queries
):
    plans = [offer(building, category=ServiceCategoryFactory(code=f"c{n}")) for n in range(count)]
    url = check_url(drafted(agent, building, *plans))
    browser = sign_in(agent)
    browser.get(url)
    with django_assert_max_num_queries(12):
        assert len(browser.get(url).context["lines"]) == count
