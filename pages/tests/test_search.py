"""One search over everything: numbers lead straight to their page, the rest shows a few of each."""

import pytest
from django.urls import reverse

from core.choices import OrganizationKind
from core.finding import find_everything
from core.ids import new_number
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from subscriptions.choices import RequestState
from subscriptions.models import Subscription
from subscriptions.services.clients import create_client
from subscriptions.tests.factories import ClientFactory, PlanFactory, RequestFactory, request_in
from users.tests.factories import UserFactory, make_actor

pytestmark = pytest.mark.django_db


def client_of(actor, name, phone):
    return create_client(actor, name=name, phone=phone, kind="PERSON")


def agreed(actor, name, phone):
    return create_client(actor, name=name, phone=phone, kind="PERSON", consent=True)


def find(actor, text):
    """What is found, by kind: the addresses that each leads to."""
    groups = find_everything(actor, text, 8)
    return {group.finder.name: [hit.url for hit in group.hits] for group in groups}


def asked(browser, text):
    return browser.get(reverse("search"), {"q": text})


def spellings(number: str) -> list[str]:
    """As numbers are dictated, pasted, and typed on a Russian keyboard."""
    return [
        number,
        number.lower(),
        number.replace("-", ""),
        number.replace("-", " "),
        number.removeprefix("EC-"),
        f"  {number} ",
        number.replace("EC", "ЕС"),
    ]


def test_a_number_leads_straight_to_the_request_however_it_is_typed(sign_in):
    actor = make_actor()
    request = RequestFactory(owner=actor.organization)
    browser = sign_in(actor)
    for text in spellings(request.number):
        answer = asked(browser, text)
        assert answer.status_code == 302, text
        assert answer["Location"] == reverse("request_detail", args=[request.number])


def test_a_number_leads_straight_to_the_subscription(sign_in):
    actor = make_actor()
    request_in(RequestState.CONNECTED, owner=actor.organization)
    subscription = Subscription.objects.get()
    answer = asked(sign_in(actor), subscription.number)
    assert answer["Location"] == reverse("subscription_detail", args=[subscription.number])


def test_anothers_number_is_as_one_that_does_not_exist(sign_in):
    theirs = RequestFactory()
    browser = sign_in(make_actor())
    for number in (theirs.number, new_number("EC")):
        answer = asked(browser, number)
        assert answer.status_code == 200
        assert not answer.context["groups"]
        assert reverse("request_detail", args=[number]) not in answer.content.decode()


def test_a_draft_is_hidden_from_its_provider(sign_in):
    provider = make_actor(OrganizationKind.PROVIDER)
    draft = RequestFactory(plan=PlanFactory(provider=provider.organization))
    assert asked(sign_in(provider), draft.number).status_code == 200


def test_the_beginning_of_a_number_finds_its_requests():
    actor = make_actor()
    request = RequestFactory(owner=actor.organization)
    RequestFactory(number=request.number[:7] + "-0000")  # somebody else's
    found = find(actor, request.number[:7])
    assert found["requests"] == [reverse("request_detail", args=[request.number])]


def test_clients_are_found_in_ones_own_portfolio_alone():
    ours, theirs = make_actor(), make_actor()
    mine = client_of(ours, "Иванова Анна", "+79123456789")
    client_of(theirs, "Иванов Пётр", "+79123456780")
    page = reverse("client_detail", args=[mine.public_id])
    assert find(ours, "иванов")["clients"] == [page]
    assert find(ours, "8 912 345-67-89")["clients"] == [page]


def test_a_provider_has_no_portfolio_to_search():
    agency = make_actor()
    client_of(agency, "Иванова Анна", "+79123456789")
    assert "clients" not in find(make_actor(OrganizationKind.PROVIDER), "иванова")


def test_addresses_are_found(sign_in):
    street = StreetFactory(
        city=CityFactory(name="Казань", search_key="казань"),
        name="Чистопольская",
        search_key="чистопольская",
    )
    building = BuildingFactory(street=street, number="12")
    actor = make_actor()
    page = reverse("availability_building", args=[building.public_id])
    assert page in find(actor, "чистопольская 12")["places"]
    html = asked(sign_in(actor), "чистопольская 12").content.decode()
    assert page in html


@pytest.mark.parametrize("text", ["", " ", "и", "\x00", "%", "_" * 500, "<script>", "EC-", "'"])
def test_anything_may_be_typed(sign_in, text):
    answer = asked(sign_in(make_actor()), text)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_someone_without_an_organization_finds_nothing_of_others(client):
    request = RequestFactory()
    client.force_login(UserFactory(), backend="users.backends.AuthenticationBackend")
    assert asked(client, request.number).status_code == 200
    assert not asked(client, "Клиент").context["groups"]


def test_search_stays_within_its_queries(sign_in, django_assert_max_num_queries):
    actor = make_actor()
    browser = sign_in(actor)
    counts = []
    for number in range(1, 4):
        client = client_of(actor, f"Чистова {number}", f"+7912345678{number}")
        RequestFactory(owner=actor.organization, client=client)
        asked(browser, "чистова")
        with django_assert_max_num_queries(12) as captured:
            answer = asked(browser, "чистова")
        assert found_in(answer)["clients"] == number
        counts.append(len(captured))
    assert len(set(counts)) == 1


def found_in(answer):
    return {group.finder.name: len(group.hits) for group, _url in answer.context["groups"]}


def subscription_of(actor, **fields):
    fields.setdefault("client", ClientFactory(owner=actor.organization))
    request = request_in(RequestState.CONNECTED, owner=actor.organization, **fields)
    return Subscription.objects.get(origin=request)


def test_a_subscription_is_found_by_what_its_papers_call_it():
    actor, other = make_actor(), make_actor()
    mine, theirs = subscription_of(actor), subscription_of(other)
    Subscription.objects.filter(pk=mine.pk).update(contract_number="77/2026-Д")
    Subscription.objects.filter(pk=theirs.pk).update(account_number="77/2026-Д")
    page = reverse("subscription_detail", args=[mine.number])
    assert find(actor, " 77/2026-Д ")["subscriptions"] == [page]
    assert find(other, "77/2026-Д")["subscriptions"] == [
        reverse("subscription_detail", args=[theirs.number])
    ]
    assert "subscriptions" not in find(actor, "78/2026-Д")


def test_a_subscription_is_found_by_its_client_and_its_address():
    actor = make_actor()
    client = agreed(actor, "Сухова Ольга", "+79123456781")
    mine = subscription_of(actor, client=client)
    page = reverse("subscription_detail", args=[mine.number])
    assert find(actor, "сухова")["subscriptions"] == [page]
    assert find(actor, "6781")["subscriptions"] == [page]
    assert find(actor, mine.building.search_key)["subscriptions"] == [page]
    assert "subscriptions" not in find(make_actor(), "сухова")


def test_a_name_that_is_somebodys_is_no_misspelled_address():
    actor = make_actor()
    street = StreetFactory(name="Сухонская", search_key="сухонская")
    BuildingFactory(street=street, number="1")
    client_of(actor, "Сухонскоя Ольга", "+79123456781")
    assert set(find(actor, "сухонскоя")) == {"clients"}


def test_under_the_field_stand_options_that_lead_to_pages(sign_in):
    actor = make_actor()
    request = RequestFactory(owner=actor.organization)
    browser = sign_in(actor)
    url = reverse("search_suggest")
    page = reverse("request_detail", args=[request.number])
    html = browser.get(url, {"q": request.number[:9]}).content.decode()
    assert f'data-url="{page}"' in html
    assert 'role="option"' in html
    whole = browser.get(url, {"q": request.number}).content.decode()
    assert whole.count('role="option"') == 1
    assert f'data-url="{page}"' in whole
    assert 'role="option"' not in browser.get(url, {"q": "щщщщ"}).content.decode()


@pytest.mark.parametrize(
    "text", ["", "и", "\x00", "%", "_" * 500, "<script>alert(1)</script>", "'"]
)
def test_anything_may_be_typed_into_the_field(sign_in, text):
    answer = sign_in(make_actor()).get(reverse("search_suggest"), {"q": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_options_stay_within_their_queries(sign_in, django_assert_max_num_queries):
    actor = make_actor()
    browser = sign_in(actor)
    counts = []
    for number in range(1, 4):
        client = agreed(actor, f"Чистова {number}", f"+7912345678{number}")
        request_in(RequestState.CONNECTED, owner=actor.organization, client=client)
        browser.get(reverse("search_suggest"), {"q": "чистова"})
        with django_assert_max_num_queries(12) as captured:
            browser.get(reverse("search_suggest"), {"q": "чистова"})
        counts.append(len(captured))
    assert len(set(counts)) == 1


def test_a_visitor_is_asked_to_sign_in(client):
    assert asked(client, "EC-4827-1936").status_code == 302
