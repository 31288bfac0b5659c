"""Outgoing HTTP ends in time, follows nothing, and reaches no private network for strangers."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from core import outgoing
from core.outgoing import OutgoingError, is_public, send
from core.tests.local_server import LocalServer, Said


@pytest.fixture
def server():
    made = LocalServer()
    yield made
    made.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:0a00:0001::1",
        "2001:db8::1",
        "not an address",
        "",
    ],
)
def test_an_address_that_not_everybody_reaches_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2a02:6b8::2:242", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "①②⑦.0.0.1",
    ],
)
def test_a_strangers_host_on_this_machine_is_not_asked_however_it_is_spelled(server, host):
    port = server.server.server_port
    with pytest.raises(OutgoingError):
        send("GET", f"http://{host}:{port}/", public_only=True, seconds=3)
    assert server.seen == []
    # An operator's own host may stand here.
    assert send("GET", server.url).status == 200


def looked_up(monkeypatch, *answers):
    """Names are found at these addresses, one after the other."""
    told = []

    def find(host, port, **kwargs):
        told.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", find)
    return told


def test_one_private_address_among_public_ones_is_enough_to_refuse(server, monkeypatch):
    looked_up(monkeypatch, "93.184.216.34", "127.0.0.1")
    connected = []
    monkeypatch.setattr(outgoing.socket, "create_connection", lambda *a, **k: connected.append(a))
    with pytest.raises(OutgoingError):
        send("GET", "http://example.com/", public_only=True)
    assert connected == []


def test_the_connection_goes_to_the_address_that_was_checked_with_the_hosts_name(
    server, monkeypatch
):
    asked = []
    told = looked_up(monkeypatch, "93.184.216.34")

    def connect_here(place, *args, **kwargs):
        asked.append(place)
        made = socket.socket()
        made.connect(("127.0.0.1", server.server.server_port))
        return made

    monkeypatch.setattr(outgoing.socket, "create_connection", connect_here)
    assert send("GET", "http://hook.example.com/x", public_only=True).status == 200
    assert told == ["hook.example.com"]
    assert asked == [("93.184.216.34", 80)]
    assert [one.headers["host"] for one in server.seen] == ["hook.example.com"]


def test_no_redirect_is_followed(server):
    server.answer = lambda asked: Said(302, headers={"Location": server.url + "elsewhere"})
    assert send("GET", server.url).status == 302
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "said",
    [
        Said(wait=3),
        Said(body=b"." * 500, pace=0.02),
        Said(body=b"." * 500, pace=0.02, headers={"Content-Length": "500"}),
    ],
)
def test_what_hangs_or_drips_is_cut_off(server, said):
    server.answer = lambda asked: said
    began = time.monotonic()
    with pytest.raises(OutgoingError):
        send("GET", server.url, seconds=0.4)
    assert time.monotonic() - began < 1.5


def test_headers_that_drip_without_end_are_cut_off():
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        made, _place = listener.accept()
        with made, suppress(OSError):
            made.sendall(b"HTTP/1.1 200 OK\r\n")
            for _turn in range(200):
                made.sendall(b"X")
                time.sleep(0.05)

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    began = time.monotonic()
    with pytest.raises(OutgoingError):
        send("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.5)
    assert time.monotonic() - began < 2
    dripping.join(5)
    listener.close()


def test_a_connection_made_when_the_time_is_over_is_not_used(server, monkeypatch):
    """A name that is looked up for long leaves no time to be answered slowly as well."""
    look_up = socket.getaddrinfo

    def slowly(*place, **kinds):
        time.sleep(0.4)
        return look_up(*place, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    server.answer = lambda asked: Said(body=b"." * 500, pace=0.02)
    began = time.monotonic()
    with pytest.raises(OutgoingError):
        send("GET", server.url, seconds=0.2)
    assert time.monotonic() - began < 1.5
    assert server.seen == []


def test_an_answer_that_is_too_large_is_given_up(server):
    server.answer = lambda asked: Said(body=b"." * (outgoing.LARGEST + 1))
    with pytest.raises(OutgoingError):
        send("GET", server.url)


@pytest.mark.parametrize("url", ["http://", "http://a" + "b" * 300 + ".example/", "http://[::zz]/"])
def test_what_is_no_address_is_an_error_of_the_same_sort(url):
    with pytest.raises(OutgoingError):
        send("GET", url, public_only=True, seconds=2)


def test_an_answers_headers_are_known_by_names_in_lower_case(server):
    server.answer = lambda asked: Said(429, headers={"Retry-After": "7"})
    assert send("GET", server.url).headers["retry-after"] == "7"
