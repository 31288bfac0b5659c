"""What makes a wish look like spam. Nothing is thrown away for it: staff look at what is held."""

import hashlib
import ipaddress
import re
from datetime import timedelta

from django.core.cache import cache
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from subscriptions.choices import LeadHold
from subscriptions.models import Lead

HOUR = int(timedelta(hours=1).total_seconds())
# Of one address in an hour: more is held for staff, and far more is not taken at all.
HELD_FROM_ADDRESS = 10
REFUSED_FROM_ADDRESS = 100
# Of one phone in a day: people ask for a flat, their parents' flat and a country house.
HELD_FROM_PHONE = 5
# Nobody reads the form and types a name and a phone in less.
LEAST_SECONDS = 2
# "ivan@mail.ru" is no link, "mail.ru/x" is.
_LINK = re.compile(r"://|\bwww\.|\[url|<a\s|(?<![@\w.])[\w-]+\.[a-z]{2,}/", re.IGNORECASE)


class TooManyError(DomainError):
    """More wishes from one address than any house sends."""

    status = 429


def count_from(address: str, what: str = "leads", most: int | None = None) -> int:
    """How many have come from this network address within the hour, this one included.

    `what` is counted by itself. Raises TooManyError beyond `most`, or REFUSED_FROM_ADDRESS.
    """
    count = _count(_key(address, what))
    if count > (REFUSED_FROM_ADDRESS if most is None else most):
        raise TooManyError(_("Too many were sent from your network. Try again in an hour."))
    return count


def suspicion(*, text: str, trap: str, seconds: float, from_address: int, phone: str) -> str:
    """The LeadHold that the wish is held for; "" for none.

    `text` is all that was written freely, `trap` what stands in the field that people do not see,
    `seconds` how long the form was open, `from_address` what `count_from` gave.
    """
    if looks_automatic(trap=trap, seconds=seconds):
        return LeadHold.TRAP if trap else LeadHold.HASTE
    if _LINK.search(text):
        return LeadHold.LINKS
    if from_address > HELD_FROM_ADDRESS or _sent_by(phone) >= HELD_FROM_PHONE:
        return LeadHold.FLOOD
    return ""


def looks_automatic(*, trap: str, seconds: float) -> bool:
    """Whether a program has filled in the form: a hidden field, or faster than anyone types."""
    return bool(trap) or seconds < LEAST_SECONDS


def _sent_by(phone: str) -> int:
    since = clock.now() - timedelta(days=1)
    return Lead.objects.filter(phone=phone, created_at__gte=since).count()


def _count(key: str) -> int:
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key)
    except ValueError:
        # It ran out between the two: an hour begins anew.
        cache.set(key, 1, HOUR)
        return 1


def _key(address: str, what: str) -> str:
    """Of IPv6 the network: a visitor has 2⁶⁴ addresses in it."""
    found = ipaddress.ip_address(address)
    if found.version == 6:
        address = str(ipaddress.ip_network(f"{address}/64", strict=False))
    return f"{what}.{hashlib.blake2b(address.encode(), digest_size=12).hexdigest()}"
