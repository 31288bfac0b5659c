"""Pages of the public site as they are read, in one language."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches
from django.utils.safestring import SafeString

from core.markdown import render_markdown
from locations.models import City
from pages.models import SitePage
from pages.selectors.site import KEPT_SECONDS, current_language, kept
from users.models import Organization

COUNTS_KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class PageText:
    """One site page in one language; `body` is safe HTML."""

    slug: str
    title: str
    lead: str
    body: SafeString
    seo_title: str
    seo_description: str
    shows_contacts: bool
    updated_at: datetime


def page_text(slug: str) -> PageText | None:
    """The published page at `/<slug>/` in the current language; None when there is none."""
    language = current_language()
    key = f"page:{language}:{slug}"
    found: PageText | None = caches["local"].get(key)
    if found is None:
        page = SitePage.objects.filter(slug=slug, is_published=True).first()
        if page is None:
            # Not kept: addresses that do not exist would crowd out those that do.
            return None
        found = _in_language(page, language)
        caches["local"].set(key, found, timeout=KEPT_SECONDS)
    return found


def _in_language(page: SitePage, language: str) -> PageText:
    return PageText(
        slug=page.slug,
        title=page.text("title", language),
        lead=page.text("lead", language),
        body=render_markdown(page.text("body", language)),
        seo_title=page.text("seo_title", language),
        seo_description=page.text("seo_description", language),
        shows_contacts=page.shows_contacts,
        updated_at=page.updated_at,
    )


def audience_pages() -> dict[str, str]:
    """Addresses of the pages for agents, builders and providers, as far as they are published."""
    return kept("audiences", _published_audiences)


def _published_audiences() -> dict[str, str]:
    slugs = {f"for-{name}": name for name in ("agents", "builders", "providers")}
    pages = SitePage.objects.filter(slug__in=slugs, is_published=True)
    return {slugs[page.slug]: page.get_absolute_url() for page in pages.only("slug")}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the portal reaches, for its first page: what is in the database and nothing else."""

    cities: int
    providers: int


def reach() -> Reach:
    """Counted at most once in ten minutes by a process."""
    return kept("reach", _count_reach, COUNTS_KEPT_SECONDS)


def _count_reach() -> Reach:
    providers = Organization.objects.filter(is_sandbox=False).working_providers()
    return Reach(cities=City.objects.count(), providers=providers.count())
