"""Duplicates merged and parted: everything moves, everything comes back, nothing is guessed."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.choices import Role
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event
from core.tests.concurrency import together
from locations.tests.factories import BuildingFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.choices import AttributionSource, ClientKind, RequestState, WatchState
from subscriptions.models import (
    Client,
    ClientAddress,
    ClientAttribution,
    ClientMerge,
    Subscription,
)
from subscriptions.selectors.clients import duplicate_groups, search_clients
from subscriptions.services.clients import (
    EDITABLE,
    change_client,
    create_client,
    finalise_merges,
    merge_clients,
    record_consent,
    remove_address,
    tag_client,
    undo_merge,
    withdraw_consent,
)
from subscriptions.services.watches import cancel_watch, watch
from subscriptions.tests.factories import RequestFactory, move, request_in
from users.tests.factories import make_actor

PHONE = "+79123456789"


def add(actor, name="Иванова Анна", phone=PHONE, **fields):
    return create_client(actor, name=name, phone=phone, kind=ClientKind.PERSON, **fields)


def address(client, unit=None):
    return ClientAddress.objects.create(
        client=client, unit=unit or UnitFactory(), created_at=timezone.now()
    )


def state_of(client):
    """All that a merge may touch, but for version and time of change."""
    row = Client.objects.get(pk=client.pk)
    columns = (*EDITABLE, "search_key", "consent_at", "consent_withdrawn_at", "merged_into_id")
    return (
        [getattr(row, name) for name in columns],
        sorted(row.requests.values_list("pk", flat=True)),
        sorted(row.subscriptions.values_list("pk", flat=True)),
        sorted(row.addresses.values_list("pk", flat=True)),
        sorted(row.attributions.values_list("pk", flat=True)),
        sorted(row.tags.values_list("name", flat=True)),
        sorted(row.terms.values_list("term", flat=True)),
        sorted(row.duplicates.values_list("pk", flat=True)),
        sorted(row.watches.values_list("pk", "state", "open_key", "closed_at")),
    )


@pytest.mark.django_db
def test_all_that_is_the_duplicate_s_moves_and_its_page_leads_to_the_one_kept(sign_in):
    actor = make_actor()
    kept = add(actor)
    duplicate = add(actor, "Иванова А. П.", email="anna@example.com", consent=True)
    connected = request_in(RequestState.CONNECTED, owner=actor.organization, client=duplicate)
    unit = UnitFactory()
    address(kept, unit), address(duplicate, unit)
    own = address(duplicate)
    tag_client(actor, duplicate, "vip")
    attribution = ClientAttribution.objects.create(
        unit=unit,
        category=ServiceCategoryFactory(),
        agency=actor.organization,
        client=duplicate,
        source=AttributionSource.REQUEST,
        registered_at=timezone.now(),
        lasts_until=timezone.now(),
    )

    merge_clients(actor, kept, duplicate, taken=["email"])

    kept.refresh_from_db()
    assert kept.email == "anna@example.com"
    assert kept.name == "Иванова Анна"
    assert list(kept.requests.all()) == [connected]
    assert list(kept.subscriptions.all()) == [Subscription.objects.get(origin=connected)]
    assert {row.unit_id for row in kept.addresses.all()} == {unit.pk, own.unit_id}
    assert [tag.name for tag in kept.tags.all()] == ["vip"]
    attribution.refresh_from_db()
    assert attribution.client == kept
    assert search_clients(actor, "иванова") == [kept]
    page = sign_in(actor).get(reverse("client_detail", args=[duplicate.public_id]))
    assert page["Location"] == reverse("client_detail", args=[kept.public_id])
    event = Event.objects.get(kind="client.merged")
    assert event.data == {"duplicate": duplicate.pk, "merge": ClientMerge.objects.get().pk}


@pytest.mark.django_db
def test_no_record_of_a_merge_holds_personal_data():
    actor = make_actor()
    kept, duplicate = add(actor), add(actor, "Петрова Мария", email="m@example.com")
    merge = merge_clients(actor, kept, duplicate, taken=["name", "email"])
    written = str(merge.moved)
    assert "Петрова" not in written
    assert "example.com" not in written


@st.composite
def cases(draw):
    return {
        "taken": draw(st.sets(st.sampled_from(EDITABLE))),
        "join": draw(st.booleans()),
        "comments": draw(st.tuples(st.sampled_from(["", "утром"]), st.sampled_from(["", "днём"]))),
        "consents": draw(
            st.tuples(*[st.sampled_from(["none", "given", "withdrawn"]) for _ in range(2)])
        ),
        "requests": draw(st.integers(0, 2)),
        "addresses": draw(st.integers(0, 2)),
        "shares_unit": draw(st.booleans()),
        "tags": draw(st.tuples(*[st.sets(st.sampled_from(["vip", "лето"])) for _ in range(2)])),
        "earlier": draw(st.booleans()),
        "watches": draw(st.integers(0, 2)),
        "shares_watch": draw(st.booleans()),
    }


@pytest.mark.django_db
@given(case=cases())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_undone_is_as_it_was(case):
    actor = make_actor()
    names = [("Иванова Анна", PHONE, ""), ("ООО «Анна»", "+79270001122", "a@example.com")]
    both = [
        add(actor, name, phone, email=email, comment=comment, consent=True)
        for (name, phone, email), comment in zip(names, case["comments"], strict=True)
    ]
    kept, duplicate = both
    for _n in range(case["requests"]):
        request_in(RequestState.CONNECTED, owner=actor.organization, client=duplicate)
        RequestFactory(owner=actor.organization, client=kept)
    for client, consent, tags in zip(both, case["consents"], case["tags"], strict=True):
        if consent == "none":
            Client.objects.filter(pk=client.pk).update(consent_at=None)
        if consent == "withdrawn":
            withdraw_consent(actor, client)
        for tag in sorted(tags):
            tag_client(actor, client, tag)
    for _n in range(case["addresses"]):
        address(duplicate)
    if case["shares_unit"]:
        unit = UnitFactory()
        address(kept, unit), address(duplicate, unit)
    building = BuildingFactory()
    for one in both if case["shares_watch"] else both[:1]:
        watch(actor, building, ServiceCategoryFactory(), one)
    for _n in range(case["watches"]):
        watch(actor, BuildingFactory(), ServiceCategoryFactory(), duplicate)
    if case["earlier"]:
        merge_clients(actor, duplicate, add(actor, "Третья"))
    before = [state_of(client) for client in both]

    merge = merge_clients(actor, kept, duplicate, taken=case["taken"], join_comments=case["join"])
    assert not list(duplicate.requests.all())
    undone = undo_merge(actor, merge)

    assert undone.left == []
    assert [state_of(client) for client in both] == before


@pytest.mark.django_db
def test_what_is_awaited_for_the_duplicate_is_awaited_for_the_one_kept_once():
    actor, internet = make_actor(), ServiceCategoryFactory()
    kept, duplicate = add(actor), add(actor)
    both, only = BuildingFactory(), BuildingFactory()
    first = watch(actor, both, internet, kept)
    same, own = (watch(actor, building, internet, duplicate) for building in (both, only))
    over = cancel_watch(actor, watch(actor, BuildingFactory(), internet, duplicate))
    merge = merge_clients(actor, kept, duplicate)
    waiting = kept.watches.filter(state=WatchState.WAITING).order_by("pk")
    assert list(waiting) == [first, own]
    assert not duplicate.watches.exists()
    # Pressed for the one kept, it is the one that moved.
    assert watch(actor, only, internet, kept) == own
    # Cancelled since, it comes back as it is now.
    cancel_watch(actor, own)
    undo_merge(actor, merge)
    assert {row.pk: row.state for row in duplicate.watches.all()} == {
        same.pk: WatchState.WAITING,
        own.pk: WatchState.CANCELLED,
        over.pk: WatchState.CANCELLED,
    }
    assert watch(actor, both, internet, duplicate) == same
    assert list(kept.watches.all()) == [first]


@pytest.mark.django_db
def test_what_was_changed_meanwhile_stays_and_is_named():
    actor = make_actor()
    kept, duplicate = add(actor), add(actor, "Петрова Мария")
    own = address(duplicate)
    merge = merge_clients(actor, kept, duplicate, taken=["name"])
    kept.refresh_from_db()
    change_client(actor, kept, version=kept.version, name="Сидорова Мария")
    remove_address(actor, kept, own.pk)

    undone = undo_merge(actor, merge)

    kept.refresh_from_db()
    assert kept.name == "Сидорова Мария"
    assert len(undone.left) == 2
    assert Client.objects.visible_to(actor).count() == 2


@pytest.mark.django_db
def test_a_service_connected_since_goes_back_with_its_request():
    actor = make_actor()
    kept, duplicate = add(actor), add(actor, consent=True)
    request = request_in(RequestState.IN_PROGRESS, owner=actor.organization, client=duplicate)
    merge = merge_clients(actor, kept, duplicate)
    move(request, "connect")
    undo_merge(actor, merge)
    assert Subscription.objects.get().client == duplicate


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "has_consent"),
    [(["given", "withdrawn"], False), (["withdrawn", "given"], True), (["none", "given"], True)],
)
def test_of_two_consents_the_latest_word_counts(said, has_consent):
    actor = make_actor()
    both = [add(actor), add(actor)]
    start = timezone.now() - timedelta(days=2)
    for hours, (client, word) in enumerate(zip(both, said, strict=True)):
        with clock.set_to(start + timedelta(hours=hours * 3)):
            if word != "none":
                record_consent(actor, client)
        with clock.set_to(start + timedelta(hours=hours * 3 + 1)):
            if word == "withdrawn":
                withdraw_consent(actor, client)
    merge_clients(actor, *both)
    both[0].refresh_from_db()
    assert both[0].has_consent is has_consent


@pytest.mark.django_db
def test_undone_once_within_a_day_and_the_later_merge_first():
    actor = make_actor()
    first, second, third = add(actor), add(actor), add(actor)
    inner = merge_clients(actor, second, third)
    outer = merge_clients(actor, first, second)
    with pytest.raises(Conflict):
        undo_merge(actor, inner)
    undo_merge(actor, outer)
    with pytest.raises(Conflict):
        undo_merge(actor, outer)
    with clock.set_to(inner.undo_until), pytest.raises(DomainError):
        undo_merge(actor, inner)
    undo_merge(actor, inner)
    assert Client.objects.visible_to(actor).count() == 3


@pytest.mark.django_db
def test_a_merge_becomes_final_after_a_day(sign_in):
    actor = make_actor()
    kept, duplicate = add(actor), add(actor, email="a@example.com", comment="днём")
    tag_client(actor, duplicate, "vip")
    merge = merge_clients(actor, kept, duplicate)
    assert finalise_merges() == 0
    with clock.set_to(merge.undo_until):
        assert finalise_merges() == 1
        assert finalise_merges() == 0
        merge.refresh_from_db()
        with pytest.raises(DomainError):
            undo_merge(actor, merge)
    duplicate.refresh_from_db()
    assert (merge.moved, duplicate.email, duplicate.comment) == ({}, "", "")
    assert not duplicate.terms.exists()
    page = reverse("client_detail", args=[duplicate.public_id])
    assert sign_in(actor).get(page).status_code == 302


@pytest.mark.django_db
def test_clients_of_two_tenants_are_never_merged(sign_in):
    actor, stranger = make_actor(), make_actor()
    own, foreign = add(actor), add(stranger)
    for pair in [(own, foreign), (foreign, own), (foreign, foreign)]:
        with pytest.raises((NotVisible, DomainError)):
            merge_clients(actor, *pair)
    url = reverse("client_merge", args=[own.public_id, foreign.public_id])
    assert sign_in(actor).post(url).status_code == 404
    merge = merge_clients(stranger, foreign, add(stranger))
    with pytest.raises(NotVisible):
        undo_merge(actor, merge)
    undo = reverse("client_merge_undo", args=[merge.public_id])
    assert sign_in(actor).post(undo).status_code == 404


@pytest.mark.django_db
def test_a_member_merges_only_what_they_added():
    manager = make_actor()
    member = make_actor(role=Role.MEMBER, organization=manager.organization)
    with pytest.raises(Forbidden):
        merge_clients(member, add(member), add(manager))
    assert merge_clients(member, add(member), add(member)).pk


@pytest.mark.django_db
def test_comments_too_long_together_are_refused_beside_the_field():
    actor = make_actor()
    with pytest.raises(DomainError) as refused:
        merge_clients(
            actor, add(actor, comment="а" * 300), add(actor, comment="б" * 300), join_comments=True
        )
    assert refused.value.field == "comment"
    assert Client.objects.visible_to(actor).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_at_once_one_wins():
    actor = make_actor()
    first, second = add(actor), add(actor)
    RequestFactory(owner=actor.organization, client=first)
    RequestFactory(owner=actor.organization, client=second)
    outcomes = together(
        [
            partial(merge_clients, actor, first, second),
            partial(merge_clients, actor, second, first),
            partial(merge_clients, actor, first, second),
        ]
    )
    assert sum(isinstance(outcome, ClientMerge) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    kept = Client.objects.visible_to(actor).get()
    assert kept.requests.count() == 2


@pytest.mark.django_db
def test_the_preview_asks_where_they_differ_and_refuses_what_has_changed(sign_in):
    actor = make_actor()
    kept, duplicate = add(actor), add(actor, "Петрова Мария")
    browser = sign_in(actor)
    url = reverse("client_merge", args=[kept.public_id, duplicate.public_id])
    form = browser.get(url).context["form"]
    assert set(form.fields) == {"kept_version", "duplicate_version", "name"}
    posted = {"kept_version": kept.version, "duplicate_version": duplicate.version}
    assert browser.post(url, posted).status_code == 422
    change_client(actor, duplicate, version=1, comment="новое")
    stale = browser.post(url, posted | {"name": "taken"})
    assert stale.status_code == 422
    fresh = stale.context["form"]
    again = {name: fresh[name].value() or "kept" for name in fresh.fields}
    done = browser.post(url, again | {"name": "taken"})
    assert done["Location"] == reverse("client_detail", args=[kept.public_id])
    kept.refresh_from_db()
    assert kept.name == "Петрова Мария"
    # The button pressed twice: the duplicate is there no more.
    assert browser.post(url, again | {"name": "taken"}).status_code == 404


@pytest.mark.django_db
def test_groups_of_one_phone_are_listed_without_those_of_others(
    sign_in, django_assert_max_num_queries
):
    actor, stranger = make_actor(), make_actor()
    add(stranger), add(stranger)
    for number in range(3):
        add(actor, phone=f"+7912000000{number}"), add(actor, phone=f"+7912000000{number}")
    add(actor, phone="+79129999999")
    page = duplicate_groups(actor)
    assert [group.count for group in page.rows] == [2, 2, 2]
    assert str(page.rows[0].phone) == "+79120000002"
    browser = sign_in(actor)
    browser.get(reverse("client_duplicates"))
    with django_assert_max_num_queries(6):
        html = browser.get(reverse("client_duplicates")).content.decode()
    assert html.count("duplicate-group") == 3
    assert browser.get(reverse("client_duplicates"), {"after": "x"}).status_code == 400
