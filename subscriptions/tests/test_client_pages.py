"""The pages of the portfolio."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.choices import OrganizationKind, Role
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.services.clients import (
    add_address,
    change_client,
    create_client,
    merge_clients,
    tag_client,
)
from subscriptions.tests.factories import ClientFactory, RequestFactory
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

LIST = reverse("client_list")


@pytest.fixture
def agent():
    return make_actor()


def add(actor, name="Иванова Анна", phone="+79123456789", **fields):
    return create_client(actor, name=name, phone=phone, kind=ClientKind.PERSON, **fields)


def page_of(client, name="client_detail"):
    return reverse(name, args=[client.public_id])


def typed(**fields):
    return {
        "name": "Иванова Анна",
        "phone": "8 (912) 345-67-89",
        "kind": "PERSON",
        "email": "anna@example.com",
        "comment": "Звонить вечером",
    } | fields


@pytest.mark.parametrize("kind", OrganizationKind.values)
def test_agencies_and_builders_alone_have_a_portfolio(sign_in, kind):
    browser = sign_in(make_actor(kind))
    expected = 200 if kind in {"AGENCY", "BUILDER"} else 404
    assert browser.get(LIST).status_code == expected
    assert browser.get(reverse("client_new")).status_code == expected


def test_the_list_finds_clients_by_name_and_phone(sign_in, agent):
    add(agent)
    add(agent, name="Сидоров Олег", phone="+79270001122")
    browser = sign_in(agent)
    for text, found in [("анна", True), ("89 12", True), ("67-89", True), ("олег", False)]:
        html = browser.get(LIST, {"q": text}).content.decode()
        assert ("Иванова Анна" in html) is found, text
    html = browser.get(LIST, {"q": "!!!"}).content.decode()
    assert "Иванова Анна" not in html


def test_the_list_is_filtered_by_kind_and_refuses_what_it_does_not_know(sign_in, agent):
    add(agent)
    browser = sign_in(agent)
    assert "Иванова" not in browser.get(LIST, {"kind": "COMPANY"}).content.decode()
    assert browser.get(LIST, {"kind": "ALIEN"}).status_code == 400
    assert browser.get(LIST, {"owner": "1"}).status_code == 400
    assert browser.get(LIST, {"after": "garbage"}).status_code == 400


def test_the_next_page_begins_after_the_last_row(sign_in, agent):
    clients = [ClientFactory(owner=agent.organization) for _n in range(27)]
    browser = sign_in(agent)
    first = browser.get(LIST)
    assert [row.id for row in first.context["page"]] == [c.pk for c in clients[:1:-1]]
    second = browser.get(LIST, {"after": first.context["page"].next_cursor})
    assert [row.id for row in second.context["page"]] == [clients[1].pk, clients[0].pk]


def test_clients_of_others_do_not_exist(sign_in, agent):
    theirs = add(make_actor(), name="Чужая Клиентка")
    browser = sign_in(agent)
    assert "Чужая" not in browser.get(LIST).content.decode()
    for name in ("client_detail", "client_edit"):
        assert browser.get(page_of(theirs, name)).status_code == 404
    assert browser.post(page_of(theirs, "client_edit"), typed(version=1)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.name == "Чужая Клиентка"


def test_a_client_is_added_by_form(sign_in):
    actor = make_actor(role=Role.MEMBER)
    response = sign_in(actor).post(reverse("client_new"), typed(consent="on"))
    client = Client.objects.get()
    assert response.url == page_of(client)
    assert (client.phone.as_e164, client.comment) == ("+79123456789", "Звонить вечером")
    assert (client.created_by, client.owner) == (actor.user, actor.organization)
    assert client.consent_at is not None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"phone": "112"}, "phone"), ({"name": "—"}, "name"), ({"email": "anna@"}, "email")],
)
def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(sign_in, agent, wrong, field):
    sent = typed(**wrong)
    response = sign_in(agent).post(reverse("client_new"), sent)
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    assert "Звонить вечером" in html
    for name in ("name", "phone", "email"):
        assert f'value="{sent[name]}"' in html
    assert not Client.objects.exists()


def test_fields_that_are_not_offered_cannot_be_set(sign_in, agent):
    other = make_actor().organization
    extra = {"owner": other.pk, "public_id": "HACKED", "created_by": 1, "search_key": "x"}
    sign_in(agent).post(reverse("client_new"), typed(**extra))
    client = Client.objects.get()
    assert client.owner == agent.organization
    assert client.public_id != "HACKED"
    assert client.search_key == "иванова анна"


def test_a_change_is_saved(sign_in, agent):
    client = add(agent)
    form = sign_in(agent).get(page_of(client, "client_edit")).context["form"]
    assert (form.initial["version"], form.initial["name"]) == (1, "Иванова Анна")
    response = sign_in(agent).post(page_of(client, "client_edit"), typed(name="Орлова", version=1))
    assert response.url == page_of(client)
    client.refresh_from_db()
    assert (client.name, client.version) == ("Орлова", 2)


def test_a_change_on_an_old_version_shows_the_others_change_and_keeps_what_is_typed(sign_in, agent):
    client = add(agent)
    change_client(agent, client, version=1, name="Орлова Анна", comment="Переехала")
    browser = sign_in(agent)
    mine = typed(name="Иванова-Петрова Анна", version=1)
    response = browser.post(page_of(client, "client_edit"), mine)
    assert response.status_code == 409
    html = response.content.decode()
    assert "Орлова Анна" in html
    assert "Переехала" in html
    assert 'value="Иванова-Петрова Анна"' in html
    client.refresh_from_db()
    assert client.name == "Орлова Анна"
    again = browser.post(page_of(client, "client_edit"), mine | {"version": 2})
    assert 'name="version" value="2"' in html
    assert again.status_code == 302
    client.refresh_from_db()
    assert client.name == "Иванова-Петрова Анна"


@pytest.mark.parametrize(
    ("role", "own", "status"),
    [
        (Role.MANAGER, False, 200),
        (Role.MEMBER, True, 200),
        (Role.MEMBER, False, 403),
        (Role.VIEWER, False, 403),
    ],
)
def test_who_may_change_a_client(sign_in, agent, role, own, status):
    actor = make_actor(role=role, organization=agent.organization)
    client = add(actor if own else agent)
    browser = sign_in(actor)
    detail = browser.get(page_of(client)).content.decode()
    assert (page_of(client, "client_edit") in detail) is (status == 200)
    assert browser.get(page_of(client, "client_edit")).status_code == status


def test_a_viewer_reads_and_adds_nothing(sign_in, agent):
    viewer = make_actor(role=Role.VIEWER, organization=agent.organization)
    client = add(agent)
    browser = sign_in(viewer)
    html = browser.get(LIST).content.decode()
    assert client.name in html
    assert reverse("client_new") not in html
    assert browser.post(reverse("client_new"), typed()).status_code == 403


def test_the_page_of_a_client_shows_their_requests_and_nobody_elses(sign_in, agent):
    client = add(agent, comment="Звонить вечером")
    own = RequestFactory(owner=agent.organization, client=client)
    other = RequestFactory(owner=agent.organization)
    html = sign_in(agent).get(page_of(client)).content.decode()
    assert own.number in html
    assert other.number not in html
    assert "Звонить вечером" in html


@pytest.mark.parametrize(("path", "most"), [("", 7), ("?q=иван", 7), ("?tag=vip", 7)])
def test_the_list_takes_as_few_queries_with_one_row_as_with_three(sign_in, agent, path, most):
    browser = sign_in(agent)
    counts = []
    for _n in range(3):
        client = add(agent)
        tag_client(agent, client, "vip")
        tag_client(agent, client, "весна")
        browser.get(LIST + path)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(LIST + path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2] <= most


def test_a_client_s_page_takes_as_few_queries_with_one_row_as_with_three(sign_in, agent):
    browser = sign_in(agent)
    client = add(agent)
    counts = []
    for _n in range(3):
        add(agent)  # a duplicate by phone
        tag_client(agent, client, f"метка {_n}")
        request = RequestFactory(owner=agent.organization, client=client)
        add_address(agent, client, building=request.building, unit_number=str(_n + 1))
        merge_clients(agent, client, add(agent))
        browser.get(page_of(client))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page_of(client)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 20
