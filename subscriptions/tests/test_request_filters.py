"""Requests are found by every filter, and by none more than one may see."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import DomainError
from locations.models import Building
from locations.tests.factories import ServiceCategoryFactory
from subscriptions.choices import RequestState
from subscriptions.client_terms import terms_of
from subscriptions.filters import RequestFilter
from subscriptions.models import Client, ClientTerm
from subscriptions.tests.factories import RequestFactory
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
S = RequestState


@pytest.fixture(autouse=True)
def _noon():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def agent():
    return make_actor(OrganizationKind.AGENCY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


def make(agent, operator, state=S.CHECKING, due=None, **fields):
    open_ = state not in {S.DRAFT, S.CONNECTED, S.REJECTED, S.CANCELLED}
    return RequestFactory(
        owner=agent.organization,
        plan__provider=operator.organization,
        state=state,
        submitted_at=None if state == S.DRAFT else fields.pop("submitted_at", NOW),
        due_at=(due or NOW + timedelta(hours=1)) if open_ else None,
        closed_at=fields.pop("closed_at", None),
        **fields,
    )


def found(actor, query):
    return set(RequestFilter(QueryDict(query), actor=actor).qs)


def refused(actor, query):
    with pytest.raises(DomainError) as error:
        found(actor, query)
    return error.value.field


def test_states_add_up(agent, operator):
    checking = make(agent, operator)
    draft = make(agent, operator, S.DRAFT)
    make(agent, operator, S.CONNECTED)
    assert found(agent, "state=CHECKING") == {checking}
    assert found(agent, "state=CHECKING&state=DRAFT") == {checking, draft}


def test_groups(agent, operator):
    late = make(agent, operator, due=NOW - timedelta(minutes=1))
    asked = make(agent, operator, S.NEEDS_INFO)
    refusal = make(agent, operator, S.REJECTED, closed_at=NOW - timedelta(days=6))
    old = make(agent, operator, S.REJECTED, closed_at=NOW - timedelta(days=8))
    assert found(agent, "group=open") == {late, asked}
    assert found(agent, "group=closed") == {refusal, old}
    assert found(agent, "group=overdue") == {late}
    assert found(agent, "group=attention") == {asked, refusal}
    assert found(operator, "group=attention") == {late}


def test_deadlines_of_today_and_tomorrow_are_the_readers(agent, operator):
    late = make(agent, operator, due=NOW - timedelta(hours=1))
    today = make(agent, operator, due=NOW + timedelta(hours=11))
    tomorrow = make(agent, operator, due=NOW + timedelta(hours=13))
    make(agent, operator, due=NOW + timedelta(hours=37))
    assert found(operator, "due=overdue") == {late}
    assert found(operator, "due=today") == {today}
    assert found(operator, "due=tomorrow") == {tomorrow}


def test_rows_are_named_by_public_ids(agent, operator):
    one, other = make(agent, operator), make(agent, make_actor(OrganizationKind.PROVIDER))
    other.category = ServiceCategoryFactory(code="tv")
    other.save()
    for query in (
        f"provider={one.provider.public_id}",
        f"city={one.city.public_id}",
        "category=internet",
        f"client={one.client.public_id}",
        f"building={one.building.public_id}",
    ):
        assert found(agent, query) == {one}, query
    assert refused(agent, f"provider={one.provider_id}") == "provider"
    assert refused(agent, f"provider={agent.organization.public_id}") == "provider"


def test_a_value_that_is_not_offered_is_understood(agent, operator):
    make(agent, operator)
    stranger = make_actor(OrganizationKind.PROVIDER).organization
    assert found(agent, f"provider={stranger.public_id}") == set()


def test_people_are_me_nobody_or_members(agent, operator):
    mine = make(agent, operator, assignee=operator.user, created_by=agent.user)
    free = make(agent, operator)
    colleague = make_actor(organization=operator.organization, role=Role.MEMBER)
    theirs = make(agent, operator, assignee=colleague.user)
    assert found(operator, "assignee=me") == {mine}
    assert found(operator, "assignee=none") == {free}
    assert found(operator, f"assignee={colleague.user.public_id}") == {theirs}
    assert found(agent, "created_by=me") == {mine}
    assert refused(operator, f"assignee={agent.user.public_id}") == "assignee"


def test_a_side_cannot_ask_by_what_it_is_not_told(agent, operator):
    request = make(agent, operator, assignee=operator.user, created_by=agent.user)
    assert refused(agent, f"assignee={operator.user.public_id}") == "assignee"
    assert refused(operator, f"created_by={agent.user.public_id}") == "created_by"
    assert refused(operator, f"client={request.client.public_id}") == "client"
    assert refused(operator, "bundle=X") == "bundle"


def test_foreign_clients_and_bundles_are_refused_as_unknown(agent, operator):
    foreign = make(make_actor(OrganizationKind.AGENCY), operator)
    assert refused(agent, f"client={foreign.client.public_id}") == "client"
    assert refused(agent, "bundle=ABCDEFGHJKMN") == "bundle"


def test_an_unverified_building_is_named_to_those_with_requests_there_alone(agent, operator):
    request = make(agent, operator)
    Building.objects.update(status=Building.Status.PENDING, added_by=agent.organization)
    query = f"building={request.building.public_id}"
    assert found(operator, query) == {request}
    assert refused(make_actor(OrganizationKind.PROVIDER), query) == "building"


def test_filing_dates_are_days_of_the_reader(agent, operator):
    first = make(agent, operator, submitted_at=datetime(2026, 11, 18, 0, tzinfo=UTC))
    last = make(agent, operator, submitted_at=datetime(2026, 11, 19, 23, 59, tzinfo=UTC))
    assert found(agent, "submitted_after=2026-11-18&submitted_before=2026-11-18") == {first}
    assert found(agent, "submitted_after=2026-11-19") == {last}
    assert found(agent, "submitted_before=2026-11-19") == {first, last}


def searchable(request, name, phone, street, house):
    Client.objects.filter(pk=request.client_id).update(name=name, phone=phone)
    ClientTerm.objects.bulk_create(
        ClientTerm(client_id=request.client_id, owner_id=request.owner_id, term=term)
        for term in terms_of(name, phone)
    )
    Building.objects.filter(pk=request.building_id).update(search_key=f"{street} {house}")
    return request


@pytest.fixture
def pair(agent, operator):
    one = searchable(
        make(agent, operator), "Иванова Анна", "+79123456789", "чистопольская", "12 к2"
    )
    searchable(make(agent, operator), "Петров Олег", "+79998887766", "баумана", "1")
    one.city.search_key = "казань"
    one.city.save()
    return one


@pytest.mark.parametrize(
    "text",
    [
        "Иванова", "анна ив", "89123456789", "+7 912 345-67-89", "6789", "9123",
        "Чистопольская", "ул. Чистопольская, 12", "Казань, Чистопольская 12к2", "казань",
    ],
)  # fmt: skip
def test_search_finds_by_client_phone_and_address(agent, operator, pair, text):
    query = QueryDict(mutable=True)
    query["q"] = text
    for actor in (agent, operator):
        assert found(actor, query.urlencode()) == {pair}, actor.kind
    assert found(make_actor(OrganizationKind.AGENCY), query.urlencode()) == set()
    assert found(make_actor(OrganizationKind.PROVIDER), query.urlencode()) == set()


def test_search_finds_by_number_however_it_is_written(agent, operator, pair):
    digits = pair.number.replace("EC-", "").replace("-", "")
    for text in (pair.number, pair.number.lower(), digits, f"ЕС {digits}", f"ec-{digits[:6]}"):
        query = QueryDict(mutable=True)
        query["q"] = text
        assert pair in found(operator, query.urlencode()), text


@pytest.mark.parametrize("text", ["x", "a%00b", "y" * 101])
def test_search_texts_that_make_no_sense_are_refused(agent, text):
    assert refused(agent, f"q={text}") == "q"


def test_many_matches_are_searched_as_exactly_as_few(agent, operator, pair, monkeypatch):
    monkeypatch.setattr("subscriptions.selectors.request_search.FEW", 0)
    assert found(agent, "q=Иванова") == {pair}
    assert found(operator, "q=чистопольская") == {pair}


def test_drafts_are_hidden_from_the_provider_whatever_is_asked(agent, operator):
    draft = make(agent, operator, S.DRAFT)
    cancelled = RequestFactory(
        owner=agent.organization, plan__provider=operator.organization, state=S.CANCELLED
    )
    for query in ("", "state=DRAFT", "group=closed", f"q={draft.number}", "assignee=none"):
        assert found(operator, query) == set(), query
    assert found(agent, "") == {draft, cancelled}


def test_administrators_have_every_filter(agent, operator):
    request = make(agent, operator, assignee=operator.user)
    admin = make_staff()
    assert found(admin, f"provider={request.provider.public_id}&state=CHECKING") == {request}
    assert found(admin, f"client={request.client.public_id}") == {request}


def test_choices_are_kept_for_a_while(agent, operator, django_assert_num_queries):
    make(agent, operator)
    RequestFilter(QueryDict(""), actor=agent)
    with django_assert_num_queries(0):
        RequestFilter(QueryDict("state=CHECKING"), actor=agent)
