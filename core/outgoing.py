"""HTTP to other systems, never within a transaction and never without an end.

A session takes nothing from the environment (no proxy, no password file), follows no redirect,
reads no more than LARGEST bytes, and is cut off after its seconds, however the other side drips:
a library's timeouts count for each wait alone. (The lookup of a name has the resolver's own end.)

A host that an operator's settings name may stand anywhere. A host that people name needs
`public_only`: its name is looked up once, every address of it must be public, and the connection
goes to the address that was checked, while Host header and certificate keep the name.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

SECONDS = 15
CONNECT_SECONDS = 5
LARGEST = 64 * 1024
AGENT = "Estconnect"
_PIECE = 4096
# IPv4 addresses written as IPv6: of translators (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutgoingError(Exception):
    """The other side could not be reached or did not answer; the text names no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    # In lower case.
    headers: Mapping[str, str] = field(default_factory=dict)


def post_form(
    url: str, fields: Mapping[str, str], *, auth: tuple[str, str] | None = None
) -> Answer:
    """Posts a form and returns the answer, whatever its status. Raises OutgoingError."""
    return send("POST", url, data=dict(fields), auth=auth)


def send(
    method: str,
    url: str,
    *,
    seconds: float | None = None,
    public_only: bool = False,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> Answer:
    """One request, and its answer whatever the status. Raises OutgoingError.

    `seconds`: the whole of it lasts no longer; SECONDS by default. `content`: `params`, `data`,
    `json` and `auth` as `requests` takes them.
    """
    seconds = SECONDS if seconds is None else seconds
    patience = min(CONNECT_SECONDS, seconds)
    end = time.monotonic() + seconds
    try:
        with (
            _session(public_only) as session,
            _cut_off_after(seconds),
            session.request(
                method,
                url,
                timeout=(patience, patience),
                allow_redirects=False,
                stream=True,
                headers={"User-Agent": AGENT, **(headers or {})},
                **content,
            ) as response,
        ):
            body = _read(response, end)
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, body.decode("utf-8", "replace"), names)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # Without the library's words: they repeat the address with what stands in it.
        raise OutgoingError(type(error).__name__) from None
    except (ValueError, UnicodeError):
        # What is no address of a host at all, found only when it is to be reached.
        raise OutgoingError("not an address") from None


def is_public(text: str) -> bool:
    """Whether an IP address is one that everybody reaches: no private, local or special network.

    IPv4 hidden in IPv6 (mapped, NAT64, 6to4) is judged as what it is.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _unwrapped(address)
    if inner is not address:
        return is_public(str(inner))
    special = (
        address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    )
    return address.is_global and not special


def _unwrapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


# --- connecting -------------------------------------------------------------------------------
class _Sockets:
    """The connections of one exchange; `shut` is called by a timer, from a thread of its own."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._over = False
        self._lock = threading.Lock()

    def add(self, one: socket.socket) -> None:
        """Raises TimeoutError where it took so long to get here that the time is over."""
        with self._lock:
            self._sockets.append(one)
            if self._over:
                raise TimeoutError

    def shut(self) -> None:
        with self._lock:
            self._over = True
            for one in self._sockets:
                # What is closed already has ended by itself.
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for one in self._sockets:
            one.close()


_open: ContextVar[_Sockets | None] = ContextVar("open", default=None)


@contextmanager
def _cut_off_after(seconds: float) -> Iterator[None]:
    """Shuts every connection opened within the block when the time is over; then none is opened."""
    sockets = _Sockets()
    token = _open.set(sockets)
    timer = threading.Timer(seconds, sockets.shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _open.reset(token)
        sockets.close()


def _remember(one: socket.socket) -> socket.socket:
    sockets = _open.get()
    if sockets is not None:
        try:
            # A second handle of the same connection: TLS takes the first one over.
            sockets.add(one.dup())
        except TimeoutError:
            one.close()
            raise
    return one


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _remember(super()._new_conn())


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _remember(super()._new_conn())


def _connect_checked(connection: HTTPConnection) -> socket.socket:
    """A connection to the first address of the host, all of which are public."""
    found = socket.getaddrinfo(
        connection._dns_host, connection.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    places = [place for _family, _type, _proto, _name, place in found]
    if not places or not all(is_public(str(place[0])) for place in places):
        raise OSError("not public")
    address, port = str(places[0][0]), int(places[0][1])
    made = socket.create_connection((address, port), connection.timeout)
    return _remember(made)


class _CheckedPlain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect_checked(self)


class _CheckedSecure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect_checked(self)


def _pools(plain: type, secure: type) -> dict[str, type]:
    kinds = {"http": urllib3.HTTPConnectionPool, "https": urllib3.HTTPSConnectionPool}
    return {
        scheme: type(pool.__name__, (pool,), {"ConnectionCls": connection})
        for (scheme, pool), connection in zip(kinds.items(), (plain, secure), strict=True)
    }


_ANYWHERE = _pools(_Plain, _Secure)
_PUBLIC = _pools(_CheckedPlain, _CheckedSecure)


class _Adapter(HTTPAdapter):
    def __init__(self, pools: dict[str, type]) -> None:
        self.pools = pools
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pools


def _session(public_only: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    adapter = _Adapter(_PUBLIC if public_only else _ANYWHERE)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _read(response: requests.Response, end: float) -> bytes:
    body = b""
    # What has come so far, not a full piece: a timeout of the library counts for each wait alone.
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if time.monotonic() > end:
            raise OutgoingError("too slow")
        if len(body) > LARGEST:
            raise OutgoingError("too much")
    if time.monotonic() > end:
        # Cut off: what has come looks like all of an answer that names no length.
        raise OutgoingError("too slow")
    return body
