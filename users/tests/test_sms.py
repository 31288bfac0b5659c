"""What every gateway promises, and what the one over HTTP does besides."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ImproperlyConfigured

from core import outgoing
from core.jobs import PermanentFailure, TemporaryFailure
from users import sms
from users.sms import memory

environment = import_module("Estconnect.environment")
PHONE, TEXT = "+79123456789", "123456 — ваш код & ещё"
QUERY = "api_id=S3cret&to={phone}&msg={text}"


class FakeGate:
    """A gateway on this machine: says what it is told to, and keeps what it was sent."""

    def __init__(self):
        gate = self
        self.seen, self.status, self.body, self.headers, self.pace = [], 200, b"OK", {}, 0.0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                form = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
                gate.seen.append((self.path, {k: v[0] for k, v in form.items()}, self.headers))
                self.send_response(gate.status)
                for name, value in gate.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for start in range(len(gate.body)):
                        self.wfile.write(gate.body[start : start + 1] if gate.pace else gate.body)
                        if not gate.pace:
                            break
                        self.wfile.flush()
                        time.sleep(gate.pace)
                except OSError:
                    pass  # the other side has had enough, which is what is tested

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gate():
    fake = FakeGate()
    yield fake
    fake.close()


def texts_taken(name, gate, capsys):
    """(phone, text) of what a gateway has handed over."""
    if name == "memory":
        return [(sent.phone, sent.text) for sent in memory.outbox]
    if name == "console":
        line = capsys.readouterr().out
        return [(PHONE, TEXT)] if PHONE in line and TEXT in line else []
    return [("+" + form["to"], form["msg"]) for _path, form, _headers in gate.seen]


@pytest.mark.parametrize("name", sorted(set(sms.GATEWAYS) - {"https"}))
def test_every_gateway_hands_over_phone_and_text(name, gate, capsys, settings):
    settings.SMS_URL = f"http://{gate.address}/send?{QUERY}" if name == "http" else f"{name}://"
    assert sms.gateway().send(PHONE, TEXT) is None
    assert texts_taken(name, gate, capsys) == [(PHONE, TEXT)]


def test_the_secret_goes_in_the_body_and_not_in_the_address(gate):
    sms.HTTPGateway(f"http://me:pa%24s@{gate.address}/send?{QUERY}").send(PHONE, TEXT)
    ((path, form, headers),) = gate.seen
    assert path == "/send"
    assert form == {"api_id": "S3cret", "to": "79123456789", "msg": TEXT}
    assert headers["Authorization"] == "Basic bWU6cGEkcw=="


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (301, PermanentFailure),
        (400, PermanentFailure),
        (401, PermanentFailure),
        (408, TemporaryFailure),
        (429, TemporaryFailure),
        (500, TemporaryFailure),
        (503, TemporaryFailure),
    ],
)
def test_a_refusal_says_whether_to_try_again_and_tells_nothing(gate, status, failure):
    gate.status = status
    gate.headers = {"Location": f"http://{gate.address}/elsewhere"}
    with pytest.raises(failure) as caught:
        sms.HTTPGateway(f"http://{gate.address}/send?{QUERY}").send(PHONE, TEXT)
    words = str(caught.value)
    assert not any(secret in words for secret in ("S3cret", "9123456789", TEXT, gate.address))
    # No redirect is followed.
    assert len(gate.seen) == 1


def test_a_gateway_that_says_no_with_200_is_understood(gate, settings):
    settings.SMS_ACCEPTED = '"status_code": 100'
    url = f"http://{gate.address}/send?{QUERY}"
    gate.body = b'{"status": "ERROR", "status_code": 202}'
    with pytest.raises(PermanentFailure):
        sms.HTTPGateway(url).send(PHONE, TEXT)
    gate.body = b'{"status": "OK", "status_code": 100}'
    sms.HTTPGateway(url).send(PHONE, TEXT)


def test_nobody_answers(gate):
    gate.close()
    with pytest.raises(TemporaryFailure) as caught:
        sms.HTTPGateway(f"http://{gate.address}/send?{QUERY}").send(PHONE, TEXT)
    assert "S3cret" not in str(caught.value)


def test_an_answer_without_end_is_given_up(gate, monkeypatch):
    monkeypatch.setattr(outgoing, "SECONDS", 0.3)
    gate.body, gate.pace = b"." * 200, 0.05
    began = time.monotonic()
    with pytest.raises(TemporaryFailure):
        sms.HTTPGateway(f"http://{gate.address}/send?{QUERY}").send(PHONE, TEXT)
    assert time.monotonic() - began < 5


def test_an_answer_too_large_is_given_up(gate):
    gate.body = b"." * (outgoing.LARGEST + 1)
    with pytest.raises(TemporaryFailure):
        sms.HTTPGateway(f"http://{gate.address}/send?{QUERY}").send(PHONE, TEXT)


def test_proxies_of_the_environment_are_not_used(gate, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    sms.HTTPGateway(f"http://{gate.address}/send?{QUERY}").send(PHONE, TEXT)
    assert len(gate.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"http://gate.example.ru/send?{QUERY}",
        "https://gate.example.ru/send?to={phone}",
        "https://gate.example.ru/send",
        "ftp://gate.example.ru/?{phone}{text}",
        "gate.example.ru",
    ],
)
def test_an_address_that_cannot_work_stops_the_start_without_being_repeated(monkeypatch, url):
    monkeypatch.setenv("SMS_URL", url)
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.sms_url(False)
    assert "S3cret" not in str(caught.value)


def test_addresses_that_work(monkeypatch):
    monkeypatch.delenv("SMS_URL", raising=False)
    assert environment.sms_url(True) == "console://"
    assert environment.sms_url(False) == ""
    monkeypatch.setenv("SMS_URL", f"https://gate.example.ru/send?{QUERY}")
    assert environment.sms_url(False).startswith("https://")
