"""What every geocoder promises."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from django.conf import settings

from core.outgoing import AGENT, Answer, OutgoingError, send

# A person waits for the answer.
SECONDS = 5
MOST_FOUND = 5
_LIMITS = ("per_second", "per_day")
_ADDRESS_LENGTH = 300


class GeocoderError(Exception):
    """No answer for now; `pause` says how long the geocoder should be left alone."""

    def __init__(self, trouble: str, pause: timedelta = timedelta(0)) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Found:
    """A place: degrees of WGS 84, its address in the geocoder's words, and the parts it names.

    `is_house`: the point is that of the house, not of its street or city.
    """

    latitude: float
    longitude: float
    address: str
    is_house: bool
    city: str = ""
    street: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One HTTP request: `content` is what `core.outgoing.send` takes."""

    method: str
    url: str
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Address:
    """A geocoder's URL from the settings, taken apart: where, with which key, how often."""

    base: str
    key: str
    limits: Mapping[str, float]

    @classmethod
    def read(cls, url: str) -> "Address":
        """Raises ValueError (without the URL: it holds a key) for one that cannot be used."""
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("It must begin with https:// and name a host.")
        unknown = set(given) - {"key", *_LIMITS}
        if unknown:
            raise ValueError(f"It has no parameter {sorted(unknown)[0]!r}.")
        limits = {name: float(given[name]) for name in _LIMITS if name in given}
        if not all(0 < limit < math.inf for limit in limits.values()):
            raise ValueError("Its limits must be positive numbers.")
        base = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        return cls(base.rstrip("/"), given.get("key", ""), limits)


class Geocoder(ABC):
    """One geocoding service. Knows its own protocol and nothing else; keeps no state.

    Limits and how long answers may be kept are its terms of use, as far as they are public.
    """

    name: str
    title: str
    # What pages must say beside its answers; "" where its terms do not ask for it.
    attribution = ""
    kept: timedelta
    per_second: float
    per_day: float
    needs_key = True

    def __init__(self, url: str) -> None:
        self.address = Address.read(url)
        if self.needs_key and not self.address.key:
            raise ValueError("It needs key=… with the key of your account.")
        self.per_second = self.address.limits.get("per_second", self.per_second)
        self.per_day = self.address.limits.get("per_day", self.per_day)

    # --- the protocol, written by each ------------------------------------------------------

    @abstractmethod
    def forward(self, text: str) -> Question:
        """How to ask where an address is."""

    @abstractmethod
    def reverse(self, latitude: float, longitude: float) -> Question:
        """How to ask which house stands at a point."""

    @abstractmethod
    def read(self, document: Any) -> Iterator[Found | None]:
        """What an answer of status 200 tells; None for a row without a usable point.

        May raise LookupError, TypeError, ValueError or AttributeError for one it does not know.
        """

    # --- the same for all -------------------------------------------------------------------

    def ask(self, question: Question) -> list[Found]:
        """At most MOST_FOUND places, the likeliest first; [] where nothing is known.

        Raises GeocoderError, whose text names neither key nor address.
        """
        headers = {"User-Agent": f"{AGENT} ({settings.SITE_URL})", "Accept": "application/json"}
        content = dict(question.content)
        headers |= content.pop("headers", {})
        try:
            answer = send(
                question.method, question.url, seconds=SECONDS, headers=headers, **content
            )
        except OutgoingError as error:
            raise GeocoderError(f"no answer: {error}", timedelta(seconds=30)) from None
        self._check(answer)
        return self._found(answer.text)

    def _check(self, answer: Answer) -> None:
        if answer.status == 200:
            return
        trouble = f"answered {answer.status}"
        if answer.status == 429:
            raise GeocoderError(trouble, _wanted_pause(answer))
        if answer.status in {401, 402, 403}:
            # A wrong key or a limit of the day: asking on would only make it worse.
            raise GeocoderError(trouble, timedelta(minutes=15))
        raise GeocoderError(trouble, timedelta(seconds=30 if answer.status >= 500 else 0))

    def _found(self, text: str) -> list[Found]:
        try:
            rows: Iterable[Found | None] = list(self.read(json.loads(text)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise GeocoderError("an odd answer", timedelta(seconds=30)) from None
        return [row for row in rows if row is not None][:MOST_FOUND]


def place(
    latitude: Any, longitude: Any, address: Any, *, is_house: bool, **parts: Any
) -> Found | None:
    """A place from what an answer says, or None where its point is not one on earth."""
    try:
        north, east = float(latitude), float(longitude)
    except (TypeError, ValueError):
        return None
    # Written so that NaN is refused too; 0, 0 is what some answer for "nowhere".
    if not (-90 <= north <= 90 and -180 <= east <= 180) or (north == 0 and east == 0):
        return None
    words = {name: _words(value, 150) for name, value in parts.items()}
    return Found(north, east, _words(address, _ADDRESS_LENGTH), is_house, **words)


def _words(value: Any, length: int) -> str:
    if not isinstance(value, str):
        return ""
    printable = "".join(mark if mark.isprintable() else " " for mark in value)
    return " ".join(printable.split())[:length]


def _wanted_pause(answer: Answer) -> timedelta:
    """What Retry-After asks for, from a second to an hour; a minute where it says nothing clear."""
    asked = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(max(int(asked), 1), 3600) if asked.isdecimal() else 60)
