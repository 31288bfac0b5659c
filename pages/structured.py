"""What pages say to machines that read them: JSON-LD by https://schema.org."""

import json
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from pages.selectors.places import PlacePage, Service

# Nothing in it may end the element it stands in.
_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def structured(page: PlacePage, crumbs: list[tuple[str, str]]) -> SafeString:
    """The breadcrumbs, and each service with its price, as a JSON-LD text safe within a script."""
    graph = [_breadcrumbs(crumbs), *(_service(page, row) for row in page.services)]
    if page.provider.name and not page.city:
        graph.append(
            {
                "@type": "Organization",
                "name": page.provider.name,
                "url": settings.SITE_URL + page.url,
                **({"sameAs": [page.website]} if page.website else {}),
            }
        )
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPED))


def _breadcrumbs(crumbs: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": str(name),
                **({"item": settings.SITE_URL + url} if url else {}),
            }
            for place, (name, url) in enumerate(crumbs, start=1)
        ],
    }


def _service(page: PlacePage, row: Service) -> dict[str, Any]:
    described: dict[str, Any] = {"@type": "Service", "name": row.name, "serviceType": row.name}
    if page.city:
        described["areaServed"] = {"@type": "City", "name": page.city}
    described["provider"] = [{"@type": "Organization", "name": link.name} for link in row.providers]
    if row.lowest is not None:
        described["offers"] = {
            "@type": "AggregateOffer",
            "lowPrice": f"{row.lowest:.2f}",
            "priceCurrency": "RUB",
            "offerCount": row.count,
        }
    return described
