"""Readings of meters: entered, asked about, corrected, decided upon."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import clock
from core.choices import OrganizationKind, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Event, Notification
from core.storage import private_storage
from core.tests.concurrency import together
from subscriptions.choices import ReadingState, UsageSource
from subscriptions.models import Meter, MeterReading, UsageMonth, UsageRecord
from subscriptions.services.usage import (
    NewReading,
    Unconfirmed,
    correct_reading,
    decide_reading,
    enter_reading,
    remove_meter,
)
from subscriptions.tests.usage import meter_of, read, subscription_of
from users.tests.factories import make_actor, make_staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


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


def months(subscription):
    rows = UsageMonth.objects.filter(subscription=subscription).order_by("month")
    return {f"{row.month:%m}": row.amount for row in rows}


def picture(side=40, kind="JPEG", exif=None):
    file = io.BytesIO()
    Image.new("RGB", (side, side), "white").save(file, kind, **({"exif": exif} if exif else {}))
    return SimpleUploadedFile("Мой счётчик.jpg", file.getvalue())


def steadily(holder, meter):
    """Five months of a hundred each."""
    for month in range(2, 7):
        read(holder, meter, date(2026, month, 1), str(month * 100))


# --- entered ----------------------------------------------------------------------------------
def test_use_is_what_a_meter_counted_by_months(holder, meter, subscription):
    read(holder, meter, FEB, "162")
    assert months(subscription) == {"01": Decimal(62)}
    read(holder, meter, date(2026, 4, 2), "222")
    # 60 days from 1 February to 1 April: 28, 31 and 1.
    assert months(subscription) == {
        "01": Decimal(62), "02": Decimal(28), "03": Decimal(31), "04": Decimal(1),
    }  # fmt: skip
    # A reading between two moves use among months, and no sum.
    read(holder, meter, MAR, "212")
    assert months(subscription)["02"] == Decimal(50)
    assert sum(months(subscription).values()) == Decimal(122)
    assert {row.source for row in UsageRecord.objects.all()} == {UsageSource.METER}
    assert Event.objects.filter(kind="reading.added", subject_id=subscription.pk).count() == 3


def test_the_coefficient_and_the_registers_count(holder, subscription):
    meter = meter_of(
        holder,
        subscription,
        tariff="DAY_NIGHT",
        coefficient=Decimal(40),
        figures={"DAY": Decimal(10), "NIGHT": Decimal(5)},
    )
    figures = {"DAY": Decimal("11.5"), "NIGHT": Decimal(6)}
    made = enter_reading(holder, meter, NewReading(day=FEB, figures=figures))
    assert len(made) == 2
    assert months(subscription) == {"01": Decimal(100)}
    with pytest.raises(DomainError) as error:
        enter_reading(holder, meter, NewReading(day=MAR, figures={"DAY": Decimal(20)}))
    assert error.value.field == "zone_NIGHT"


def test_a_form_sent_twice_makes_one_reading(holder, meter):
    token = uuid4()
    first = read(holder, meter, FEB, "162", form_token=token)
    assert read(holder, meter, FEB, "162", form_token=token) == first
    assert read(holder, meter, FEB, "162") == first
    assert MeterReading.objects.filter(day=FEB).count() == 1
    with pytest.raises(Conflict):
        read(holder, meter, FEB, "163")


@pytest.mark.parametrize(
    ("day", "value", "field"),
    [
        (date(2026, 11, 19), "200", "day"),
        (date(2025, 12, 31), "200", "day"),
        (FEB, "100000", "zone_ALL"),
        (FEB, "-1", "zone_ALL"),
        (FEB, "NaN", "zone_ALL"),
        (FEB, "Infinity", "zone_ALL"),
        (FEB, "1e30", "zone_ALL"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(holder, meter, day, value, field):
    with pytest.raises(DomainError) as error:
        read(holder, meter, day, value)
    assert error.value.field == field
    assert not MeterReading.objects.filter(day=FEB).exists()


# --- asked about ------------------------------------------------------------------------------
@pytest.mark.parametrize("value", ["3000", "550"])
def test_what_is_unusual_is_asked_about_and_waits_for_the_provider(
    holder, operator, meter, subscription, run_jobs, value
):
    steadily(holder, meter)
    before = months(subscription)
    with pytest.raises(Unconfirmed) as error:
        read(holder, meter, date(2026, 7, 1), value)
    assert error.value.field == "zone_ALL"
    doubtful = read(holder, meter, date(2026, 7, 1), value, confirmed=True)
    assert doubtful.state == ReadingState.DOUBTFUL
    assert doubtful.reason
    assert months(subscription) == before
    run_jobs()
    told = Notification.objects.filter(event__kind="reading.doubted")
    assert [row.user for row in told] == [operator.user]


def test_the_providers_own_confirmed_reading_waits_for_nobody(holder, operator, meter):
    steadily(holder, meter)
    made = read(operator, meter, date(2026, 7, 1), "3000", confirmed=True)
    assert (made.state, made.source) == (ReadingState.ACCEPTED, UsageSource.PROVIDER)


def test_a_counter_that_begins_anew_is_confirmed_and_counts(holder, subscription):
    meter = meter_of(holder, subscription, first="99900")
    with pytest.raises(Unconfirmed):
        read(holder, meter, FEB, "24")
    made = read(holder, meter, FEB, "24", confirmed=True)
    assert (made.state, made.rollovers) == (ReadingState.ACCEPTED, 1)
    assert months(subscription) == {"01": Decimal(124)}
    # A reading before it in which the counter had passed zero already.
    between = read(holder, meter, date(2026, 1, 20), "5", confirmed=True)
    made.refresh_from_db()
    assert (between.rollovers, made.rollovers) == (1, 0)
    assert months(subscription) == {"01": Decimal(124)}


def test_a_reading_above_a_later_one_is_refused(holder, meter):
    read(holder, meter, MAR, "200")
    with pytest.raises(DomainError) as error:
        read(holder, meter, FEB, "201")
    assert error.value.field == "zone_ALL"


# --- decided ----------------------------------------------------------------------------------
def test_the_provider_accepts_or_refuses_with_a_reason(holder, operator, meter, subscription):
    steadily(holder, meter)
    doubtful = read(holder, meter, date(2026, 7, 1), "3000", confirmed=True)
    with pytest.raises(Forbidden):
        decide_reading(holder, doubtful, accept=True)
    with pytest.raises(DomainError) as error:
        decide_reading(operator, doubtful, accept=False)
    assert error.value.field == "reason"
    refused = decide_reading(operator, doubtful, accept=False, reason="The photo shows 0700")
    assert (refused.state, refused.reason) == (ReadingState.REFUSED, "The photo shows 0700")
    with pytest.raises(Conflict):
        decide_reading(operator, doubtful, accept=True)
    # The day is free again.
    again = read(holder, meter, date(2026, 7, 1), "3100", confirmed=True)
    decide_reading(operator, again, accept=True)
    assert months(subscription)["06"] == Decimal(2500)


def test_a_doubtful_reading_above_a_later_one_is_not_accepted(holder, operator, meter):
    steadily(holder, meter)
    doubtful = read(holder, meter, date(2026, 7, 1), "3000", confirmed=True)
    read(holder, meter, date(2026, 8, 1), "800")
    with pytest.raises(DomainError):
        decide_reading(operator, doubtful, accept=True)


# --- corrected --------------------------------------------------------------------------------
def test_a_correction_keeps_what_was_there(holder, meter, subscription):
    wrong = read(holder, meter, FEB, "1620")
    read(holder, meter, MAR, "1690")
    with pytest.raises(DomainError):
        correct_reading(holder, wrong, Decimal(1700))
    right = correct_reading(holder, wrong, Decimal(162))
    wrong.refresh_from_db()
    assert (wrong.state, wrong.live_key, wrong.value) == ("SUPERSEDED", None, Decimal(1620))
    assert right.supersedes == wrong
    assert months(subscription) == {"01": Decimal(62), "02": Decimal(1528)}
    with pytest.raises(Conflict):
        correct_reading(holder, wrong, Decimal(163))
    assert correct_reading(holder, right, Decimal(162)) == right


def test_what_the_provider_read_only_the_provider_corrects(holder, operator, meter):
    made = read(operator, meter, FEB, "162")
    with pytest.raises(Forbidden):
        correct_reading(holder, made, Decimal(150))
    assert correct_reading(operator, made, Decimal(150)).value == Decimal(150)


def test_the_first_figure_is_corrected_too(holder, meter, subscription):
    read(holder, meter, FEB, "162")
    first = MeterReading.objects.get(source=UsageSource.INITIAL)
    made = correct_reading(holder, first, Decimal(150))
    assert made.source == UsageSource.INITIAL
    assert months(subscription) == {"01": Decimal(12)}


def test_meters_are_replaced(holder, meter, subscription):
    with pytest.raises(Conflict):
        meter_of(holder, subscription, serial="001 234 56")
    read(holder, meter, FEB, "162")
    with pytest.raises(DomainError):
        remove_meter(holder, meter, JAN)
    remove_meter(holder, meter, FEB)
    remove_meter(holder, meter, FEB)
    with pytest.raises(DomainError):
        read(holder, Meter.objects.get(pk=meter.pk), MAR, "170")
    new = meter_of(holder, subscription, first="0", installed_on=FEB)
    read(holder, new, MAR, "30")
    assert months(subscription) == {"01": Decimal(62), "02": Decimal(30)}


# --- photos -----------------------------------------------------------------------------------
def test_a_photo_is_drawn_anew_and_kept_in_private(holder, meter):
    exif = Image.Exif()
    exif[0x010E] = "Tverskaya 1, flat 5"
    made = read(holder, meter, FEB, "162", photo=picture(3000, exif=exif))
    with made.photo.open() as file:
        kept = Image.open(file)
        assert max(kept.size) == 1600
        assert not kept.getexif()
    assert made.photo.storage is private_storage()
    assert "счётчик" not in made.photo.name


def test_no_photo_is_left_where_no_reading_came_of_it(holder, meter):
    token = uuid4()
    read(holder, meter, FEB, "162", photo=picture(), form_token=token)
    kept = set(private_storage().listdir("readings")[1])
    read(holder, meter, FEB, "162", photo=picture(), form_token=token)
    with pytest.raises(DomainError):
        read(holder, meter, date(2026, 11, 18), "1", photo=picture())
    with pytest.raises(Conflict):
        read(holder, meter, FEB, "163", photo=picture())
    assert set(private_storage().listdir("readings")[1]) == kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff but no picture",
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.4",
    ],
)
def test_a_photo_that_is_none_is_refused(holder, meter, content):
    with pytest.raises(DomainError) as error:
        read(holder, meter, FEB, "162", photo=SimpleUploadedFile("a.jpg", content))
    assert error.value.field == "photo"


# --- rights -----------------------------------------------------------------------------------
def test_who_writes_readings(holder, operator, subscription, meter):
    assert read(operator, meter, FEB, "160")
    member = make_actor(organization=holder.organization, role=Role.MEMBER)
    assert read(member, meter, MAR, "170")
    viewer = make_actor(organization=holder.organization, role=Role.VIEWER)
    with pytest.raises(Forbidden):
        read(viewer, meter, date(2026, 4, 1), "180")
    agent = make_actor(organization=subscription.owner)
    with pytest.raises(NotVisible):
        read(agent, meter, date(2026, 4, 1), "180")


def test_an_agency_enters_readings_until_it_has_handed_over(operator):
    agent = make_actor()
    subscription = subscription_of(None, operator, agency=agent)
    meter = meter_of(agent, subscription)
    assert read(agent, meter, FEB, "160").source == UsageSource.HAND
    assert Meter.objects.visible_to(agent).get() == meter
    subscription.holder = make_actor(OrganizationKind.PERSON).organization
    subscription.save()
    meter = Meter.objects.select_related("subscription__city").get()
    with pytest.raises(NotVisible):
        read(agent, meter, MAR, "170")
    assert not Meter.objects.visible_to(agent).exists()
    assert not MeterReading.objects.visible_to(agent).exists()


# --- at once ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_many_readings_of_a_day_at_once_one_is_written(holder, meter):
    def act(value):
        return lambda: read(holder, meter, FEB, value)

    outcomes = together([act(str(160 + n)) for n in range(8)])
    assert sum(isinstance(one, MeterReading) for one in outcomes) == 1
    assert sum(isinstance(one, Conflict) for one in outcomes) == 7
    assert MeterReading.objects.filter(day=FEB).count() == 1


@pytest.mark.django_db(transaction=True)
def test_readings_of_many_days_at_once_leave_the_right_sums(holder, meter, subscription):
    acts = [
        (lambda day=day: read(holder, meter, date(2026, 1, 1 + 3 * day), str(100 + 3 * day)))
        for day in range(1, 9)
    ]
    outcomes = together(acts)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert months(subscription) == {"01": Decimal(24)}


def test_staff_decide_for_a_provider_that_is_not_on_the_portal(holder, operator, meter):
    steadily(holder, meter)
    doubtful = read(holder, meter, date(2026, 7, 1), "3000", confirmed=True)
    manager = make_staff(StaffScope.ACCOUNT_MANAGER, operator.organization)
    assert decide_reading(manager, doubtful, accept=True).state == ReadingState.ACCEPTED
    for other in (make_staff(StaffScope.SUPPORT), make_actor(OrganizationKind.PROVIDER)):
        with pytest.raises(Forbidden):
            decide_reading(other, doubtful, accept=True)
