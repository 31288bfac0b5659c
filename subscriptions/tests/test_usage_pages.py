"""Pages of metered use: what is shown, to whom, and what may be done there."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from core import clock
from core.choices import OrganizationKind, Role
from core.tests.reading import seen
from subscriptions.models import Meter, MeterReading, UsageLimit, UsageRecord, UsageSettings
from subscriptions.models.teams import TeamPlace
from subscriptions.services.usage import UsageRow, record_usage, set_limit
from subscriptions.tests.usage import category, meter_of, read, subscription_of
from users.models import Membership
from users.tests.factories import TeamFactory, make_actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
FEB = date(2026, 2, 1)


@pytest.fixture(autouse=True)
def in_november():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def holder():
    return make_actor(OrganizationKind.COMPANY)


@pytest.fixture
def operator():
    return make_actor(OrganizationKind.PROVIDER)


@pytest.fixture
def subscription(holder, operator):
    return subscription_of(holder, operator)


@pytest.fixture
def meter(holder, subscription):
    return meter_of(holder, subscription)


def page_of(subscription):
    return reverse("subscription_usage", args=[subscription.number])


def cost(browser, url):
    caches["local"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def tell(actor, subscription, month, amount, **fields):
    first = date(2026, month, 1)
    last = date(2026, month + 1, 1).toordinal() - 1 if month < 12 else 0
    row = UsageRow(subscription.number, first, date.fromordinal(last), Decimal(amount), **fields)
    assert record_usage(actor, [row]).faults == []


def picture():
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(file, "JPEG")
    return SimpleUploadedFile("meter.jpg", file.getvalue(), "image/jpeg")


# --- the page of a subscription ---------------------------------------------------------------
def test_the_page_shows_this_year_against_the_last(sign_in, holder, operator, subscription):
    tell(operator, subscription, 9, "300")
    tell(operator, subscription, 10, "120.5")
    row = UsageRow(subscription.number, date(2025, 10, 1), date(2025, 10, 31), Decimal(100))
    record_usage(operator, [row])
    page = sign_in(holder).get(page_of(subscription))
    october = page.context["months"][9]
    assert (october.now, october.before, october.change) == ("120", "100", "+20 %")
    assert len(page.context["chart"].rects) == 3
    earlier = sign_in(holder).get(page_of(subscription) + "?year=2025")
    assert earlier.context["months"][9].now == "100"
    assert sign_in(holder).get(page_of(subscription) + "?year=x").status_code == 400


def test_pages_cost_the_same_for_one_row_and_for_three(
    sign_in, holder, operator, subscription, meter
):
    browser, provider = sign_in(holder), sign_in(operator)
    read(holder, meter, FEB, "162")
    MeterReading.objects.filter(day=FEB).update(state="DOUBTFUL")
    urls = [page_of(subscription), reverse("usage"), reverse("usage_limits"),
            reverse("subscription_detail", args=[subscription.number])]  # fmt: skip
    one = [cost(browser, url) for url in urls] + [cost(provider, reverse("usage_doubtful"))]
    for number in (2, 3):
        other = subscription_of(holder, operator)
        hung = meter_of(holder, other)
        read(holder, hung, FEB, "162")
        read(holder, meter, date(2026, 2, 1 + number), str(162 + number))
        tell(operator, other, 10, "10")
        set_limit(holder, "NO_READING", 20, subscription=other)
    MeterReading.objects.filter(day__gte=FEB).update(state="DOUBTFUL")
    three = [cost(browser, url) for url in urls] + [cost(provider, reverse("usage_doubtful"))]
    # Two of them are the site's menu and settings, which are kept in the process: else eleven.
    assert max(three) <= 13
    # The overview adds what it shows of a service that has figures.
    assert [three[0], *three[2:]] == [one[0], *one[2:]]


def test_who_reads_the_use_of_a_subscription(sign_in, holder, operator, subscription, meter):
    read(holder, meter, FEB, "162", photo=picture())
    reading = MeterReading.objects.get(day=FEB)
    photo = reverse("usage_reading_photo", args=[subscription.number, reading.public_id])
    viewer = make_actor(organization=holder.organization, role=Role.VIEWER)
    for actor in (holder, viewer, operator):
        assert sign_in(actor).get(page_of(subscription)).status_code == 200
        answer = sign_in(actor).get(photo)
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
    strangers = [
        make_actor(organization=subscription.owner),
        *(make_actor(kind) for kind in OrganizationKind),
    ]
    for actor in strangers:
        for url in (page_of(subscription), photo):
            assert sign_in(actor).get(url).status_code == 404
    # Who filed it still sees the subscription itself, and no use on its page.
    seller = sign_in(strangers[0])
    detail = seller.get(reverse("subscription_detail", args=[subscription.number]))
    assert detail.status_code == 200
    assert [panel.name for panel in detail.context["panels"] if panel.name == "usage"] == []


def test_a_team_sees_the_use_of_its_places(sign_in, holder, operator, subscription):
    other = subscription_of(holder, operator)
    for row in (subscription, other):
        tell(operator, row, 10, "10")
    team = TeamFactory(organization=holder.organization)
    TeamPlace.objects.create(team=team, building=subscription.building)
    member = make_actor(organization=holder.organization, role=Role.MEMBER)
    Membership.objects.filter(user=member.user).update(team=team)
    browser = sign_in(member)
    assert browser.get(page_of(subscription)).status_code == 200
    assert browser.get(page_of(other)).status_code == 404
    overview = browser.get(reverse("usage") + "?month=2026-10")
    assert [tile.now for tile in overview.context["tiles"]] == [Decimal(10)]
    assert other.building.address not in seen(overview)


# --- a reading on a phone ---------------------------------------------------------------------
def test_a_reading_is_entered_with_a_photo_and_once(sign_in, holder, subscription, meter):
    browser = sign_in(holder)
    url = reverse("usage_reading_new", args=[subscription.number, meter.public_id])
    shown = browser.get(url)
    assert "01.01.2026" in shown.content.decode()
    sent = {
        "day": "2026-02-01",
        "zone_ALL": "1 162,5",
        "form_token": shown.context["form"]["form_token"].value(),
    }
    for _ in range(2):
        answer = browser.post(url, sent | {"photo": picture()})
        assert answer["Location"] == page_of(subscription)
    (made,) = MeterReading.objects.filter(day=FEB)
    assert made.value == Decimal("1162.5")
    assert made.photo


def test_an_unusual_figure_is_asked_about_and_nothing_typed_is_lost(
    sign_in, holder, operator, subscription, meter
):
    for month in range(2, 7):
        read(holder, meter, date(2026, month, 1), str(month * 100))
    browser = sign_in(holder)
    url = reverse("usage_reading_new", args=[subscription.number, meter.public_id])
    sent = {"day": "2026-07-01", "zone_ALL": "3000", "form_token": str(uuid4())}
    asked = browser.post(url, sent | {"photo": picture()})
    assert asked.status_code == 422
    assert asked.context["form"].fields["photo"].help_text.endswith(("it.", "сохраняют."))
    assert 'name="confirmed"' in asked.content.decode()
    assert asked.context["form"]["zone_ALL"].value() == "3000"
    assert browser.post(url, sent | {"confirmed": "on"}).status_code == 302
    made = MeterReading.objects.get(day=date(2026, 7, 1))
    assert made.state == "DOUBTFUL"
    # The provider finds it in its list, and decides.
    provider = sign_in(operator)
    listed = provider.get(reverse("usage_doubtful"))
    assert [row.public_id for row, _place, _value in listed.context["lines"]] == [made.public_id]
    decide = reverse("usage_reading_decide", args=[subscription.number, made.public_id])
    assert browser.get(decide).status_code == 403
    assert provider.post(decide, {"do": "refuse"}).status_code == 422
    provider.post(decide, {"do": "refuse", "reason": "On the photo it is 0700"})
    assert "On the photo it is 0700" in browser.get(page_of(subscription)).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"day": "2026-02-01", "zone_ALL": "1e5"},
        {"day": "2026-02-01", "zone_ALL": "\0"},
        {"day": "2026-02-01", "zone_ALL": "-5"},
        {"day": "2026-02-01", "zone_ALL": "9" * 10_000},
        {"day": "2026-02-30", "zone_ALL": "5"},
        {"day": "2026-02-01", "zone_ALL": "200", "form_token": "x"},
        {"day": "2026-02-01", "zone_ALL": "२००"},
    ],
)
def test_what_cannot_be_a_reading_is_refused_on_the_form(
    sign_in, holder, subscription, meter, sent
):
    url = reverse("usage_reading_new", args=[subscription.number, meter.public_id])
    answer = sign_in(holder).post(url, {"form_token": str(uuid4())} | sent)
    assert answer.status_code == 422
    assert MeterReading.objects.count() == 1


def test_a_reading_is_corrected_on_its_page(sign_in, holder, subscription, meter):
    made = read(holder, meter, FEB, "1620")
    url = reverse("usage_reading_correct", args=[subscription.number, made.public_id])
    assert sign_in(holder).post(url, {"value": "99"}).status_code == 422
    assert sign_in(holder).post(url, {"value": "162"})["Location"] == page_of(subscription)
    page = sign_in(holder).get(page_of(subscription))
    assert [line.row.state for line in page.context["readings"]].count("SUPERSEDED") == 1


def test_a_reading_of_another_subscription_is_not_there(sign_in, holder, subscription, meter):
    other = subscription_of(holder)
    made = read(holder, meter, FEB, "162")
    for name in ("usage_reading_correct", "usage_reading_photo"):
        url = reverse(name, args=[other.number, made.public_id])
        assert sign_in(holder).get(url).status_code == 404
    url = reverse("usage_reading_new", args=[other.number, meter.public_id])
    assert sign_in(holder).get(url).status_code == 404


# --- meters and figures -----------------------------------------------------------------------
def test_meters_are_added_and_removed_on_pages(sign_in, holder, subscription):
    browser = sign_in(holder)
    url = reverse("usage_meter_new", args=[subscription.number])
    assert url in browser.get(page_of(subscription)).content.decode()
    sent = {
        "serial": "№ 7", "label": "hall", "unit": "KWH", "tariff": "DAY_NIGHT", "digits": "6",
        "coefficient": "1", "installed_on": "2026-01-01", "zone_DAY": "10",
    }  # fmt: skip
    missing = browser.post(url, sent)
    assert missing.status_code == 422
    assert missing.context["form"].errors["zone_NIGHT"]
    assert browser.post(url, sent | {"zone_NIGHT": "5"}).status_code == 302
    meter = Meter.objects.get()
    assert MeterReading.objects.filter(source="INITIAL").count() == 2
    assert browser.post(url, sent | {"zone_NIGHT": "5"}).status_code == 422
    remove = reverse("usage_meter_remove", args=[subscription.number, meter.public_id])
    assert browser.post(remove, {"removed_on": "2026-11-17"}).status_code == 302
    assert Meter.objects.get().removed_on == date(2026, 11, 17)


def test_use_without_a_meter_is_recorded_on_a_page(sign_in, holder, operator):
    internet = subscription_of(holder, operator, "internet")
    browser = sign_in(holder)
    url = reverse("usage_figure_new", args=[internet.number])
    assert url in browser.get(page_of(internet)).content.decode()
    sent = {"starts_on": "2026-10-01", "ends_on": "2026-10-31", "amount": "42,5", "unit": "GB"}
    assert browser.post(url, sent)["Location"] == page_of(internet)
    assert UsageRecord.objects.get().amount == Decimal("42.5")
    tell(operator, internet, 10, "45")
    refused = browser.post(url, sent)
    assert refused.context["form"].errors["amount"]
    assert browser.post(url, sent | {"ends_on": "2026-12-01"}).status_code == 422


def test_what_is_not_measured_says_so(sign_in, holder):
    tv = subscription_of(holder, code="tv")
    browser = sign_in(holder)
    assert browser.get(page_of(tv)).status_code == 200
    assert browser.get(reverse("usage_figure_new", args=[tv.number])).status_code == 403
    assert browser.get(reverse("usage_meter_new", args=[tv.number])).status_code == 403
    detail = browser.get(reverse("subscription_detail", args=[tv.number]))
    assert [panel for panel in detail.context["panels"] if panel.name == "usage"] == []


# --- all services -----------------------------------------------------------------------------
def test_the_overview_has_totals_places_and_consumers(sign_in, holder, operator, subscription):
    other = subscription_of(holder, operator)
    tell(operator, subscription, 10, "300")
    tell(operator, other, 10, "100")
    tell(operator, other, 9, "80")
    tell(operator, subscription_of(None, operator), 10, "9999")
    page = sign_in(holder).get(reverse("usage") + "?month=2026-10")
    (tile,) = page.context["tiles"]
    assert tile.now == Decimal(400)
    assert [row.value for row in page.context["places"]] == [Decimal(300), Decimal(100)]
    assert "+25" in page.context["places"][1].shown
    assert page.context["consumers"][0].url == page_of(subscription)
    city = page.context["filterset"].form.fields["city"].choices
    assert len(city) == 3
    one = sign_in(holder).get(
        reverse("usage") + f"?month=2026-10&city={other.city.public_id}&category=electricity"
    )
    assert one.context["tiles"][0].now == Decimal(100)
    for query in ("month=2026-13", "category=x", "city=x", "owner=1"):
        assert sign_in(holder).get(f"{reverse('usage')}?{query}").status_code == 400


def test_the_overview_names_what_was_not_read(sign_in, holder, subscription, meter):
    page = sign_in(holder).get(reverse("usage"))
    assert [row.serial for row in page.context["unread_meters"].rows] == [meter.serial]
    read(holder, meter, date(2026, 11, 2), "162")
    assert sign_in(holder).get(reverse("usage")).context["unread_meters"].rows == []


def test_limits_are_set_and_removed_by_those_who_lead(sign_in, holder, subscription):
    browser = sign_in(holder)
    url = reverse("subscription_limit", args=[subscription.number])
    assert browser.post(url, {"kind": "AMOUNT", "value": "-1", "unit": "KWH"}).status_code == 422
    assert browser.post(url, {"kind": "AMOUNT", "value": "250", "unit": "KWH"}).status_code == 302
    assert browser.post(url, {"kind": "AMOUNT", "value": "300", "unit": "KWH"}).status_code == 302
    limit = UsageLimit.objects.get()
    assert limit.amount == 300
    page = browser.get(page_of(subscription))
    assert page.context["limits"][0][2].startswith("300")
    whole = {"do": "limit", "kind": "RISE", "value": "50", "category": "electricity"}
    assert browser.post(reverse("usage_limits"), whole).status_code == 302
    assert (
        browser.post(reverse("usage_limits"), {"do": "day", "readings_by": "25"}).status_code == 302
    )
    assert UsageSettings.objects.get().readings_by == 25
    assert len(browser.get(reverse("usage_limits")).context["limits"]) == 2
    member = sign_in(make_actor(organization=holder.organization, role=Role.MEMBER))
    remove = reverse("usage_limit_remove", args=[limit.public_id])
    assert member.post(remove).status_code == 403
    assert member.post(reverse("usage_limits"), whole).status_code == 403
    stranger = sign_in(make_actor(OrganizationKind.COMPANY))
    assert stranger.post(remove).status_code == 404
    assert browser.post(remove)["Location"] == page_of(subscription)
    assert category("electricity") == UsageLimit.objects.get().category
