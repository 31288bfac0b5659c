"""Headers of a letter or of a part of one: read with bounds, and whatever state they are in."""

import binascii
import quopri
import re
from collections.abc import Iterator
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from support.services.mail.charsets import clean, decode

# What goes beyond is left unread: no honest program writes that much.
BLOCK_BYTES = 256 * 1024
HEADERS_AT_MOST = 500
VALUE_CHARACTERS = 16_000
_WORD = re.compile(r"=\?([\w:.*+-]{1,60})\?([bBqQ])\?([^?\r\n]*(?:\?(?!=)[^?\r\n]*)*)\?=")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,190}")


class Headers:
    """Names and values in their order; the values unfolded and otherwise as they came."""

    def __init__(self, block: bytes) -> None:
        self._rows: list[tuple[str, bytes]] = list(_rows(block[:BLOCK_BYTES]))

    def raw(self, name: str) -> Iterator[bytes]:
        return (value for key, value in self._rows if key == name)

    def all(self, name: str) -> list[str]:
        """Values of a header, with encoded words read."""
        return [decoded(value) for value in self.raw(name)]

    def get(self, name: str) -> str:
        """The first value, in one line; "" where there is none."""
        return next((" ".join(decoded(value).split()) for value in self.raw(name)), "")

    def has(self, name: str) -> bool:
        return any(key == name for key, _value in self._rows)

    def addresses(self, *names: str) -> list[tuple[str, str]]:
        """(name, address) of all that stand in these headers; valid ones, in lower case."""
        values = [_text(value) for name in names for value in self.raw(name)]
        return [found for value in values for found in _addresses(value)]

    def kind(self) -> str:
        """The content type, like `text/plain`."""
        value = self.get("content-type").partition(";")[0].strip().lower()
        return value if re.fullmatch(r"[\w.+-]+/[\w.+-]+", value) else "text/plain"

    def param(self, header: str, name: str) -> str:
        """A parameter of a header, in any of the ways in which they are written."""
        raw = next(self.raw(header), None)
        if raw is None:
            return ""
        holder = Message()
        holder["x"] = " ".join(_text(raw).split())
        try:
            found = holder.get_param(name, header="x")
            text = collapse_rfc2231_value(found) if found is not None else ""
        except (LookupError, ValueError, TypeError, AttributeError):
            return ""
        return clean(_unworded(str(text))).strip()


def _rows(block: bytes) -> Iterator[tuple[str, bytes]]:
    """Lines that begin with a blank go on the one before; lines without a colon are nobody's."""
    name, lines, count = "", [], 0
    for line in block.splitlines():
        if line[:1] in (b" ", b"\t"):
            lines.append(line)
            continue
        if name:
            yield name, b" ".join(lines)[:VALUE_CHARACTERS]
            count += 1
        if count >= HEADERS_AT_MOST:
            return
        key, colon, value = line.partition(b":")
        name = key.strip().lower().decode("ascii", "replace") if colon else ""
        lines = [value]
    if name:
        yield name, b" ".join(lines)[:VALUE_CHARACTERS]


def decoded(value: bytes) -> str:
    """A value with its encoded words read, whatever was done to them."""
    return clean(_unworded(_text(value)))


def _text(value: bytes) -> str:
    return decode(value.strip())


def _unworded(text: str) -> str:
    """RFC 2047, tolerantly: words of one alphabet that follow each other are joined before they are
    read, for many programs cut characters in half.
    """
    out: list[str] = []
    pending: list[bytes] = []
    charset, end = "", 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        name = found[1].partition("*")[0].lower()
        if pending and (between.strip() or name != charset):
            out.append(decode(b"".join(pending), charset))
            pending = []
        if between.strip() or (not pending and not out):
            out.append(between)
        pending.append(_word_bytes(found[2], found[3]))
        charset, end = name, found.end()
    if pending:
        out.append(decode(b"".join(pending), charset))
    return "".join(out) + text[end:]


def _word_bytes(way: str, content: str) -> bytes:
    raw = content.encode("utf-8", "replace")
    if way in "qQ":
        return quopri.decodestring(raw.replace(b" ", b"_"), header=True)
    return from_base64(raw)


def from_base64(content: bytes) -> bytes:
    """What base64 says, also where it was cut or has foreign characters in it."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def _addresses(value: str) -> list[tuple[str, str]]:
    try:
        pairs = getaddresses([value])
    except (RecursionError, ValueError, IndexError):
        pairs = []
    found = [(name, _valid(address)) for name, address in pairs]
    if not any(address for _name, address in found):
        found = [("", _valid(match)) for match in _ADDRESS.findall(value)]
    return [(_name(name), address) for name, address in found if address]


def _valid(address: str) -> str:
    """The address in lower case; "" for what no letter can be sent to."""
    address = address.strip("<> ").lower()
    if len(address) > 254:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address


def _name(name: str) -> str:
    return " ".join(clean(_unworded(name)).strip("'\" ").split())[:150]
