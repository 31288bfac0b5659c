"""What machines ask a site for: robots.txt, sitemap.xml, favicon.ico."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access
from pages.models import SitePage

# Everything private asks for sign-in anyway; this keeps robots from asking.
CLOSED = ("/admin/", "/home/", "/users/", "/search/", "/suggest/", "/requests/", "/check/wish/")


class _Site(Sitemap):
    """Addresses are absolute, on the host that SITE_URL names, whatever host was asked."""

    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class PortalSitemap(_Site):
    def items(self) -> list[str]:
        return ["site_home", "check", "availability"]

    def location(self, item: str) -> str:
        return reverse(item)


class TextsSitemap(_Site):
    def items(self) -> QuerySet[SitePage]:
        return SitePage.objects.filter(is_published=True)

    def lastmod(self, item: SitePage):
        return item.updated_at


@access(PUBLIC)
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    return sitemap_view(request, {"portal": PortalSitemap, "texts": TextsSitemap})


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
