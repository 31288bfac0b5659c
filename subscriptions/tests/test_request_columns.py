"""Columns of the list of requests: who may have which, what they show, what they cost."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.choices import OrganizationKind, Role
from core.saved_views import choose_columns
from core.tests.reading import seen
from subscriptions.choices import RequestState
from subscriptions.models import ClientTag
from subscriptions.request_columns import DEFAULTS, chosen_columns, columns_for
from subscriptions.request_panels import REQUESTS
from subscriptions.services.clients import tag_client
from subscriptions.tests.factories import request_in
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
S = RequestState
K = OrganizationKind
URL = "/requests/"
CHOOSE = "/lists/requests/columns/"
KINDS = [K.AGENCY, K.BUILDER, K.PROVIDER, K.COMPANY, K.PERSON]
SIDES = {K.PROVIDER: "plan__provider", K.COMPANY: "holder", K.PERSON: "holder"}


def actor_of(kind):
    return make_actor(kind) if kind else make_staff()


def headings(page):
    return [column.name for column in page.context["columns"]]


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_the_usual_columns_are_among_those_that_can_be_chosen(kind):
    assert set(DEFAULTS[kind]) <= set(columns_for(actor_of(kind)))


def test_each_side_is_offered_what_it_may_know():
    offered = {kind: set(columns_for(make_actor(kind))) for kind in KINDS}
    assert {kind for kind in KINDS if "commission" in offered[kind]} == {K.AGENCY}
    assert {kind for kind in KINDS if "assignee" in offered[kind]} == {K.PROVIDER}
    assert {kind for kind in KINDS if "created_by" in offered[kind]} == set(KINDS) - {K.PROVIDER}
    assert {kind for kind in KINDS if "tags" in offered[kind]} == {K.AGENCY, K.BUILDER}
    assert {kind for kind in KINDS if "client" in offered[kind]} == {
        K.AGENCY, K.BUILDER, K.PROVIDER,
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_shows_something_and_costs_no_more_for_more_rows(sign_in, kind):
    actor = make_actor(kind)
    side = SIDES.get(kind, "owner")
    choose_columns(actor, REQUESTS, list(columns_for(actor)))
    browser = sign_in(actor)

    def queries():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as captured:
            page = browser.get(URL)
        assert page.status_code == 200
        assert set(headings(page)) - {"actions"} == set(columns_for(actor))
        return len(captured)

    def make(state):
        return request_in(state, comment="Звонить вечером", **{side: actor.organization})

    make(S.SCHEDULED)
    one = queries()
    make(S.ON_HOLD)
    make(S.REJECTED)
    # With an empty cache; visits, the tags of clients, what is new in each are a query of its own.
    assert queries() == one <= 15


def test_chosen_columns_are_shown_in_their_order_and_only_what_they_need_is_read(sign_in):
    agent = make_actor(K.AGENCY)
    request = request_in(S.CHECKING, owner=agent.organization)
    colleague = make_actor(organization=agent.organization)
    choose_columns(agent, REQUESTS, ["price", "number", "commission"])
    page = sign_in(agent).get(URL)
    assert headings(page) == ["price", "number", "commission"]
    text = seen(page)
    assert "825 ₽" in text
    assert request.client.name not in page.content.decode()
    # Somebody else's columns are as they were; so are one's own elsewhere.
    assert headings(sign_in(colleague).get(URL)) == list(DEFAULTS[K.AGENCY])


def test_the_number_is_always_there(sign_in):
    agent = make_actor(K.AGENCY)
    request_in(S.CHECKING, owner=agent.organization)
    choose_columns(agent, REQUESTS, ["price"])
    assert headings(sign_in(agent).get(URL)) == ["number", "price"]


def test_a_column_that_is_no_longer_theirs_is_passed_over():
    agent, operator = make_actor(K.AGENCY), make_actor(K.PROVIDER)
    names = ["number", "commission", "gone"]
    assert [column.name for column in chosen_columns(agent, names)] == ["number", "commission"]
    assert [column.name for column in chosen_columns(operator, names)] == ["number"]


def test_who_holds_a_service_is_not_told_who_of_an_agency_filed_it(sign_in):
    person = make_actor(K.PERSON)
    agent = make_actor(K.AGENCY)
    agent.user.full_name = "Анна Агентова"
    agent.user.save()
    request_in(
        S.CHECKING, owner=agent.organization, created_by=agent.user, holder=person.organization
    )
    choose_columns(person, REQUESTS, ["number", "created_by", "bundle"])
    assert "Анна Агентова" not in seen(sign_in(person).get(URL))


def test_tags_are_those_of_the_readers_own_portfolio(sign_in):
    agent = make_actor(K.AGENCY)
    request = request_in(S.CHECKING, owner=agent.organization)
    tag_client(agent, request.client, "vip")
    choose_columns(agent, REQUESTS, ["number", "tags"])
    assert ClientTag.objects.count() == 1
    assert "vip" in seen(sign_in(agent).get(URL))


def test_what_people_have_typed_is_shown_as_text(sign_in):
    agent = make_actor(K.AGENCY)
    request_in(S.CHECKING, owner=agent.organization, comment="<script>alert(1)</script>")
    choose_columns(agent, REQUESTS, ["number", "comment"])
    content = sign_in(agent).get(URL).content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert" in content


# --- the page on which they are chosen ----------------------------------------------------------
def test_columns_are_chosen_in_a_form_without_a_script(sign_in):
    viewer = make_actor(K.AGENCY, role=Role.VIEWER)
    browser = sign_in(viewer)
    order = ["number", "state", "price"]
    form = {"order": order, "columns": ["number", "price"], "query": "state=CHECKING"}
    up = browser.post(CHOOSE, form | {"up": "price"})
    assert [row["column"].name for row in up.context["rows"]][:3] == ["number", "price", "state"]
    assert [row["is_chosen"] for row in up.context["rows"]][:3] == [True, True, False]
    saved = browser.post(CHOOSE, form | {"order": ["price", "number", "state"]})
    assert saved["Location"] == "/requests/?state=CHECKING"
    request_in(S.CHECKING, owner=viewer.organization)
    assert headings(browser.get(URL)) == ["price", "number"]
    browser.post(CHOOSE, form | {"usual": "1"})
    assert headings(browser.get(URL)) == list(DEFAULTS[K.AGENCY])


@pytest.mark.parametrize("name", ["commission", "owner_id", "\x00", ""])
def test_a_column_that_is_not_offered_is_refused(sign_in, name):
    operator = make_actor(K.PROVIDER)
    request_in(S.CHECKING, plan__provider=operator.organization)
    browser = sign_in(operator)
    browser.post(CHOOSE, {"order": ["number", name], "columns": ["number", name]})
    assert headings(browser.get(URL)) == [*DEFAULTS[K.PROVIDER], "actions"]
