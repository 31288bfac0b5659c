"""Pages of cities and providers as they are read: the same for every visitor, kept for minutes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from django.core.cache import caches
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.parts.text import money
from locations.models import CoverageState
from pages.models import PublicCity, PublicOffer, PublicProvider
from pages.selectors.site import current_language, kept
from subscriptions.models import Plan
from subscriptions.models.catalogue import lead_time
from subscriptions.selectors.catalogue import Category, categories
from subscriptions.selectors.pace import Paces, paces_in
from users.models import Organization

Row = TypeVar("Row", bound=Model)
KEPT_SECONDS = 300
# On the page of a city the cheapest of each service; all of them stand at an address.
PLANS_SHOWN = 8
CITIES_SHOWN = 100
_ORDER = {state: place for place, state in enumerate(CoverageState.values)}


@dataclass(frozen=True, slots=True)
class Link:
    """A name that leads to a page; `url` is "" where there is none."""

    name: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Cities of one region."""

    name: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as the public site shows it: no more than any answer says."""

    provider: Link
    name: str
    details: str
    main: str
    price: Decimal
    connection_fee: Decimal
    lead_time: str
    pace: str = ""  # how long the provider usually takes


@dataclass(frozen=True, slots=True)
class Service:
    """A category on offer: who offers it, from which price, and the cheapest plans."""

    name: str
    icon: str
    main_label: str
    state: str
    providers: tuple[Link, ...]
    lowest: Decimal | None
    count: int
    plans: tuple[PlanLine, ...]


@dataclass(frozen=True, slots=True)
class PlacePage:
    """A page of a city, of a provider, or of one in the other."""

    title: str
    url: str
    services: tuple[Service, ...]
    city: str = ""
    city_url: str = ""
    provider: Link = Link("", "")
    about: str = ""
    website: str = ""
    cities: tuple[Link, ...] = ()
    city_count: int = 0

    @property
    def first_price(self) -> tuple[str, Decimal] | None:
        """The first service that costs something, and from which price."""
        return next(((row.name, row.lowest) for row in self.services if row.lowest), None)


def city_index() -> tuple[Group, ...]:
    """Cities that are shown, by region."""
    return kept(f"connect:{current_language()}", _read_index, KEPT_SECONDS)


def _read_index() -> tuple[Group, ...]:
    rows = PublicCity.objects.filter(is_shown=True).select_related("city__region")
    ordered = rows.order_by("city__region__full_name", "-city__population", "pk")
    return tuple(
        Group(region, tuple(_city_link(row) for row in members))
        for region, members in groupby(ordered, key=lambda row: row.city.region.full_name)
    )


def _city_link(row: PublicCity) -> Link:
    note = _("from %(price)s") % {"price": money(row.lowest_price)} if row.lowest_price else ""
    return Link(row.city.name, row.get_absolute_url(), note)


def provider_index() -> tuple[Link, ...]:
    """Providers that have a page, by name."""
    return kept(f"providers:{current_language()}", _read_providers, KEPT_SECONDS)


def _read_providers() -> tuple[Link, ...]:
    rows = shown_providers().select_related("provider")
    ordered = rows.order_by("provider__search_name", "pk")
    return tuple(Link(row.provider.name, row.get_absolute_url()) for row in ordered)


def city_page(slug: str) -> PlacePage | None:
    """None for a city that is not there, or has nothing to show."""
    return _kept_page(f"city:{slug}", lambda: _read_city(slug, ""))


def city_provider_page(slug: str, provider: str) -> PlacePage | None:
    return _kept_page(f"city:{slug}:{provider}", lambda: _read_city(slug, provider))


def provider_page(slug: str) -> PlacePage | None:
    return _kept_page(f"provider:{slug}", lambda: _read_provider(slug))


def shown_providers() -> QuerySet[PublicProvider]:
    """Those that have a page now: what staff take back is gone before the pages are made anew."""
    return _working(PublicProvider.objects.filter(is_shown=True))


def _working(rows: QuerySet[Row]) -> QuerySet[Row]:
    return rows.filter(provider__in=Organization.objects.working_providers())


def _kept_page(key: str, read: Callable[[], PlacePage | None]) -> PlacePage | None:
    """What is not there is not kept: anybody may ask for anything."""
    key = f"place:{key}:{current_language()}"
    found: PlacePage | None = caches["local"].get(key)
    if found is None:
        found = read()
        if found is not None:
            caches["local"].set(key, found, timeout=KEPT_SECONDS)
    return found


def _read_city(slug: str, provider_slug: str) -> PlacePage | None:
    page = PublicCity.objects.filter(slug=slug, is_shown=True).select_related("city").first()
    if page is None:
        return None
    offers = list(_working(page.offers.select_related("provider", "provider__public_page")))
    provider = None
    if provider_slug:
        offers = [row for row in offers if _slug_of(row.provider) == provider_slug]
        if not offers:
            return None
        provider = offers[0].provider
    title = page.city.title
    return PlacePage(
        title=_("%(provider)s in %(city)s") % {"provider": provider.name, "city": title}
        if provider
        else title,
        url=page.get_absolute_url(),
        services=_services(offers, page, every=bool(provider)),
        city=title,
        city_url=page.get_absolute_url(),
        provider=_provider_link(provider) if provider else Link("", ""),
    )


def _read_provider(slug: str) -> PlacePage | None:
    page = shown_providers().filter(slug=slug).select_related("provider")
    found = page.first()
    if found is None:
        return None
    provider = found.provider
    rows = _working(PublicOffer.objects.filter(provider=provider, city__is_shown=True))
    in_cities = PublicCity.objects.filter(
        Exists(rows.filter(city=OuterRef("pk"))), is_shown=True
    ).select_related("city")
    cities = list(in_cities.order_by("-city__population", "pk")[: CITIES_SHOWN + 1])
    offers = list(rows.select_related("provider", "provider__public_page")[:5000])
    return PlacePage(
        title=provider.name,
        url=found.get_absolute_url(),
        services=_services(offers, None, every=True),
        provider=_provider_link(provider),
        about=provider.about,
        website=provider.website,
        cities=tuple(
            Link(row.city.title, f"{row.get_absolute_url()}{slug}/")
            for row in cities[:CITIES_SHOWN]
        ),
        city_count=len(cities),
    )


def _slug_of(provider: Organization) -> str:
    page = getattr(provider, "public_page", None)
    return page.slug if page is not None and page.is_shown else ""


def _provider_link(provider: Organization, within: str = "") -> Link:
    """Its page, or with `within` (a city's) its page there; none for one not verified."""
    slug = _slug_of(provider)
    if not slug:
        return Link(provider.name, "")
    page: str = provider.public_page.get_absolute_url()  # type: ignore[attr-defined]
    return Link(provider.name, f"{within}{slug}/" if within else page)


def _services(
    offers: Sequence[PublicOffer], page: PublicCity | None, *, every: bool
) -> tuple[Service, ...]:
    """By category in the catalogue's order; with `every` all plans, else the cheapest."""
    within = page.get_absolute_url() if page else ""
    links = {row.provider_id: _provider_link(row.provider, within) for row in offers}
    plans = _plans(offers, page)
    paces = paces_in(page.city_id if page else 0)
    found = []
    for category in categories():
        rows = [row for row in offers if row.category_id == category.pk]
        if not rows:
            continue
        lines = plans.get(category.pk, [])
        most = len(lines) if every else PLANS_SHOWN
        found.append(
            Service(
                name=category.name,
                icon=category.icon,
                main_label=category.attributes[0].name if category.attributes else "",
                state=min((row.state for row in rows), key=lambda state: _ORDER[state]),
                providers=_named(links[row.provider_id] for row in rows),
                lowest=min((row.price for row in lines), default=None),
                count=len(lines),
                plans=tuple(_line(row, category, links, paces) for row in lines[:most]),
            )
        )
    return tuple(found)


def _named(links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple(sorted(dict.fromkeys(links), key=lambda link: link.name))


def _plans(offers: Sequence[PublicOffer], page: PublicCity | None) -> dict[int, list[Plan]]:
    """Plans on sale of what is offered, by category, the cheapest first."""
    keys = {(row.provider_id, row.category_id) for row in offers}
    rows = Plan.objects.offered().filter(provider_id__in={key[0] for key in keys})
    if page is not None:
        sold_there = Plan.cities.through.objects.filter(
            plan_id=OuterRef("pk"), city_id=page.city_id
        )
        rows = rows.filter(Q(everywhere=True) | Exists(sold_there))
    found: dict[int, list[Plan]] = {}
    for row in rows.order_by("price", "pk"):
        if (row.provider_id, row.category_id) in keys:
            found.setdefault(row.category_id, []).append(row)
    return found


def _line(row: Plan, category: Category, links: dict[int, Link], paces: Paces) -> PlanLine:
    pace = paces.get((row.provider_id, row.category_id))
    return PlanLine(
        provider=links[row.provider_id],
        name=row.name,
        details=category.details(row.attributes),
        main=category.main(row.attributes),
        price=row.price,
        connection_fee=row.connection_fee,
        lead_time=lead_time(row.days_min, row.days_max),
        pace=pace.words if pace else "",
    )
