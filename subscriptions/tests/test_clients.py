"""The portfolio: adding, changing and finding clients."""

import pytest

from core.choices import OrganizationKind, Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import Event
from subscriptions.choices import ClientKind
from subscriptions.models import Client
from subscriptions.selectors.clients import search_clients
from subscriptions.services.clients import change_client, create_client, record_consent
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db

AGENCY, BUILDER = OrganizationKind.AGENCY, OrganizationKind.BUILDER


def add(actor, name="Иванова Анна", phone="+7 912 345-67-89", **fields):
    return create_client(actor, name=name, phone=phone, kind=ClientKind.PERSON, **fields)


@pytest.mark.parametrize(
    "typed",
    [
        "8 912 345-67-89",
        "+7 (912) 345 67 89",
        "9123456789",
        "79123456789",
        "8-912-345-6789",
        " +7.912.345.67.89 ",
        "+7 912 345-67-89 доб. 12",
    ],
)
def test_a_phone_is_understood_in_any_russian_spelling(typed):
    assert add(make_actor(), phone=typed).phone.as_e164 == "+79123456789"


@pytest.mark.parametrize("typed", ["", "112", "8 912 345", "+7 000 000 00 00", "позвонить жене"])
def test_what_is_no_phone_is_refused_beside_its_field(typed):
    with pytest.raises(DomainError) as refused:
        add(make_actor(), phone=typed)
    assert refused.value.field == "phone"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "—"}, "name"),
        ({"name": "Я" * 201}, "name"),
        ({"kind": "ALIEN"}, "kind"),
        ({"email": "not an address"}, "email"),
        ({"comment": "Я" * 501}, "comment"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(fields, field):
    values = {"name": "Анна", "phone": "+79123456789", "kind": ClientKind.PERSON} | fields
    with pytest.raises(DomainError) as refused:
        create_client(make_actor(), **values)
    assert refused.value.field == field
    assert not Client.objects.exists()


@pytest.mark.parametrize("kind", [AGENCY, BUILDER])
def test_a_member_of_an_agency_or_builder_adds_clients(kind):
    actor = make_actor(kind, Role.MEMBER)
    client = add(actor, name=" Иванова \n Анна ", consent=True)
    assert (client.owner, client.created_by) == (actor.organization, actor.user)
    assert client.name == "Иванова Анна"
    assert client.consent_at == client.created_at


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (AGENCY, Role.VIEWER),
        (OrganizationKind.PROVIDER, Role.OWNER),
        (OrganizationKind.COMPANY, Role.OWNER),
        (OrganizationKind.PERSON, Role.OWNER),
    ],
)
def test_others_add_no_clients(kind, role):
    with pytest.raises(Forbidden):
        add(make_actor(kind, role))


def test_events_of_clients_carry_names_of_fields_and_no_personal_data():
    actor = make_actor()
    client = add(actor)
    change_client(actor, client, version=1, name="Петрова Анна", email="anna@example.com")
    created, changed = Event.objects.order_by("pk")
    assert (created.kind, created.data) == ("client.created", {})
    assert (changed.kind, changed.data) == ("client.changed", {"fields": ["name", "email"]})


def test_a_change_that_changes_nothing_tells_nobody():
    actor = make_actor()
    client = add(actor)
    assert change_client(actor, client, version=1, name="Иванова  Анна").version == 1
    assert Event.objects.count() == 1


def test_a_change_based_on_an_old_version_is_refused():
    actor = make_actor()
    client = add(actor)
    change_client(actor, client, version=1, comment="Звонить вечером")
    with pytest.raises(Conflict):
        change_client(actor, client, version=1, comment="Звонить утром")
    client.refresh_from_db()
    assert (client.comment, client.version) == ("Звонить вечером", 2)


def test_members_change_what_they_added_and_managers_everything():
    manager = make_actor()
    member = make_actor(role=Role.MEMBER, organization=manager.organization)
    colleague = make_actor(role=Role.MEMBER, organization=manager.organization)
    client = add(member)
    with pytest.raises(Forbidden):
        change_client(colleague, client, version=1, name="Чужая")
    change_client(member, client, version=1, name="Своя")
    assert change_client(manager, client, version=2, name="Наша").name == "Наша"


def test_a_client_of_another_agency_cannot_be_changed():
    client = add(make_actor())
    stranger = make_actor()
    with pytest.raises(Forbidden):
        change_client(stranger, client, version=1, name="Чужая")
    with pytest.raises(Forbidden):
        record_consent(stranger, client)


def test_an_account_manager_reads_and_changes_nothing():
    from core.choices import StaffScope

    client = add(make_actor())
    kam = make_staff(StaffScope.ACCOUNT_MANAGER, client.owner)
    with pytest.raises(Forbidden):
        change_client(kam, client, version=1, name="Чужая")


def test_fields_that_are_not_offered_cannot_be_set():
    actor = make_actor()
    with pytest.raises(TypeError):
        change_client(actor, add(actor), version=1, owner_id=7)


def test_consent_is_recorded_once():
    actor = make_actor()
    client = add(actor)
    first = record_consent(actor, client).consent_at
    assert record_consent(actor, client).consent_at == first
    assert Event.objects.filter(kind="client.consent_given").count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "Иван",
        "иванова",
        "ан",
        "АННА ИВ",
        "пётр",
        "петровна",
        "+7 912",
        "8912345",
        "912345",
        "8 (912) 345-67-89",
        "6789",
        "67-89",
        "345-67-89",
    ],
)
def test_a_client_is_found_by_any_word_and_by_either_end_of_the_phone(text):
    actor = make_actor()
    client = add(actor, name="Иванова Анна Пётровна")
    add(actor, name="Сидоров Олег", phone="+7 927 111-22-33")
    assert search_clients(actor, text) == [client]


@pytest.mark.parametrize("text", ["ванова", "Анна Сидорова", "78", "34567", "911"])
def test_a_client_is_not_found_by_what_is_not_theirs(text):
    actor = make_actor()
    add(actor)
    assert search_clients(actor, text) == []


def test_an_empty_search_gives_the_newest_first():
    actor = make_actor()
    clients = [add(actor, name=f"Клиент {n}") for n in range(3)]
    assert search_clients(actor, "  ", limit=2) == [clients[2], clients[1]]


def test_a_changed_client_is_found_by_what_they_are_called_now():
    actor = make_actor()
    client = add(actor)
    change_client(actor, client, version=1, name="Орлова Анна", phone="8 927 000-11-22")
    assert search_clients(actor, "иванова") == []
    assert search_clients(actor, "3456789") == []
    assert search_clients(actor, "орлова") == search_clients(actor, "0001122") == [client]


def test_search_finds_nothing_of_another_portfolio():
    theirs = add(make_actor(), name="Иванова Анна")
    actor = make_actor()
    assert search_clients(actor, "Иванова") == []
    assert search_clients(actor, "") == []
    assert search_clients(make_staff(), "Иванова") == [theirs]
