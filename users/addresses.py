"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# What a request over a local socket has instead of an address.
UNKNOWN = "0.0.0.0"  # noqa: S104  (not bound to)


def client_address(request: HttpRequest) -> str:
    """The address of the peer that our outermost proxy saw, or UNKNOWN.

    `TRUSTED_PROXY_COUNT` entries at the end of X-Forwarded-For were written by our own proxies; all
    before them is whatever the client sent. A request with fewer entries did not come through the
    proxies, and is known by its connection alone.
    """
    proxies = settings.TRUSTED_PROXY_COUNT
    if proxies:
        forwarded = request.headers.get("x-forwarded-for", "").split(",")
        if len(forwarded) >= proxies:
            found = _valid(forwarded[-proxies])
            if found:
                return found
    return _valid(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def is_among(address: str, allowed: list[str]) -> bool:
    """Whether `address` is one of `allowed`, which are addresses or networks ("10.0.0.0/8")."""
    parsed = ipaddress.ip_address(address)
    return any(parsed in ipaddress.ip_network(entry, strict=False) for entry in allowed)


def _valid(text: str) -> str:
    """The address in its one spelling, without port or brackets; "" when it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
