"""The tree of a letter's parts, found with bounds: a hostile letter costs what an honest one does.

`email.parser` recurses as deep as a letter is nested, and asks of every line whether it ends any of
the open parts; here a part is a pair of places in the letter, and what is nested too deep or has
too many parts is one opaque part.
"""

import quopri
from collections.abc import Iterator
from dataclasses import dataclass, field

from support.services.mail.headers import BLOCK_BYTES, Headers, from_base64

DEEPEST = 15
PARTS_AT_MOST = 300
# Lines that look like borders, over the whole letter.
LOOKS_AT_MOST = 20_000


@dataclass
class Budget:
    parts: int = PARTS_AT_MOST
    looks: int = LOOKS_AT_MOST


@dataclass
class Part:
    """A part: its headers, where its content stands in `raw`, and what it consists of."""

    headers: Headers
    raw: bytes
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)
    # Consists of parts that were not looked for.
    is_opaque: bool = False

    @property
    def kind(self) -> str:
        return self.headers.kind()

    def content(self, most: int | None = None) -> bytes:
        """The content as it was before it was encoded for the way; its beginning with `most`."""
        end = self.end if most is None else min(self.end, self.start + most)
        body = self.raw[self.start : end]
        encoding = self.headers.get("content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return from_base64(body)
        if encoding == "quoted-printable":
            return quopri.decodestring(body)
        return body

    @property
    def is_attached(self) -> bool:
        disposition = self.headers.get("content-disposition").partition(";")[0].strip().lower()
        return disposition == "attachment"

    def file_name(self) -> str:
        name = self.headers.param("content-disposition", "filename")
        return name or self.headers.param("content-type", "name")

    def walk(self) -> Iterator["Part"]:
        yield self
        for child in self.children:
            yield from child.walk()


def split(raw: bytes) -> Part:
    """The letter as its outermost part."""
    return _part(raw, 0, len(raw), 0, Budget())


def header_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the headers that begin at `start` end, and where the content begins."""
    if raw.startswith((b"\r\n", b"\n"), start):
        return start, start + (2 if raw.startswith(b"\r\n", start) else 1)
    crlf, lf = raw.find(b"\r\n\r\n", start, end), raw.find(b"\n\n", start, end)
    if crlf >= 0 and (lf < 0 or crlf < lf):
        return crlf, crlf + 4
    return (lf, lf + 2) if lf >= 0 else (end, end)


def _part(raw: bytes, start: int, end: int, depth: int, budget: Budget) -> Part:
    budget.parts -= 1
    stop, body = header_end(raw, start, end)
    part = Part(Headers(raw[start : min(stop, start + BLOCK_BYTES)]), raw, min(body, end), end)
    kind = part.kind
    is_composite = kind.startswith("multipart/") or kind == "message/rfc822"
    if is_composite and (depth >= DEEPEST or budget.parts <= 0):
        part.is_opaque = True
    elif kind == "message/rfc822":
        part.children = [_enclosed(part, depth, budget)]
    elif is_composite:
        part.children = _children(part, depth, budget)
    return part


def _enclosed(part: Part, depth: int, budget: Budget) -> Part:
    """The letter within a part: in place, or decoded first, as it should not have to be."""
    encoding = part.headers.get("content-transfer-encoding").strip().lower()
    if encoding in ("base64", "quoted-printable"):
        inner = part.content()
        return _part(inner, 0, len(inner), depth + 1, budget)
    return _part(part.raw, part.start, part.end, depth + 1, budget)


def _children(part: Part, depth: int, budget: Budget) -> list[Part]:
    border = part.headers.param("content-type", "boundary")
    if not border:
        return []
    found = []
    for start, end in _between(part, b"--" + border.encode("utf-8", "replace"), budget):
        if budget.parts <= 0:
            part.is_opaque = True
            break
        found.append(_part(part.raw, start, end, depth + 1, budget))
    return found


def _between(part: Part, border: bytes, budget: Budget) -> Iterator[tuple[int, int]]:
    """Places between the lines of a border; the last ends with the letter where its end is lost."""
    raw, begin, position = part.raw, -1, part.start
    while (at := raw.find(border, position, part.end)) >= 0:
        budget.looks -= 1
        if budget.looks < 0:
            return
        position = at + len(border)
        line_end = raw.find(b"\n", position, part.end)
        line_end = part.end if line_end < 0 else line_end
        rest = raw[position : min(line_end, position + 80)].strip()
        if (at > part.start and raw[at - 1 : at] != b"\n") or rest not in (b"", b"--"):
            continue
        if begin >= 0:
            yield begin, _before_border(raw, begin, at)
        begin = min(line_end + 1, part.end)
        if rest == b"--":
            return
    if begin >= 0:
        yield begin, part.end


def _before_border(raw: bytes, begin: int, at: int) -> int:
    """The line end before a border is the border's."""
    if raw[at - 2 : at] == b"\r\n":
        at -= 2
    elif raw[at - 1 : at] == b"\n":
        at -= 1
    return max(at, begin)
