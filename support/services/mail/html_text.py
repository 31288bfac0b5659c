"""Words of an HTML letter as plain text: nothing of it is run, fetched or drawn."""

import re
from collections.abc import Iterator
from html import unescape

# So much is looked at: the words of longer letters are repeated in themselves.
MOST = 1_000_000
# A tag that does not end within so many characters is text.
_LONGEST_TAG = 4000
_BLOCKS = {
    *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "pre"),
    *("blockquote", "li", "hr", "center", "section", "article", "header", "footer"),
}
# Blocks that a blank line parts from what is around them.
_PARTED = {"p", "blockquote", "ul", "ol", "table", "h1", "h2", "h3"}
# Of these not even the words are shown.
_DROPPED = {"script", "style", "title", "noscript", "template", "svg", "math", "head"}
_DEEPEST_QUOTE = 5
_SPACES = re.compile(r"[ \t\r\n\f\u00a0\u200b\ufeff]+")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,30})")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SCHEMES = ("http://", "https://", "mailto:", "tel:")


def text_of(html: str) -> str:
    """Lines of an HTML text; quotations begin with "> ", addresses of links follow their words.

    In time that grows with the length alone, whatever the HTML is: parsers that build a tree need
    minutes for one megabyte of nested blocks.
    """
    reader = _Reader()
    for text, tag, inside in _pieces(html[:MOST]):
        if text:
            reader.words(unescape(text))
        if tag:
            reader.tag(tag, inside)
    return reader.text()


def _pieces(html: str) -> Iterator[tuple[str, str, str]]:
    """(text before a tag, the tag like `p` or `/p`, what stands in it)."""
    position, begin = 0, 0
    while (at := html.find("<", position)) >= 0:
        if html.startswith("<!", at) or html.startswith("<?", at):
            yield html[begin:at], "", ""
            begin = position = _comment_end(html, at)
            continue
        found = _TAG.match(html, at)
        end = html.find(">", at, at + _LONGEST_TAG) if found else -1
        if found is None or end < 0:
            position = at + 1
            continue
        name = found[2].lower()
        yield html[begin:at], found[1] + name, html[found.end() : end]
        begin = position = end + 1
        if name in _DROPPED and not found[1]:
            begin = position = _dropped_end(html, name, position)
    yield html[begin:], "", ""


def _comment_end(html: str, at: int) -> int:
    mark = "-->" if html.startswith("<!--", at) else ">"
    end = html.find(mark, at + 2)
    return len(html) if end < 0 else end + len(mark)


def _dropped_end(html: str, name: str, position: int) -> int:
    """A head that was never closed is left where the body begins."""
    end = re.compile(rf"</{name}|<body" if name == "head" else f"</{name}", re.IGNORECASE)
    found = end.search(html, position)
    return found.start() if found else len(html)


class _Reader:
    """Gathers words into lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._pre = 0
        self._link: tuple[str, int] | None = None

    def text(self) -> str:
        self._end_line()
        joined = "\n".join(line.rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", joined).strip("\n")

    def words(self, text: str) -> None:
        if self._pre > 0:
            first, *others = text.split("\n")
            self._line.append(first)
            for line in others:
                self._break()
                self._line.append(line)
            return
        words = _SPACES.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            words = words.lstrip(" ")
        if words:
            self._line.append(words)

    def tag(self, tag: str, inside: str) -> None:
        name = tag.removeprefix("/")
        if name == "br":
            self._break()
        elif name in _BLOCKS:
            self._end_line()
            if tag in _PARTED:
                self._gap()
            self._block(name, is_end=tag != name)
            if tag != name and name in _PARTED:
                self._gap()
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        elif tag == "a":
            self._link = (_href(inside), len(self._line))
        elif tag == "/a":
            self._end_link()

    def _block(self, name: str, *, is_end: bool) -> None:
        step = -1 if is_end else 1
        if name == "blockquote":
            self._quotes = max(self._quotes + step, 0)
        elif name == "pre":
            self._pre = max(self._pre + step, 0)
        elif name == "li" and not is_end:
            self._line = ["- "]
        elif name == "hr":
            self._line = ["---"]
            self._end_line()

    def _end_link(self) -> None:
        if self._link is None:
            return
        href, start = self._link
        self._link = None
        said = "".join(self._line[start : start + 50]).strip()
        target = href.removeprefix("mailto:").removeprefix("tel:")
        if href and said and target.rstrip("/") != said.rstrip("/"):
            self._line.append(f" <{target[:500]}>")

    def _break(self) -> None:
        self._lines.append("> " * min(self._quotes, _DEEPEST_QUOTE) + "".join(self._line))
        self._line = []

    def _end_line(self) -> None:
        if any(words.strip() for words in self._line):
            self._break()
        self._line = []

    def _gap(self) -> None:
        """One blank line, of the quotation that goes on around it."""
        if not self._lines:
            return
        if self._lines[-1].strip("> "):
            self._lines.append("")
        self._lines[-1] = "> " * min(self._quotes, _DEEPEST_QUOTE)


def _href(inside: str) -> str:
    """The address of a link, when a reader could follow it."""
    found = _HREF.search(inside)
    href = unescape(found[1] or found[2] or found[3] or "").strip() if found else ""
    return href if href.lower().startswith(_SCHEMES) and href.isprintable() else ""
