"""Markdown made safe: what people write becomes HTML that runs and loads nothing foreign."""

from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre"),
    *("blockquote", "ul", "ol", "li", "a", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
URL_SCHEMES = {"http", "https", "mailto", "tel"}

# html=False: a tag that someone types is shown as text. The cleaning after it is a second wall.
_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render_markdown(text: str) -> SafeString:
    """HTML of CommonMark with tables and strikethrough.

    Headings begin at h2, the page itself has the h1. Images come from this site alone; links lead
    to http, https, mailto and tel.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            _demote(token)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return mark_safe(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=URL_SCHEMES,
            attribute_filter=_own_images_only,
            link_rel="noopener noreferrer",
        )
    )


def _demote(heading: Token) -> None:
    if heading.tag == "h1":
        heading.tag = "h2"


def _own_images_only(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        parts = urlsplit(value)
        return None if parts.scheme or parts.netloc or not value.startswith("/") else value
    return value
