"""Consent, tags and addresses of a client; who has a phone already."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.choices import Role
from core.errors import DomainError, Forbidden
from core.models import Event
from locations.tests.factories import BuildingFactory, CityFactory, StreetFactory
from subscriptions.choices import ClientKind, RequestState
from subscriptions.models import Client, ClientAddress, ClientTag
from subscriptions.selectors.clients import clients_with_phone
from subscriptions.services.clients import (
    add_address,
    create_client,
    record_consent,
    tag_client,
    tag_many,
    untag_many,
    withdraw_consent,
)
from subscriptions.services.requests import submit_request
from subscriptions.tests.factories import ClientFactory, RequestFactory, request_in
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db

LIST = reverse("client_list")


@pytest.fixture
def agent():
    return make_actor()


def add(actor, name="Иванова Анна", phone="+79123456789", **fields):
    return create_client(actor, name=name, phone=phone, kind=ClientKind.PERSON, **fields)


def page_of(client, name="client_detail", **more):
    return reverse(name, kwargs={"public_id": client.public_id, **more})


# --- consent ----------------------------------------------------------------------------------
def test_a_consent_is_given_withdrawn_and_given_again_with_its_dates(agent):
    client = add(agent)
    start = timezone.now()
    with clock.set_to(start):
        record_consent(agent, client)
    with clock.set_to(start + timedelta(days=1)):
        gone = withdraw_consent(agent, client)
        assert withdraw_consent(agent, client).version == gone.version
    assert (gone.has_consent, gone.consent_at) == (False, start)
    assert gone.consent_withdrawn_at == start + timedelta(days=1)
    with clock.set_to(start + timedelta(days=2)):
        again = record_consent(agent, client)
    assert (again.consent_at, again.consent_withdrawn_at) == (start + timedelta(days=2), None)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[1:] == [
        "client.consent_given",
        "client.consent_withdrawn",
        "client.consent_given",
    ]


def test_after_a_withdrawal_nothing_is_filed_until_it_is_given_again(agent):
    client = add(agent, consent=True)
    request = RequestFactory(owner=agent.organization, client=client)
    withdraw_consent(agent, client)
    with pytest.raises(DomainError) as refused:
        submit_request(agent, request)
    assert refused.value.field == "consent"
    request.refresh_from_db()
    assert request.state == RequestState.DRAFT
    record_consent(agent, client)
    assert submit_request(agent, request).state == RequestState.SUBMITTED


def test_a_withdrawal_lists_what_is_in_work_for_a_decision(agent, sign_in):
    client = add(agent, consent=True)
    in_work = request_in(RequestState.CHECKING, owner=agent.organization, client=client)
    request_in(RequestState.CONNECTED, owner=agent.organization, client=client)
    browser = sign_in(agent)
    browser.post(page_of(client, "client_consent"), {"say": "no"})
    shown = browser.get(page_of(client)).context["shown"]
    assert shown.undecided == [in_work]
    browser.post(page_of(client, "client_consent"), {"say": "yes"})
    assert browser.get(page_of(client)).context["shown"].undecided == []
    assert browser.post(page_of(client, "client_consent"), {"say": "?"}).status_code == 400


# --- tags -------------------------------------------------------------------------------------
def test_a_tag_is_made_by_its_first_use_and_known_in_any_letter_case(agent):
    one, two = add(agent), add(agent)
    tag_client(agent, one, " VIP ")
    tag_client(agent, two, "vip")
    tag_client(agent, two, "vip")
    assert ClientTag.objects.get().name == "VIP"
    assert list(two.tags.all()) == list(one.tags.all())


@pytest.mark.parametrize("name", ["", "  ", "—", "я" * 41, "a\x00b"])
def test_what_is_no_tag_is_refused(agent, name):
    with pytest.raises(DomainError) as refused:
        tag_client(agent, add(agent), name)
    assert refused.value.field == "tag"


def test_many_are_tagged_and_untagged_and_those_of_others_are_not(agent, sign_in):
    own = [add(agent) for _n in range(2)]
    foreign = add(make_actor())
    chosen = [client.public_id for client in [*own, foreign]]
    done = tag_many(agent, chosen, "vip")
    assert (done.changed, done.refused) == (2, 1)
    assert not foreign.tags.exists()
    assert tag_many(agent, chosen, "vip").changed == 0
    browser = sign_in(agent)
    posted = {"selected": chosen, "tag": "VIP", "do": "untag", "back": f"{LIST}?tag=vip"}
    assert browser.post(reverse("client_tag_many"), posted)["Location"] == f"{LIST}?tag=vip"
    assert not own[0].tags.exists()
    with pytest.raises(DomainError):
        untag_many(agent, chosen, "нет такой")
    with pytest.raises(DomainError):
        tag_many(agent, [], "vip")


def test_a_member_tags_what_they_added(agent):
    member = make_actor(role=Role.MEMBER, organization=agent.organization)
    own, others = add(member), add(agent)
    done = tag_many(member, [own.public_id, others.public_id], "vip")
    assert (done.changed, done.refused) == (1, 1)
    with pytest.raises(Forbidden):
        tag_client(member, others, "vip")


def test_a_foreign_tag_is_neither_shown_nor_filtered_by(agent, sign_in):
    stranger = make_actor()
    tag_client(stranger, add(stranger), "чужая")
    browser = sign_in(agent)
    assert "чужая" not in browser.get(LIST).content.decode()
    assert browser.get(LIST, {"tag": "чужая"}).status_code == 400
    client = add(agent)
    assert browser.post(page_of(client, "client_tag"), {"untag": "чужая"}).status_code == 404


# --- the list ---------------------------------------------------------------------------------
def test_the_list_is_narrowed_by_each_filter(agent, sign_in):
    given = add(agent, "Дала", consent=True)
    tag_client(agent, given, "vip")
    gone = withdraw_consent(agent, add(agent, "Отозвала", consent=True))
    never = add(agent, "Не давала")
    old = ClientFactory(
        owner=agent.organization,
        name="Старая",
        consent_at=None,
        created_at=timezone.now() - timedelta(days=40),
    )
    busy = request_in(
        RequestState.CHECKING, owner=agent.organization, client=add(agent, "В работе", consent=True)
    ).client
    request_in(RequestState.CONNECTED, owner=agent.organization, client=given)
    browser = sign_in(agent)

    def found(**query):
        return [row.id for row in browser.get(LIST, query).context["page"]]

    assert found(tag="vip") == [given.pk]
    assert found(consent="given") == [busy.pk, given.pk]
    assert found(consent="withdrawn") == [gone.pk]
    assert found(consent="missing") == [old.pk, never.pk]
    assert found(requests="open") == [busy.pk]
    since = (timezone.now() - timedelta(days=7)).date().isoformat()
    assert found(since=since) == [busy.pk, never.pk, gone.pk, given.pk]
    for query in ({"consent": "x"}, {"since": "вчера"}, {"colour": "red"}, {"tag": "нет"}):
        assert browser.get(LIST, query).status_code == 400


# --- addresses --------------------------------------------------------------------------------
def test_an_address_is_added_by_building_and_flat_and_removed(agent, sign_in):
    client, building = add(agent), BuildingFactory()
    browser = sign_in(agent)
    url = page_of(client, "client_address_new")
    chosen = f"{url}?building={building.public_id}"
    assert browser.post(chosen, {"unit_number": "", "label": "дача"}).status_code == 422
    browser.post(chosen, {"unit_number": "кв. 47", "label": "дача"})
    browser.post(chosen, {"unit_number": "47"})
    address = ClientAddress.objects.get()
    assert (address.unit.building, address.unit.number, address.label) == (building, "47", "дача")
    remove = page_of(client, "client_address_remove", pk=address.pk)
    other = add(agent)
    browser.post(page_of(other, "client_address_remove", pk=address.pk))
    assert ClientAddress.objects.exists()
    browser.post(remove)
    browser.post(remove)
    assert not ClientAddress.objects.exists()


def test_a_typed_address_leads_to_its_building(agent, sign_in):
    city = CityFactory(name="Казань", search_key="казань")
    street = StreetFactory(city=city, name="Чистопольская", search_key="чистопольская")
    client, building = add(agent), BuildingFactory(street=street, number="12")
    browser = sign_in(agent)
    html = browser.get(page_of(client, "client_address_new"), {"q": "казань чистопольская 12"})
    assert html.context["building"] == building
    nowhere = browser.get(page_of(client, "client_address_new"), {"q": "Нигдевск, 1"})
    assert nowhere.context["building"] is None
    assert browser.get(page_of(client, "client_address_new") + "?building=XXX").status_code == 404


def test_a_building_that_only_another_agency_knows_cannot_be_noted(agent):
    hidden = BuildingFactory(status="PENDING", added_by=make_actor().organization)
    with pytest.raises(DomainError):
        add_address(agent, add(agent), building=hidden, unit_number="1")


# --- who has this phone -----------------------------------------------------------------------
def test_a_phone_that_is_known_is_hinted_at_and_not_refused(agent, sign_in):
    known = add(agent, "Иванова Анна")
    add(make_actor(), "Чужая")
    browser = sign_in(agent)
    hint = reverse("client_known")
    html = browser.get(hint, {"phone": "8 (912) 345-67-89"}).content.decode()
    assert "Иванова Анна" in html
    assert "Чужая" not in html
    assert browser.get(hint, {"phone": "8912"}).content.strip() == b""
    assert (
        browser.get(hint, {"phone": "89123456789", "besides": known.public_id}).content.strip()
        == b""
    )
    form = {"name": "Иванов Олег", "phone": "89123456789", "kind": "PERSON"}
    made = browser.post(reverse("client_new"), form, follow=True)
    assert Client.objects.visible_to(agent).count() == 2
    assert page_of(known) in made.content.decode()
    # The form sent twice makes one client.
    assert browser.post(reverse("client_new"), form)["Location"] == made.redirect_chain[0][0]
    assert [client.name for client in clients_with_phone(agent, "9123456789")] == [
        "Иванова Анна",
        "Иванов Олег",
    ]
