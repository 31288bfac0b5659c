"""What was said, as it is drawn: what staff write is Markdown, what customers write is theirs."""

from django.utils.html import linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe

from core.markdown import render_markdown
from support.choices import DeskSide
from support.selectors.thread import ThreadEntry


def drawn(entry: ThreadEntry) -> SafeString:
    """The words of a message or note as harmless HTML."""
    if entry.side == DeskSide.STAFF:
        return render_markdown(entry.body)
    # Escaped by the first of the two.
    return mark_safe(linebreaks(urlize(entry.body, nofollow=True, autoescape=True)))
