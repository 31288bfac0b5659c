"""The contract that all geocoders pass, against local servers that limit, fail and answer oddly."""

import json
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from core.tests.concurrency import together
from core.tests.local_server import LocalServer, Said
from locations import geocoding
from locations.checks import geocoders_can_be_asked
from locations.geocoding import GEOCODERS, GeocoderError, asking, base, locate, what_is_at
from locations.jobs import forget_geocoder_answers
from locations.models import GeocoderAnswer, GeocoderUse
from locations.tests.geocoders import ADDRESS, LATITUDE, LONGITUDE, house, nothing

environment = import_module("Estconnect.environment")
KEY = "S3cretKey"
TEXT = "Казань, Чистопольская 12"
EVERY = pytest.mark.parametrize("name", sorted(GEOCODERS))


@pytest.fixture
def server():
    made = LocalServer()
    yield made
    made.close()


@pytest.fixture
def turn_on(server, settings):
    """Turns geocoders on, all at the same server: `turn_on("dadata", per_day=3)`."""

    def turn(*names, **limits):
        query = "&".join([f"key={KEY}", *(f"{name}={limit}" for name, limit in limits.items())])
        settings.GEOCODER_URLS = {
            name: f"{server.url}{name}?{query}" if name in names else "" for name in GEOCODERS
        }

    return turn


def geocoder(name, server):
    return GEOCODERS[name](f"{server.url}{name}?key={KEY}")


# --- the contract -----------------------------------------------------------------------------
@EVERY
def test_an_address_becomes_the_point_of_its_house(name, server):
    server.answer = lambda asked: Said(body=house(name))
    one = geocoder(name, server)
    (found,) = one.ask(one.forward(TEXT))
    assert (found.latitude, found.longitude) == (LATITUDE, LONGITUDE)
    assert (found.address, found.is_house) == (ADDRESS, True)
    assert (found.city, found.street, found.number) == ("Казань", "ул Чистопольская", "12")
    (asked,) = server.seen
    said = asked.body.decode() + "".join(parse_qs(urlsplit(asked.path).query).get("q", []))
    words = json.loads(said)["query"] if name == "dadata" else asked.path
    assert "Чистопольская" in words or "%D0%A7" in words
    assert asked.headers["user-agent"].startswith("Estconnect (http")


@EVERY
def test_a_point_becomes_its_house(name, server):
    server.answer = lambda asked: Said(body=house(name))
    one = geocoder(name, server)
    (found,) = one.ask(one.reverse(LATITUDE, LONGITUDE))
    assert (found.street, found.number) == ("ул Чистопольская", "12")
    (asked,) = server.seen
    query = {key: value[0] for key, value in parse_qs(urlsplit(asked.path).query).items()}
    sent = {
        "dadata": lambda: (
            json.loads(asked.body)["lat"] == LATITUDE and json.loads(asked.body)["lon"] == LONGITUDE
        ),
        # Longitude first.
        "yandex": lambda: query["geocode"] == "49.111500,55.794400",
        "nominatim": lambda: (query["lat"], query["lon"]) == ("55.794400", "49.111500"),
    }
    assert sent[name]()


@EVERY
def test_the_key_goes_where_the_service_reads_it(name, server):
    server.answer = lambda asked: Said(body=nothing(name))
    one = geocoder(name, server)
    assert one.ask(one.forward(TEXT)) == []
    (asked,) = server.seen
    if name == "dadata":
        assert asked.headers["authorization"] == f"Token {KEY}"
        assert KEY not in asked.path
    elif name == "yandex":
        assert parse_qs(urlsplit(asked.path).query)["apikey"] == [KEY]
    else:
        assert KEY not in asked.path + str(asked.headers)


@EVERY
@pytest.mark.parametrize(
    ("status", "least_pause"),
    [(301, 0), (400, 0), (401, 900), (403, 900), (404, 0), (429, 60), (500, 30), (503, 30)],
)
def test_a_refusal_says_how_long_to_wait_and_tells_no_secret(name, server, status, least_pause):
    server.answer = lambda asked: Said(status, b"{}", {"Location": server.url})
    one = geocoder(name, server)
    with pytest.raises(GeocoderError) as caught:
        one.ask(one.forward(TEXT))
    assert caught.value.pause == timedelta(seconds=least_pause)
    assert KEY not in str(caught.value)
    assert len(server.seen) == 1


@EVERY
@pytest.mark.parametrize(
    ("asked_for", "kept"), [("7", 7), ("0", 1), ("999999", 3600), ("tomorrow", 60), ("-5", 60)]
)
def test_a_limited_answer_is_waited_for_as_long_as_it_asks(name, server, asked_for, kept):
    server.answer = lambda asked: Said(429, headers={"Retry-After": asked_for})
    one = geocoder(name, server)
    with pytest.raises(GeocoderError) as caught:
        one.ask(one.forward(TEXT))
    assert caught.value.pause == timedelta(seconds=kept)


@EVERY
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"null",
        b"7",
        b'"text"',
        b"[1, 2]",
        b"[[]]",
        b'{"suggestions": 7, "response": null}',
        b'{"suggestions": [null], "response": {"GeoObjectCollection": {"featureMember": [7]}}}',
        b"[" * 50_000,
        b"\xff\xfe{",
        b'{"response": {"GeoObjectCollection": {"featureMember": [{"GeoObject": {}}]}}}',
    ],
)
def test_an_odd_answer_is_no_place_and_no_error_of_ours(name, server, body):
    server.answer = lambda asked: Said(body=body)
    one = geocoder(name, server)
    try:
        assert one.ask(one.forward(TEXT)) == []
    except GeocoderError as error:
        assert error.trouble == "an odd answer"


@EVERY
@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("NaN", "49"), ("91", "49"), ("55", "181"), ("0", "0"), ("inf", "49")],
)
def test_a_point_that_is_not_on_earth_is_left_out(name, server, latitude, longitude):
    server.answer = lambda asked: Said(body=house(name, latitude, longitude))
    one = geocoder(name, server)
    assert one.ask(one.forward(TEXT)) == []


@EVERY
@pytest.mark.parametrize("said", [Said(wait=5), Said(body=b" " * 5000, pace=0.01)])
def test_what_hangs_is_given_up(name, server, said, monkeypatch):
    monkeypatch.setattr(base, "SECONDS", 0.3)
    server.answer = lambda asked: said
    one = geocoder(name, server)
    began = time.monotonic()
    with pytest.raises(GeocoderError):
        one.ask(one.forward(TEXT))
    assert time.monotonic() - began < 2


@EVERY
def test_words_of_the_other_side_are_cut_and_printable(name, server):
    text = house(name).decode().replace(json.dumps(ADDRESS)[1:-1], "x\\u0000\\u202e" * 900)
    server.answer = lambda asked: Said(body=text.encode())
    one = geocoder(name, server)
    (found,) = one.ask(one.forward(TEXT))
    assert len(found.address) <= 300
    assert found.address.isprintable()


# --- turned on and off ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "https://example.ru/x",
        "https://example.ru/x?key=",
        "https://example.ru/x?key=1&per_second=0",
        "https://example.ru/x?key=1&per_day=nan",
        "https://example.ru/x?key=1&per_second=often",
        "https://example.ru/x?token=1",
        "https://me:pass@example.ru/x?key=1",
        "https://?key=1",
    ],
)
def test_an_address_that_cannot_work_is_named_at_the_start_without_its_key(url, settings):
    settings.GEOCODER_URLS = {"dadata": url}
    (error,) = geocoders_can_be_asked(None)
    assert error.msg.startswith("GEOCODER_DADATA_URL: ")
    assert url not in error.msg


def test_plain_http_is_for_this_machine_alone(monkeypatch):
    monkeypatch.setenv("GEOCODER_NOMINATIM_URL", "http://nominatim.example.ru")
    with pytest.raises(ImproperlyConfigured):
        environment.geocoder_urls()
    monkeypatch.setenv("GEOCODER_NOMINATIM_URL", "http://localhost:8088")
    assert environment.geocoder_urls()["nominatim"] == "http://localhost:8088"


def test_names_in_the_settings_are_those_of_the_registry():
    assert tuple(GEOCODERS) == environment.GEOCODER_NAMES


def test_the_public_nominatim_is_never_asked_oftener_than_once_a_second():
    ours = GEOCODERS["nominatim"]("https://nominatim.example.ru?per_second=50")
    theirs = GEOCODERS["nominatim"]("https://nominatim.openstreetmap.org?per_second=50")
    assert (ours.per_second, theirs.per_second) == (50, 1)


@pytest.mark.django_db
def test_nothing_is_asked_while_all_are_off(settings, server):
    settings.GEOCODER_URLS = dict.fromkeys(GEOCODERS, "")
    assert not geocoding.are_on()
    assert locate(TEXT) == geocoding.Places()
    assert server.seen == []


# --- asked in their order, and kept -----------------------------------------------------------
def by_name(asked):
    return urlsplit(asked.path).path.split("/")[1]


@pytest.mark.django_db
def test_the_first_that_knows_the_address_answers_and_says_who_it_is(server, turn_on):
    turn_on(*GEOCODERS)
    server.answer = lambda asked: Said(
        body=(house if by_name(asked) == "yandex" else nothing)(by_name(asked))
    )
    places = locate(TEXT)
    assert (places.source, places.attribution) == ("Yandex", "Yandex Maps")
    assert [place.address for place in places.found] == [ADDRESS]
    assert [by_name(asked) for asked in server.seen] == ["dadata", "yandex"]


@pytest.mark.django_db
def test_one_that_fails_is_left_alone_and_the_next_answers(server, turn_on):
    turn_on("dadata", "nominatim")

    def answer(asked):
        name = by_name(asked)
        return Said(503) if name == "dadata" else Said(body=house(name))

    server.answer = answer
    assert locate(TEXT).source == "OpenStreetMap"
    assert locate("Казань, Баумана 1").source == "OpenStreetMap"
    assert [by_name(asked) for asked in server.seen] == ["dadata", "nominatim", "nominatim"]
    assert GeocoderUse.objects.get(geocoder="dadata").trouble == "answered 503"


@pytest.mark.django_db
def test_a_question_however_it_is_written_is_asked_once(server, turn_on):
    turn_on("dadata")
    server.answer = lambda asked: Said(body=house("dadata"))
    first = locate(TEXT)
    assert locate("казань   ЧИСТОПОЛЬСКАЯ, д. 12") == first
    assert len(server.seen) == 1
    assert what_is_at(LATITUDE, LONGITUDE) == what_is_at(LATITUDE + 1e-7, LONGITUDE)
    assert len(server.seen) == 2
    assert TEXT not in str(list(GeocoderAnswer.objects.values("question")))


@pytest.mark.django_db
@EVERY
def test_an_answer_is_kept_no_longer_than_the_services_terms(name, server, turn_on):
    turn_on(name)
    server.answer = lambda asked: Said(body=house(name))
    before = timezone.now()
    locate(TEXT)
    row = GeocoderAnswer.objects.get()
    assert row.expires_at - before <= GEOCODERS[name].kept + timedelta(seconds=5)
    GeocoderAnswer.objects.update(expires_at=before)
    locate(TEXT)
    assert len(server.seen) == 2
    GeocoderAnswer.objects.update(expires_at=before)
    forget_geocoder_answers.call()
    assert not GeocoderAnswer.objects.exists()


@pytest.mark.django_db
def test_what_was_not_found_is_asked_again_after_a_day(server, turn_on):
    turn_on("dadata")
    server.answer = lambda asked: Said(body=nothing("dadata"))
    assert not locate(TEXT).found
    row = GeocoderAnswer.objects.get()
    assert timedelta(hours=23) < row.expires_at - timezone.now() <= timedelta(days=1)


# --- limits -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_days_limit_is_kept_and_begins_anew(server, turn_on):
    turn_on("dadata", per_day=2, per_second=1000)
    server.answer = lambda asked: Said(body=nothing("dadata"))
    busy = [locate(f"Казань, Баумана {number}").is_busy for number in range(1, 5)]
    assert busy == [False, False, True, True]
    assert len(server.seen) == 2
    GeocoderUse.objects.update(day=timezone.now().astimezone(UTC).date() - timedelta(days=1))
    assert not locate("Казань, Баумана 9").is_busy


@pytest.mark.django_db
def test_turns_are_as_far_apart_as_the_limit_of_a_second_says(turn_on):
    turn_on("dadata", per_second=4)
    (one,) = geocoding.geocoders()
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert not asking.take_turn(one, now)  # makes the row
    turns = [asking.take_turn(one, now + timedelta(seconds=step / 20)) for step in range(21)]
    assert [step / 20 for step, turn in enumerate(turns) if turn] == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.django_db
def test_who_comes_too_early_waits_a_moment(server, turn_on):
    turn_on("dadata", per_second=4)
    server.answer = lambda asked: Said(body=nothing("dadata"))
    began = time.monotonic()
    assert not locate("Казань, Баумана 1").is_busy
    assert not locate("Казань, Баумана 2").is_busy
    assert time.monotonic() - began >= 0.25


@pytest.mark.django_db
def test_a_limited_geocoder_is_not_asked_until_its_pause_is_over(server, turn_on):
    turn_on("dadata")
    server.answer = lambda asked: Said(429, headers={"Retry-After": "120"})
    assert locate(TEXT).is_busy
    assert locate(TEXT).is_busy
    assert len(server.seen) == 1
    GeocoderUse.objects.update(paused_until=timezone.now())
    server.answer = lambda asked: Said(body=house("dadata"))
    assert [place.address for place in locate(TEXT).found] == [ADDRESS]


@pytest.mark.django_db(transaction=True)
def test_of_many_that_ask_at_once_one_has_the_turn(turn_on):
    turn_on("dadata", per_second=0.01)
    (one,) = geocoding.geocoders()
    now = timezone.now()
    asking.take_turn(one, now)
    turns = together([lambda: asking.take_turn(one, now)] * 8)
    assert sorted(turns) == [False] * 7 + [True]
    assert GeocoderUse.objects.get().used == 1
