"""Works out which cities and providers the public site shows, and what of them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q

from core import clock
from locations.models import Building, City
from locations.selectors.coverage_of_city import Offered, offered_in
from pages.models import PublicCity, PublicOffer, PublicProvider
from pages.slugs import free_slug
from subscriptions.models import Plan
from subscriptions.selectors.catalogue import categories
from users.models import Organization

# What a page shows of an offer: state, number of plans, the lowest price.
Shown = dict[tuple[int, int], tuple[str, int, Decimal | None]]


def refresh_public_places() -> int:
    """Brings pages of cities and providers up to date; how many cities are shown. Safe to repeat.

    The largest cities get their slugs first, so that of two called alike the larger has the plain
    one. Each city is a transaction of its own.
    """
    real = set(_real_providers().values_list("pk", flat=True))
    built = Building.objects.filter(city=OuterRef("pk"), status=Building.Status.VERIFIED)
    cities = City.objects.filter(Exists(built)).select_related("region")
    known = {row.city_id: row for row in PublicCity.objects.all()}
    taken = {row.slug for row in known.values()}
    seen, shown = set(), 0
    for city in cities.order_by("-population", "pk"):
        page = known.get(city.pk) or _new_city(city, taken)
        offers = _offers(city, offered_in(city.pk), real)
        _write(page, offers)
        seen.add(city.pk)
        shown += bool(offers)
    for page in known.values():
        if page.city_id not in seen:
            _write(page, {})
    _refresh_providers()
    return shown


def _real_providers() -> Any:
    return Organization.objects.working_providers().filter(is_sandbox=False)


def _refresh_providers() -> None:
    offering = PublicOffer.objects.filter(provider=OuterRef("pk"))
    verified = _real_providers().filter(Exists(offering), verified_at__isnull=False)
    rows = {row.provider_id: row for row in PublicProvider.objects.all()}
    taken = {row.slug for row in rows.values()}
    now = clock.now()
    shown = set()
    for provider in verified.order_by("verified_at", "pk"):
        shown.add(provider.pk)
        if provider.pk not in rows:
            slug = free_slug(provider.name, "", taken)
            taken.add(slug)
            PublicProvider.objects.create(
                provider=provider, slug=slug, is_shown=True, changed_at=now
            )
    for row in rows.values():
        if row.is_shown != (row.provider_id in shown):
            row.is_shown, row.changed_at = not row.is_shown, now
            row.save(update_fields=["is_shown", "changed_at"])


def _new_city(city: City, taken: set[str]) -> PublicCity:
    slug = free_slug(city.name, city.region.name, taken)
    taken.add(slug)
    return PublicCity(city=city, slug=slug, changed_at=clock.now())


def _offers(city: City, offered: Offered, real: set[int]) -> Shown:
    """What is offered, with the plans on sale there; of providers that are no pretence."""
    stated = {key: state for key, state in offered.items() if key[0] in real}
    plans = _plans(city, {provider for provider, _category in stated})
    return {key: (state, *plans.get(key, (0, None))) for key, state in stated.items()}


def _plans(city: City, providers: Iterable[int]) -> dict[tuple[int, int], tuple[int, Any]]:
    sold_there = Plan.cities.through.objects.filter(plan_id=OuterRef("pk"), city_id=city.pk)
    rows = (
        Plan.objects.offered()
        .filter(Q(everywhere=True) | Exists(sold_there), provider_id__in=list(providers))
        .order_by()
        .values_list("provider_id", "category_id")
        .annotate(count=Count("pk"), lowest=Min("price"))
    )
    return {(provider, category): (count, price) for provider, category, count, price in rows}


@transaction.atomic
def _write(page: PublicCity, offers: Shown) -> None:
    """Writes what has become another; a page without an offer is not shown, and keeps its slug."""
    stored: Shown = {}
    if page.pk is not None:
        for row in page.offers.all():
            stored[row.provider_id, row.category_id] = (row.state, row.plans, row.lowest_price)
    if page.pk is not None and stored == offers:
        return
    page.is_shown, page.changed_at = bool(offers), clock.now()
    page.providers = len({provider for provider, _category in offers})
    page.lowest_price = _first_price(offers)
    page.save()
    page.offers.all().delete()
    PublicOffer.objects.bulk_create(
        PublicOffer(
            city=page,
            provider_id=provider,
            category_id=category,
            state=state,
            plans=count,
            lowest_price=price,
        )
        for (provider, category), (state, count, price) in sorted(offers.items())
    )


def _first_price(offers: Shown) -> Decimal | None:
    """The lowest price of the catalogue's first service that has one above nothing."""
    for category in categories():
        prices = [row[2] for (_provider, pk), row in offers.items() if pk == category.pk and row[2]]
        if prices:
            return min(price for price in prices if price is not None)
    return None
