"""Pages of cities and providers for visitors and search engines."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import PUBLIC, access
from core.parts.text import money
from pages.selectors.places import (
    PlacePage,
    city_index,
    city_page,
    city_provider_page,
    provider_index,
    provider_page,
)
from pages.structured import structured

Crumbs = list[tuple[str, str]]


@access(PUBLIC)
@require_safe
def connect_index(request: HttpRequest) -> HttpResponse:
    """Cities where something can be connected, by region."""
    context = {
        "groups": city_index(),
        "canonical": settings.SITE_URL + request.path,
        "crumbs": [(_("Cities"), "")],
    }
    return render(request, "pages/connect_index.html", context)


@access(PUBLIC)
@require_safe
def connect_city(request: HttpRequest, city: str) -> HttpResponse:
    page = _found(city_page(city))
    crumbs = [(_("Cities"), reverse("connect_index")), (page.city, "")]
    title = _("%(city)s: providers, plans, availability by address") % {"city": page.city}
    return _shown(request, page, crumbs, title)


@access(PUBLIC)
@require_safe
def connect_city_provider(request: HttpRequest, city: str, provider: str) -> HttpResponse:
    page = _found(city_provider_page(city, provider))
    crumbs = [
        (_("Cities"), reverse("connect_index")),
        (page.city, page.city_url),
        (page.provider.name, ""),
    ]
    title = _("%(provider)s, %(city)s: plans and availability by address") % {
        "provider": page.provider.name,
        "city": page.city,
    }
    return _shown(request, page, crumbs, title)


@access(PUBLIC)
@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """Verified providers that offer something, by name."""
    context = {
        "links": provider_index(),
        "canonical": settings.SITE_URL + request.path,
        "crumbs": [(_("Providers"), "")],
    }
    return render(request, "pages/providers.html", context)


@access(PUBLIC)
@require_safe
def provider(request: HttpRequest, slug: str) -> HttpResponse:
    page = _found(provider_page(slug))
    crumbs = [(_("Providers"), reverse("providers")), (page.title, "")]
    title = _("%(provider)s: plans, cities, availability by address") % {"provider": page.title}
    return _shown(request, page, crumbs, title)


def _found(page: PlacePage | None) -> PlacePage:
    if page is None:
        raise Http404(_("There is no such page."))
    return page


def _shown(request: HttpRequest, page: PlacePage, crumbs: Crumbs, title: str) -> HttpResponse:
    context: dict[str, Any] = {
        "place": page,
        "seo_title": title,
        "seo_description": _description(page),
        "structured": structured(page, crumbs),
        "canonical": settings.SITE_URL + request.path,
        "crumbs": crumbs,
    }
    return render(request, "pages/place.html", context)


def _description(page: PlacePage) -> str:
    """A sentence for the list of what a search engine found."""
    services = ", ".join(row.name for row in page.services)
    facts = {"name": page.title, "services": services}
    if page.first_price is None:
        return _("%(name)s. What can be connected: %(services)s. Check your address.") % facts
    service, price = page.first_price
    facts |= {"service": service, "price": money(price)}
    return (
        _(
            "%(name)s. What can be connected: %(services)s. %(service)s from %(price)s a month. "
            "Check your address."
        )
        % facts
    )
