"""HTTP to other systems, never within a transaction and never without an end.

A session takes nothing from the environment (no proxy, no password file), follows no redirect,
reads no more than LARGEST bytes, and gives up on an answer that drips for SECONDS. Hosts that come
from people (and not from the operator's settings) need more: their address must be checked to be
public.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import requests
import urllib3

SECONDS = 15
CONNECT_SECONDS = 5
LARGEST = 64 * 1024
_PIECE = 4096


class OutgoingError(Exception):
    """The other side could not be reached or did not answer; the text names no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str


def post_form(
    url: str, fields: Mapping[str, str], *, auth: tuple[str, str] | None = None
) -> Answer:
    """Posts a form and returns the answer, whatever its status. Raises OutgoingError."""
    end = time.monotonic() + SECONDS
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                url,
                data=dict(fields),
                auth=auth,
                timeout=(CONNECT_SECONDS, CONNECT_SECONDS),
                allow_redirects=False,
                stream=True,
                headers={"User-Agent": "Estconnect"},
            ) as response:
                body = _read(response, end)
                return Answer(response.status_code, body.decode("utf-8", "replace"))
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        # Without the library's words: they repeat the address with what stands in it.
        raise OutgoingError(type(error).__name__) from None


def _read(response: requests.Response, end: float) -> bytes:
    body = b""
    # What has come so far, not a full piece: a timeout of the library counts for each wait alone.
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if time.monotonic() > end:
            raise OutgoingError("too slow")
        if len(body) > LARGEST:
            raise OutgoingError("too much")
    return body
