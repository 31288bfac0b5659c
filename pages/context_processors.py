"""Menus and site settings for every page."""

from typing import Any

from django.http import HttpRequest

from pages.selectors.site import site_content


def site(request: HttpRequest) -> dict[str, Any]:
    """`site` (SiteTexts), `site_menu` and `footer_menu` (tuples of MenuLink)."""
    content = site_content()
    return {"site": content.texts, "site_menu": content.header, "footer_menu": content.footer}
