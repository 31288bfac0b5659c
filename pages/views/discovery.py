"""What machines ask a site for: robots.txt, sitemap.xml, favicon.ico."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access
from pages.models import PublicCity, PublicOffer, PublicProvider, SitePage
from pages.selectors.places import shown_providers
from support.choices import ArticleState
from support.models import Article, ArticleCategory

# Everything private asks for sign-in anyway; this keeps robots from asking.
CLOSED = (
    "/admin/",
    "/home/",
    "/users/",
    "/search/",
    "/suggest/",
    "/requests/",
    "/support/",
    "/desk/",
    "/help/search/",
    "/help/suggest/",
    "/check/wish/",
    "/availability/list/",
    "/availability/point/",
    "/availability/waits/",
)
# A file of a sitemap may name 50,000 (sitemaps.org); smaller ones are read at once.
ADDRESSES_AT_MOST = 10_000


class _Site(Sitemap):
    """Addresses are absolute, on the host that SITE_URL names, whatever host was asked."""

    protocol = urlsplit(settings.SITE_URL).scheme
    limit = ADDRESSES_AT_MOST

    def newest(self) -> datetime | None:
        """When the newest of them changed, by one query and not by reading them all."""
        return None

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class PortalSitemap(_Site):
    def items(self) -> list[str]:
        return ["site_home", "check", "availability", "connect_index", "providers", "help_home"]

    def location(self, item: str) -> str:
        return reverse(item)


class TextsSitemap(_Site):
    def items(self) -> QuerySet[SitePage]:
        return SitePage.objects.filter(is_published=True)

    def lastmod(self, item: SitePage):
        return item.updated_at


class CitiesSitemap(_Site):
    def items(self) -> QuerySet[PublicCity]:
        return PublicCity.objects.filter(is_shown=True).order_by("pk")

    def lastmod(self, item: PublicCity) -> datetime:
        return item.changed_at

    def newest(self) -> datetime | None:
        return _newest(self.items())


class ProvidersSitemap(_Site):
    def items(self) -> QuerySet[PublicProvider]:
        return shown_providers().order_by("pk")

    def lastmod(self, item: PublicProvider) -> datetime:
        return item.changed_at

    def newest(self) -> datetime | None:
        return _newest(self.items())


class OffersSitemap(_Site):
    """Providers in cities."""

    def items(self) -> QuerySet:
        rows = PublicOffer.objects.filter(
            city__is_shown=True, provider__public_page__in=shown_providers()
        )
        pairs = rows.order_by("city_id", "provider_id").distinct()
        return pairs.values_list(
            "city_id", "provider_id", "city__slug", "provider__public_page__slug"
        )

    def location(self, item: tuple[int, int, str, str]) -> str:
        return reverse("connect_city_provider", args=[item[2], item[3]])


class HelpSectionsSitemap(_Site):
    """Sections of the knowledge base that hold something."""

    def items(self) -> QuerySet[ArticleCategory]:
        rows = ArticleCategory.objects.filter(articles__state=ArticleState.PUBLISHED)
        return rows.distinct().order_by("pk")

    def location(self, item: ArticleCategory) -> str:
        return reverse("help_category", args=[item.slug])


class ArticlesSitemap(_Site):
    def items(self) -> QuerySet[Article]:
        return Article.objects.filter(state=ArticleState.PUBLISHED).order_by("pk")

    def location(self, item: Article) -> str:
        return reverse("help_article", args=[item.slug])

    def lastmod(self, item: Article) -> datetime:
        return item.updated_at

    def newest(self) -> datetime | None:
        return _newest(self.items(), "updated_at")


_SECTIONS: dict[str, type[_Site]] = {
    "portal": PortalSitemap,
    "texts": TextsSitemap,
    "cities": CitiesSitemap,
    "providers": ProvidersSitemap,
    "offers": OffersSitemap,
    "help": HelpSectionsSitemap,
    "articles": ArticlesSitemap,
}


def _newest(rows: QuerySet, column: str = "changed_at") -> datetime | None:
    found: datetime | None = rows.order_by().aggregate(newest=Max(column))["newest"]
    return found


@access(PUBLIC)
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index: parts of at most ADDRESSES_AT_MOST addresses, those that hold something."""
    parts = [
        SitemapIndexItem(_part_url(name, number), site.newest())  # type: ignore[arg-type]
        for name, site in ((name, make()) for name, make in _SECTIONS.items())
        if site.paginator.count
        for number in site.paginator.page_range
    ]
    context = {"sitemaps": parts}
    return render(request, "sitemap_index.xml", context, content_type="application/xml")


def _part_url(section: str, number: int) -> str:
    page = settings.SITE_URL + reverse("sitemap_part", args=[section])
    return f"{page}?p={number}" if number > 1 else page


@access(PUBLIC)
@require_safe
def sitemap_part(request: HttpRequest, section: str) -> HttpResponse:
    return sitemap_view(request, {**_SECTIONS}, section=section)


@access(PUBLIC)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@access(PUBLIC)
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here whatever the page says; the icon itself is a static file."""
    return HttpResponseRedirect(static("img/favicon.svg"))
