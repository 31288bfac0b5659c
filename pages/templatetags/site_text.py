"""Texts of the site in templates: `{% load site_text %}`."""

from django import template
from django.utils.safestring import SafeString

from core.markdown import render_markdown

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """`text` as safe HTML."""
    return render_markdown(text or "")
