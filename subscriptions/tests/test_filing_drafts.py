"""What is typed is kept at every step: left, found again, changed after the drafts are made."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Forbidden, NotVisible
from core.tests.concurrency import together
from locations.services import merge_building
from locations.tests.factories import BuildingFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.choices import RequestState
from subscriptions.models import Client, ConnectionRequest, FilingDraft, Plan, RequestBundle
from subscriptions.selectors.begun import again_url
from subscriptions.services.filing_drafts import (
    KEPT_AT_MOST,
    discard_filing,
    forget_stale_filings,
    save_filing,
)
from subscriptions.tests.factories import ClientFactory, request_in
from subscriptions.tests.test_wizard import (
    check_url,
    new_client,
    new_url,
    offer,
)
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_actor(role=Role.MEMBER)


@pytest.fixture
def building():
    return BuildingFactory()


def kept(actor, place, **changes):
    form = {
        "building": place,
        "unit_number": "47",
        "plans": ["23456789ABCD"],
        "typed": {"name": "Анна", "phone": "8 912"},
        "form_token": uuid4(),
    }
    return save_filing(actor, **form | changes)


def token_on(page):
    return UUID(str(page.context["form"]["form_token"].value()))


# --- left and found again -----------------------------------------------------------------------
@pytest.mark.parametrize("button", ["keep", "later", "back"])
def test_what_is_typed_is_there_when_one_comes_back(
    sign_in,
    agent,
    building,
    button,
):
    plan, browser = offer(building), sign_in(agent)
    typed = new_client(comment="Код 47К1234", preferred_visit="по субботам", phone="8 9")
    url = new_url(building, plan)
    left = browser.post(url, typed | {button: "1"})
    assert left.status_code == (200 if button == "keep" else 302)
    if button == "back":
        assert left.url.startswith(reverse("availability_building", args=[building.public_id]))
        assert "unit=47" in left.url
    again = browser.get(url)
    html = again.content.decode()
    for word in ("Иванова Анна", 'value="8 9"', "Код 47К1234", "по субботам"):
        assert word in html
    # The same form: sent from here it makes what it would have made.
    assert str(token_on(again)) == typed["form_token"]
    # Consent is asked anew, whatever was ticked.
    assert not again.context["form"]["consent"].value()
    assert not Client.objects.exists()
    assert not ConnectionRequest.objects.exists()


def test_a_refused_form_is_kept_too(sign_in, agent, building):
    browser, url = sign_in(agent), new_url(building, offer(building))
    browser.post(url, new_client(phone="112", comment="Код 12"))
    assert "Код 12" in browser.get(url).content.decode()


def test_another_flat_begins_empty_and_so_does_one_who_starts_anew(
    sign_in,
    agent,
    building,
):
    browser, plan = sign_in(agent), offer(building)
    browser.post(new_url(building, plan), new_client(keep="1"))
    for url in (new_url(building, plan, unit="48"), new_url(building, plan) + "&fresh=1"):
        page = browser.get(url)
        assert "Иванова Анна" not in page.content.decode()


def test_a_draft_is_ones_own(sign_in, agent, building):
    plan = offer(building)
    draft = kept(agent, building)
    colleague = make_actor(role=Role.OWNER, organization=agent.organization)
    for other in (colleague, make_actor()):
        browser = sign_in(other)
        for url in (new_url(building, plan), new_url(building, plan) + f"&draft={draft.public_id}"):
            assert "Анна" not in browser.get(url).content.decode()
        assert "Анна" not in browser.get(reverse("request_drafts")).content.decode()
        gone = browser.post(reverse("request_draft_discard", args=[draft.public_id]))
        assert gone.status_code == 404
        with pytest.raises(NotVisible):
            kept(other, building, form_token=draft.form_token)
    assert FilingDraft.objects.get() == draft


def test_viewers_and_providers_keep_none(building):
    for actor in (
        make_actor(role=Role.VIEWER),
        make_actor(OrganizationKind.PROVIDER, Role.OWNER),
    ):
        with pytest.raises(Forbidden):
            kept(actor, building)


def test_hostile_words_are_cut_and_kept(agent, building):
    draft = kept(
        agent,
        building,
        unit_number="7\x00" + "7" * 100,
        plans=["\x00", "x" * 50, *["23456789ABCD"] * 3],
        typed={"name": "\x00\u202eА\ud800" + "я" * 500, "comment": "a\r\nb", "other": "x"},
    )
    draft.refresh_from_db()
    assert draft.unit_number == "7" * 20
    assert draft.plans == ["23456789ABCD"]
    assert draft.typed == {"name": "А" + "я" * 199, "comment": "a\nb"}


def test_only_so_many_are_kept(agent, building):
    for number in range(KEPT_AT_MOST + 2):
        kept(agent, building, unit_number=str(number))
    assert FilingDraft.objects.count() == KEPT_AT_MOST
    assert not FilingDraft.objects.filter(unit_number="0").exists()


def test_what_lies_too_long_is_thrown_away(agent, building):
    now = clock.now()
    rows = {
        "empty": (kept(agent, building, typed={"kind": "PERSON"}), timedelta(days=2)),
        "fresh": (kept(agent, building, typed={}), timedelta(hours=2)),
        "words": (kept(agent, building), timedelta(days=29)),
        "old": (kept(agent, building), timedelta(days=31)),
    }
    for row, age in rows.values():
        FilingDraft.objects.filter(pk=row.pk).update(updated_at=now - age)
    assert forget_stale_filings() == 2
    left = set(FilingDraft.objects.values_list("pk", flat=True))
    assert left == {rows["fresh"][0].pk, rows["words"][0].pk}
    assert forget_stale_filings() == 0


def test_discarding_and_merging_of_buildings(agent, building):
    draft, other = kept(agent, building), BuildingFactory()
    merge_building(make_staff(), building, other)
    draft.refresh_from_db()
    assert draft.building == other
    discard_filing(agent, draft.public_id)
    assert not FilingDraft.objects.exists()


# --- after the drafts are made ------------------------------------------------------------------
def test_the_drafts_take_the_forms_place_and_the_form_comes_back_with_them(
    sign_in,
    agent,
    building,
):
    plan, more = offer(building), offer(building, category=ServiceCategoryFactory(code="tv"))
    browser, typed = sign_in(agent), new_client(comment="Код 12")
    browser.post(new_url(building, plan), typed | {"keep": "1"})
    drafted = browser.post(new_url(building, plan), typed)
    assert not FilingDraft.objects.exists()
    bundle, client = RequestBundle.objects.get(), Client.objects.get()
    # Back to the plans, another one ticked: the same drafts, for the same client.
    page = browser.get(browser.get(drafted.url).context["client_url"])
    assert page.context["picked"] == client.public_id
    assert "Код 12" in page.content.decode()
    assert str(token_on(page)) == typed["form_token"]
    again = new_client(
        client=client.public_id, form_token=typed["form_token"], unit_number="48", comment="Код 13"
    )
    [first] = bundle.requests.all()
    response = browser.post(new_url(building, plan, more), again)
    assert response.url == drafted.url
    rows = list(bundle.requests.order_by("pk"))
    assert rows[0] == first
    assert [row.plan for row in rows] == [plan, more]
    assert {(row.unit.number, row.comment, row.client) for row in rows} == {
        ("48", "Код 13", client)
    }
    # One plan alone: the other draft is removed.
    browser.post(new_url(building, more), again)
    assert [(row.plan, row.state) for row in bundle.requests.order_by("pk")] == [
        (plan, RequestState.CANCELLED),
        (more, RequestState.DRAFT),
    ]
    assert (RequestBundle.objects.count(), Client.objects.count()) == (1, 1)


def test_a_form_kept_too_late_is_not_kept_for_what_is_filed(sign_in, agent, building):
    browser, typed, url = sign_in(agent), new_client(), new_url(building, offer(building))
    drafted = browser.post(url, typed)
    browser.post(drafted.url)
    assert browser.post(url, typed | {"keep": "1"}).status_code == 204
    assert not FilingDraft.objects.exists()
    # And sent once more it leads to what is filed.
    assert browser.post(url, typed).url == drafted.url


@pytest.mark.django_db(transaction=True)
def test_two_tabs_keep_one_form_once():
    actor, place, token = make_actor(), BuildingFactory(), uuid4()
    outcomes = together([partial(kept, actor, place, form_token=token)] * 6)
    assert {type(one) for one in outcomes} == {FilingDraft}
    assert FilingDraft.objects.count() == 1


# --- the pages ----------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_drafts_costs_the_same_however_many(
    sign_in,
    agent,
    building,
    count,
    django_assert_num_queries,
):
    browser = sign_in(agent)
    for number in range(count):
        kept(agent, building, unit_number=str(number))
        browser.post(
            new_url(building, offer(building), unit=str(number)),
            new_client(unit_number=str(number), phone=f"8912345678{number}"),
        )
    url = reverse("request_drafts")
    browser.get(url)
    with django_assert_num_queries(4):
        page = browser.get(url)
    assert (len(page.context["left"]), len(page.context["drafts"])) == (count, count)
    rows = browser.get(url + "?fragment=home")
    assert rows.content.decode().count("<li") == min(count * 2, 5)


def test_a_draft_is_gone_on_with_and_removed_from_the_list(
    sign_in,
    agent,
    building,
):
    browser, plan = sign_in(agent), offer(building)
    kept(agent, building, plans=[plan.public_id])
    [left] = browser.get(reverse("request_drafts")).context["left"]
    assert "Анна" in browser.get(left.url).content.decode()
    browser.post(reverse("request_draft_discard", args=[left.draft]))
    drafted = browser.post(new_url(building, plan), new_client())
    bundle = RequestBundle.objects.get()
    assert drafted.url == check_url(bundle)
    browser.post(reverse("request_draft_discard", args=[bundle.public_id]))
    assert bundle.requests.get().state == RequestState.CANCELLED
    assert not browser.get(reverse("request_drafts")).context["drafts"]


# --- once more ----------------------------------------------------------------------------------
@pytest.mark.parametrize("state", [RequestState.CANCELLED, RequestState.REJECTED, "CHECKING"])
def test_a_request_is_filed_once_more_for_the_same_client(
    sign_in,
    agent,
    building,
    state,
):
    plan, client = offer(building), ClientFactory(owner=agent.organization)
    row = request_in(
        state,
        owner=agent.organization,
        plan=plan,
        unit=UnitFactory(building=building, number="47"),
        client=client,
        comment="Код 12",
    )
    browser = sign_in(agent)
    [panel] = [
        panel
        for panel in browser.get(reverse("request_detail", args=[row.number])).context["panels"]
        if panel.name == "once_more"
    ]
    page = browser.get(panel.context["again_url"])
    assert page.status_code == 200
    assert page.context["picked"] == client.public_id
    assert "Код 12" in page.content.decode()
    assert 'value="47"' in page.content.decode()
    assert ("other_url" in panel.context) == (state == RequestState.REJECTED)
    if state == RequestState.REJECTED:
        plans = browser.get(panel.context["other_url"])
        assert f'name="like" value="{row.number}"' in plans.content.decode()


def test_of_what_is_not_offered_any_more_one_is_told(sign_in, agent, building):
    unit = UnitFactory(building=building, number="47")
    kept_plan = offer(building)
    gone = offer(building, name="Старый тариф", category=ServiceCategoryFactory(code="tv"))
    rows = [
        request_in(
            RequestState.CANCELLED,
            owner=agent.organization,
            plan=plan,
            unit=unit,
            client=ClientFactory(owner=agent.organization),
        )
        for plan in (kept_plan, gone)
    ]
    Plan.objects.filter(pk=gone.pk).update(is_published=False)
    answer = sign_in(agent).get(again_url(rows), follow=True)
    assert "Старый тариф" in answer.content.decode()
    [(url, _status)] = answer.redirect_chain
    assert kept_plan.public_id in url
    assert f"like={rows[0].number}" in url


def test_nothing_is_copied_from_a_stranger(sign_in, agent, building):
    plan = offer(building)
    theirs = request_in(
        RequestState.CANCELLED,
        plan=plan,
        unit=UnitFactory(building=building, number="47"),
        comment="Чужой секрет",
    )
    for number in (theirs.number, "EC-0000-0000", "'\x00"):
        page = sign_in(agent).get(new_url(building, plan), {"like": number})
        assert "Чужой секрет" not in page.content.decode()
    page = sign_in(agent).get(new_url(building, plan) + f"&like={theirs.number}")
    assert "Чужой секрет" not in page.content.decode()
    assert theirs.client.name not in page.content.decode()
