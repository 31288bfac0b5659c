"""Text out of the bytes of letters, whatever they say about themselves."""

import codecs

# Codecs that are no alphabets, or cost more than they give.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"}
# What old programs of this part of the world wrote in without saying so.
_CYRILLIC = ("cp1251", "koi8-r", "cp866")
_FREQUENT = frozenset("оеаинтсрвлкмдпуяыьгзбчй")
# Names of alphabets that are put before letters by programs that do not know better.
_EMPTY_NAMES = {"", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252"}
_OF_SEVERAL_BYTES = ("utf-16", "utf-32", "iso2022", "hz")
_ASCII = bytes(range(128))
_SAMPLE = 4000
_NOT_TEXT = dict.fromkeys(
    [*range(9), *range(11, 13), *range(14, 32), 127, *range(0x80, 0xA0), *range(0xD800, 0xE000)]
)


def decode(content: bytes, declared: str = "") -> str:
    """The text of `content`; never fails, and leaves no control characters but TAB and line ends.

    The declared alphabet is believed unless it is unknown or cannot be right: then UTF-8, else the
    Cyrillic one in which the text looks most like words.
    """
    name = _known(declared)
    if content.isascii() and not name.startswith(_OF_SEVERAL_BYTES):
        return clean(content.decode("ascii"))
    if name and not (declared.strip().lower() in _EMPTY_NAMES and _is_cyrillic(content)):
        try:
            return clean(content.decode(name))
        except (UnicodeError, ValueError):
            pass
    return clean(_guessed(content))


def clean(text: str) -> str:
    """Without control characters and halves of characters: no database keeps them."""
    return text.translate(_NOT_TEXT)


def _known(declared: str) -> str:
    """The codec of a declared alphabet; "" for none that we would decode text with."""
    try:
        found = codecs.lookup(declared.strip().strip("\"'")[:40])
    except (LookupError, ValueError, UnicodeError):
        return ""
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("-", "_") not in _REFUSED else ""


def _guessed(content: bytes) -> str:
    text = content.decode("utf-8-sig", "replace")
    # Few broken characters in a long text do not make it another alphabet.
    if text.count("\ufffd") * 5 <= len(content.translate(None, delete=_ASCII)):
        return text
    if not _is_cyrillic(content):
        return content.decode("cp1252", "replace")
    best = max(_CYRILLIC, key=lambda name: _likeness(content[:_SAMPLE].decode(name, "replace")))
    return content.decode(best, "replace")


def _is_cyrillic(content: bytes) -> bool:
    """Whether most letters are beyond ASCII, as in no language written in Latin letters."""
    sample = content[:_SAMPLE]
    high = sum(byte > 127 for byte in sample)
    latin = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in sample)
    return high > latin / 2


def _likeness(text: str) -> int:
    """How many of the frequent small letters stand in a text; capitals by mistake stand against."""
    return sum((c in _FREQUENT) - ("А" <= c <= "Я") - ("\u2500" <= c <= "\u25ff") for c in text)
