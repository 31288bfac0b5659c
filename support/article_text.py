"""An article's Markdown as its page shows it: with a table of contents where it is long."""

import re
from dataclasses import dataclass

from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from core.markdown import render_markdown
from support.slugs import transliterated

# `render_markdown` leaves headings without attributes; within code they are escaped.
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
# Shorter ones are seen at a glance.
_LEAST_HEADINGS = 3
_LEAST_LENGTH = 1000
_ID_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the contents; `level` is 2 or 3."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class ArticleText:
    html: SafeString
    contents: list[Heading]


def render_article(body: str) -> ArticleText:
    """Safe HTML whose headings have ids, and its contents: empty for a short text."""
    headings: list[Heading] = []

    def with_id(found: re.Match[str]) -> str:
        level, inner = int(found[1]), found[2]
        text = strip_tags(inner).strip()
        anchor = _free(transliterated(text, _ID_LENGTH), {row.anchor for row in headings})
        headings.append(Heading(level, anchor, _plain(text)))
        return f'<h{level} id="{anchor}">{inner}</h{level}>'

    html = _HEADING.sub(with_id, render_markdown(body))
    is_long = len(body) >= _LEAST_LENGTH and len(headings) >= _LEAST_HEADINGS
    return ArticleText(mark_safe(html), headings if is_long else [])


def _free(wanted: str, taken: set[str]) -> str:
    # Apart from the ids of the page itself.
    anchor, number = f"s-{wanted}", 2
    while anchor in taken:
        anchor = f"s-{wanted}-{number}"
        number += 1
    return anchor


def _plain(text: str) -> str:
    """What escaped HTML says; the template escapes it again."""
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    return text
