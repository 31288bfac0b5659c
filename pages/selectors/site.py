"""What the frame of a public page shows: site settings and menus, read once and kept.

Kept in the memory of the process, per language, for `KEPT_SECONDS`: a page costs no query for them,
and another process sees a change in the admin after that time at most.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.core.cache import caches
from django.db import transaction
from django.utils import translation

from pages.models import MenuItem, SitePage, SiteSettings
from pages.models.settings import THE_ROW

T = TypeVar("T")

KEPT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class SiteTexts:
    """The site settings in one language."""

    name: str = "Estconnect"
    phone: str = ""
    email: str = ""
    address: str = ""
    hours: str = ""
    legal: str = ""
    seo_title: str = ""
    seo_description: str = ""


@dataclass(frozen=True, slots=True)
class MenuLink:
    """One item of a menu; `url` is "" for a heading, which then has children."""

    title: str
    url: str
    children: tuple["MenuLink", ...] = ()


@dataclass(frozen=True, slots=True)
class SiteContent:
    """What context processors hand to every template."""

    texts: SiteTexts = SiteTexts()
    header: tuple[MenuLink, ...] = ()
    footer: tuple[MenuLink, ...] = ()


def site_content() -> SiteContent:
    """Settings and menus in the current language: at most one cached read, no query when kept."""
    language = current_language()
    return kept(f"site:{language}", lambda: _read(language))


def current_language() -> str:
    """ "ru" or "en"."""
    return "en" if (translation.get_language() or "").startswith("en") else "ru"


def kept(key: str, read: Callable[[], T], seconds: int = KEPT_SECONDS) -> T:
    """What `read` gives (never None), read at most once in `seconds` by a process."""
    found: T | None = caches["local"].get(key)
    if found is None:
        found = read()
        caches["local"].set(key, found, timeout=seconds)
    return found


def forget() -> None:
    """Has the texts read anew, once the present transaction is committed."""
    transaction.on_commit(caches["local"].clear)


def _read(language: str) -> SiteContent:
    items = list(MenuItem.objects.filter(is_visible=True).select_related("page"))
    return SiteContent(
        texts=_texts(language),
        header=_tree(items, MenuItem.Placement.HEADER, language),
        footer=_tree(items, MenuItem.Placement.FOOTER, language),
    )


def _texts(language: str) -> SiteTexts:
    row = SiteSettings.objects.filter(pk=THE_ROW).first()
    if row is None:
        return SiteTexts()
    translated = ("address", "hours", "legal", "seo_title", "seo_description")
    return SiteTexts(
        name=row.name,
        phone=str(row.phone or ""),
        email=row.email,
        **{name: row.text(name, language) for name in translated},
    )


def _tree(items: Iterable[MenuItem], placement: str, language: str) -> tuple[MenuLink, ...]:
    """The links of one menu; what leads nowhere is left out."""
    below: dict[int | None, list[MenuItem]] = {}
    for item in items:
        if item.placement == placement:
            below.setdefault(item.parent_id, []).append(item)

    def links(parent_id: int | None) -> tuple[MenuLink, ...]:
        made = (
            MenuLink(_title(item, language), item.url, links(item.pk))
            for item in below.get(parent_id, [])
        )
        return tuple(link for link in made if link.url or link.children)

    return links(None)


def _title(item: MenuItem, language: str) -> str:
    page: SitePage | None = item.page
    own = item.title_en if language == "en" else item.title_ru
    return own or (page.text("title", language) if page else item.title_ru)
