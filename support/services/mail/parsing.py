"""A letter as it is understood: who, what, and the files with it."""

import hashlib
import re
from dataclasses import dataclass, field

from support.services.mail.charsets import decode
from support.services.mail.headers import Headers
from support.services.mail.html_text import text_of
from support.services.mail.mime import Part, header_end, split

# Of a part of text, so much is read; what is told is shorter by far.
TEXT_BYTES = 2_000_000
IDS_AT_MOST = 50
_ID = re.compile(r"<([^<>\s]{1,250})>")
# Said by programs to programs.
_SILENT = {
    *("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"),
    *("application/pgp-keys", "text/x-amp-html", "message/delivery-status"),
    *("message/disposition-notification", "text/rfc822-headers"),
}
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "image/heic": "heic",
    "image/webp": "webp",
    "text/csv": "csv",
    "text/calendar": "ics",
    "application/ics": "ics",
    "text/html": "html",
    "text/plain": "txt",
}
_FORWARDED = "---------- Forwarded message ----------"


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file of a letter; its content is decoded when it is asked for."""

    name: str
    part: Part

    def content(self) -> bytes:
        return self.part.content()


@dataclass(frozen=True, slots=True)
class Letter:
    headers: Headers
    # Without its brackets; of a letter without one, a digest of the letter.
    letter_id: str
    sender_name: str
    # "" where it names none that could be answered.
    sender: str
    recipients: tuple[str, ...]
    # Ids of the letters it answers, the nearest first.
    answers: tuple[str, ...]
    subject: str
    text: str
    files: tuple[LetterFile, ...]
    root: Part


def read_letter(raw: bytes) -> Letter:
    """Reads a letter in time and memory bounded by its size; never fails."""
    root = split(raw)
    headers = root.headers
    sender_name, sender = sender_of(headers)
    found = _Found()
    _collect(root, found)
    return Letter(
        headers=headers,
        letter_id=letter_id_of(raw, headers),
        sender_name=sender_name,
        sender=sender,
        recipients=tuple(address for _name, address in _recipients(headers)),
        answers=_answers(headers),
        subject=headers.get("subject"),
        text="\n\n".join(text for text in found.texts if text.strip()),
        files=tuple(found.files),
        root=root,
    )


def headers_of(raw: bytes) -> Headers:
    """The headers of a letter alone."""
    return Headers(raw[: header_end(raw, 0, len(raw))[0]])


def sender_of(headers: Headers) -> tuple[str, str]:
    """(name, address) of who says to have written it; ("", "") for nobody."""
    found = headers.addresses("from") or headers.addresses("sender", "reply-to")
    return found[0] if found else ("", "")


def letter_id_of(raw: bytes, headers: Headers) -> str:
    found = _ID.search(headers.get("message-id"))
    if found and len(found[1]) <= 240:
        return found[1]
    return f"{hashlib.blake2b(raw, digest_size=20).hexdigest()}@digest"


def _recipients(headers: Headers) -> list[tuple[str, str]]:
    names = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
    return headers.addresses(*names)


def _answers(headers: Headers) -> tuple[str, ...]:
    nearest = _ID.findall(headers.get("in-reply-to"))
    earlier = _ID.findall(headers.get("references"))[::-1]
    return tuple(dict.fromkeys([*nearest, *earlier]))[:IDS_AT_MOST]


# --- words and files ----------------------------------------------------------------------------
@dataclass
class _Found:
    texts: list[str] = field(default_factory=list)
    files: list[LetterFile] = field(default_factory=list)
    is_html: bool = False

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for text in self.texts)


def _collect(part: Part, found: _Found) -> None:
    kind = part.kind
    if part.is_opaque:
        found.files.append(LetterFile(_name(part, found), part))
        for child in part.children:
            _collect(child, found)
    elif kind == "multipart/alternative" and part.children:
        _choose(part, found)
    elif kind == "message/rfc822":
        _enclosed(part, found)
    elif part.children:
        for child in part.children:
            _collect(child, found)
    elif kind.startswith("multipart/"):
        # Its border is lost: what can be read of it is better than nothing.
        found.texts.append(decode(part.raw[part.start : part.end][:TEXT_BYTES]))
    elif kind not in _SILENT:
        _leaf(part, found)


def _leaf(part: Part, found: _Found) -> None:
    is_text = part.kind in ("text/plain", "text/html", "text/enriched")
    if is_text and not part.is_attached and not part.file_name():
        found.texts.append(_text(part))
        found.is_html = found.is_html or part.kind == "text/html"
    else:
        found.files.append(LetterFile(_name(part, found), part))


def _choose(part: Part, found: _Found) -> None:
    """Of several forms of the same words, plain text; the files of all of them."""
    forms: list[_Found] = []
    for child in part.children:
        form = _Found()
        has_words = any(not earlier.is_blank for earlier in forms)
        if has_words and child.kind == "text/html":
            continue
        if child.kind == "text/calendar":
            form.files.append(LetterFile(_name(child, found), child))
        else:
            _collect(child, form)
        forms.append(form)
    for form in forms:
        found.files += form.files
    best = min(forms, key=lambda form: (form.is_blank, form.is_html), default=_Found())
    found.texts += best.texts
    found.is_html = found.is_html or best.is_html


def _enclosed(part: Part, found: _Found) -> None:
    """A letter within the letter: what it says belongs to what is told."""
    for child in part.children:
        headers = child.headers
        lines = [_FORWARDED]
        lines += [
            f"{name.capitalize()}: {headers.get(name)}"
            for name in ("from", "date", "subject", "to")
            if headers.get(name)
        ]
        inner = _Found()
        _collect(child, inner)
        found.texts.append("\n".join([*lines, "", *inner.texts]))
        found.files += inner.files


def _text(part: Part) -> str:
    # Encoded text is longer than what it says, by up to three times.
    content = part.content(3 * TEXT_BYTES)[:TEXT_BYTES]
    text = decode(content, part.headers.param("content-type", "charset"))
    if part.kind != "text/plain":
        return text_of(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.headers.param("content-type", "format").lower() == "flowed":
        is_glued = part.headers.param("content-type", "delsp").lower() == "yes"
        return _unflowed(text, is_glued)
    return text


def _unflowed(text: str, is_glued: bool) -> str:
    """RFC 3676: a line that ends with a blank goes on in the next one of the same depth."""
    out: list[str] = []
    open_depth = -1
    for raw_line in text.split("\n"):
        depth = len(raw_line) - len(raw_line.lstrip(">"))
        line = raw_line[depth:].removeprefix(" ")
        if depth == open_depth:
            out[-1] += line
        else:
            out.append(f"{'>' * depth} {line}" if depth else line)
        is_open = line.endswith(" ") and line != "-- "
        if is_open and is_glued:
            out[-1] = out[-1][:-1]
        open_depth = depth if is_open else -1
    return "\n".join(line.rstrip(" ") if line != "-- " else line for line in out)


def _name(part: Part, found: _Found) -> str:
    """The file's name; a picture without one is named by its kind."""
    name = part.file_name()
    if name:
        return name
    if part.kind == "application/ms-tnef":
        return "winmail.dat"
    first = part.kind.partition("/")[0]
    word = "picture" if first == "image" else "invitation" if "calendar" in part.kind else "file"
    return f"{word}-{len(found.files) + 1}.{_ENDINGS.get(part.kind, 'bin')}"
