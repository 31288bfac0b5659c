"""The pages measured, each as the person who opens it, with its target ratio to the floor."""

import math
import random
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Browser
from django.urls import reverse

from bench.data import NOW, agencies, companies, providers
from bench.data.common import SEED
from bench.load import CONNECTIONS
from bench.misspellings import KINDS
from core.actor import Actor
from core.choices import StaffScope
from core.pagination import cursor_after, paginate
from locations.models import Building
from subscriptions.models import ConnectionRequest, Subscription
from subscriptions.selectors.centre.rows import order_of
from users.models import CustomUser, Organization

ADMIN_LISTS = 10
ADMIN_LIMIT = 300.0
MAP_LIMIT = 100.0
SEARCH_LIMIT = 50.0
FLOOR_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    path: str
    target: float
    cookie: str
    headers: dict[str, str] = field(default_factory=dict)
    # Asked for by someone who has it already.
    is_polled: bool = False
    # For pages that a few people open: milliseconds that one alone waits, instead of a ratio.
    limit: float | None = None

    @property
    def connections(self) -> int:
        return 1 if self.limit else CONNECTIONS

    def headers_now(self) -> dict[str, str]:
        """The headers of a request made now: a polled page is one that was just shown."""
        return _etag(self) if self.is_polled else self.headers


def session_of(user: CustomUser, backend: str) -> str:
    """The key of a new session of `user`, as signing in would make it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def member_of(organization: Organization) -> CustomUser:
    return CustomUser.objects.get(memberships__organization=organization)


def cookie_of(organization: Organization) -> str:
    key = session_of(member_of(organization), settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={key}"


def floor_page() -> Page:
    largest = agencies()[0]
    key = session_of(member_of(largest), FLOOR_BACKEND)
    return Page("floor", f"/floor/{largest.pk}/", 1.0, f"sessionid={key}")


def _deep_cursor(organization: Organization, state: str | None = None) -> str:
    """A cursor half way down the list of `organization`."""
    rows = ConnectionRequest.objects.filter(owner=organization)
    if state:
        rows = rows.filter(state=state)
    middle = rows.order_by("-id").values_list("pk", flat=True)[rows.count() // 2]
    return paginate(rows.filter(pk__lte=middle), ["-id"], size=25).next_cursor


def _etag(page: Page) -> dict[str, str]:
    """The headers of a poll after the first answer of `page`."""
    browser = Browser(SERVER_NAME="127.0.0.1")
    name, _, value = page.cookie.partition("=")
    browser.cookies[name] = value
    response = browser.get(page.path, headers=page.headers)
    return {**page.headers, "If-None-Match": response.headers["ETag"]}


def pages() -> list[Page]:
    """Every page of the targets, on the largest agency and the busiest provider."""
    agent, operator = agencies()[0], providers()[0]
    agent_cookie, operator_cookie = cookie_of(agent), cookie_of(operator)
    requests = reverse("request_list")
    clients = reverse("client_list")
    filed = ConnectionRequest.objects.filter(owner=agent, submitted_at__isnull=False)
    one = filed.select_related("client", "building").order_by("-pk")[10]
    places = Building.objects.select_related("city", "street").order_by("pk")
    building = places[4321 % Building.objects.count()]
    city_and_street = f"{building.city.search_key} {building.street.search_key[:4]}"
    misspelled = KINDS["one edit"](building, random.Random(SEED))
    fragment = {"HX-Request": "true"}
    answer = reverse("availability_answer", args=[building.public_id])
    month = (NOW - timedelta(days=200)).date().isoformat()
    found = [
        Page("request list", requests, 0.25, agent_cookie),
        Page("request list, half way down", f"{requests}?after={_deep_cursor(agent)}", 0.25, agent_cookie),
        Page("request list, one state", f"{requests}?state=CONNECTED", 0.25, agent_cookie),
        Page("request list, state, half way", f"{requests}?state=CONNECTED&after={_deep_cursor(agent, 'CONNECTED')}", 0.25, agent_cookie),
        Page("request list, since a date", f"{requests}?submitted_after={month}", 0.25, agent_cookie),
        Page("request list, by number", f"{requests}?q={one.number}", 0.25, agent_cookie),
        Page("board of an agency", reverse("request_board"), 0.25, agent_cookie),
        Page("board of a provider", reverse("request_board"), 0.25, operator_cookie),
        Page("clients list", clients, 0.25, agent_cookie),
        Page("clients list, one kind", f"{clients}?kind=PERSON", 0.25, agent_cookie),
        Page("clients list, by the end of a phone", f"{clients}?q=2345", 0.25, agent_cookie),
        Page("provider's queue", requests, 0.25, operator_cookie),
        Page("request page", reverse("request_detail", args=[one.number]), 0.25, agent_cookie),
        Page("home of an agency", reverse("home"), 0.2, agent_cookie),
        Page("home of a provider", reverse("home"), 0.2, operator_cookie),
        Page("availability page", reverse("availability_building", args=[building.public_id]), 0.2, agent_cookie),
        Page("the answer itself", answer, 0.8, agent_cookie, fragment),
        Page("suggestion, city and street", f"{reverse('suggest')}?q={quote(city_and_street)}", 1.0, agent_cookie, fragment),
        Page("suggestion, street and house", f"{reverse('suggest')}?q={quote(building.search_key)}", 1.0, agent_cookie, fragment),
        Page("suggestion, misspelled", f"{reverse('suggest')}?q={quote(misspelled)}", 0.25, agent_cookie, fragment),
    ]  # fmt: skip
    polls = [
        Page("unchanged poll of the list", f"{requests}?fragment=list", 1.2, agent_cookie, fragment, is_polled=True),
        Page("unchanged poll of the bell", reverse("bell"), 1.2, agent_cookie, fragment, is_polled=True),
    ]  # fmt: skip
    return [
        *found,
        *holder_pages(),
        *polls,
        *search_pages(one, agent_cookie, operator_cookie),
        *map_pages(building, agent_cookie),
        *admin_pages(),
    ]


def holder_pages() -> list[Page]:
    """The subscriptions of the largest company."""
    company = companies()[0]
    cookie = cookie_of(company)
    rows = Subscription.objects.filter(holder=company)
    order = order_of(Actor(organization=company), "")
    cursor = cursor_after(rows.order_by(*order)[rows.count() // 2], order)
    url = reverse("subscription_list")
    return [
        Page("subscriptions", url, 0.25, cookie),
        Page("subscriptions, half way down", f"{url}?after={cursor}", 0.25, cookie),
        Page("subscriptions, one category", f"{url}?category=internet", 0.25, cookie),
        Page("home of a company", reverse("home"), 0.2, cookie),
    ]


def search_pages(one: ConnectionRequest, agent: str, operator: str) -> list[Page]:
    """The search over everything, as the largest agency and as the busiest provider."""
    name = one.client.name if one.client else ""
    words = {
        "by a name": name,
        "by half a name": name[:4],
        "by the end of a phone": str(one.client.phone)[-4:] if one.client else "",
        "by an address": one.building.search_key,
        "by the start of a number": one.number[:7],
    }
    url = reverse("search")
    found = [
        Page(f"search, {what}", f"{url}?q={quote(text)}", 0.0, agent, limit=SEARCH_LIMIT)
        for what, text in words.items()
    ]
    return [
        *found,
        Page("search, by a name, provider", f"{url}?q={quote(name)}", 0.0, operator, limit=SEARCH_LIMIT),
        Page("search, the options", f"{reverse('search_suggest')}?q={quote(name)}", 0.0, agent, limit=SEARCH_LIMIT),
    ]  # fmt: skip


def map_pages(building: Building, cookie: str) -> list[Page]:
    """What the map asks for when it is moved: the whole country, a region, a city, a street."""
    middle = building.latitude, building.longitude
    found = []
    for name, zoom in (
        ("country", 4),
        ("region", 8),
        ("city", 12),
        ("quarter", 14),
        ("street", 16),
    ):
        query = f"bbox={_screen(*middle, zoom)}&zoom={zoom}"
        for layer in ("buildings", "zones", "requests"):
            only = "&category=internet" if layer == "zones" else ""
            path = f"{reverse(f'map_{layer}')}?{query}{only}"
            found.append(Page(f"map, {layer}, {name}", path, 0.0, cookie, limit=MAP_LIMIT))
    page = f"{reverse('map')}?bbox={_screen(*middle, 14)}&zoom=14"
    return [*found, Page("map, the page", page, 0.0, cookie, limit=MAP_LIMIT)]


def _screen(latitude: float, longitude: float, zoom: int) -> str:
    """The box that 1200 by 700 pixels show there."""
    wide = 360 / 256 / 2**zoom * 600
    high = wide * 700 / 1200 * math.cos(math.radians(latitude))
    west, east = max(longitude - wide, -180), min(longitude + wide, 180)
    south, north = max(latitude - high, -85), min(latitude + high, 85)
    return f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}"


def admin_pages() -> list[Page]:
    """The lists of Django admin over the ten largest tables that have one."""
    user, _ = CustomUser.objects.get_or_create(
        email="bench-administrator@example.com",
        defaults={"is_staff": True, "is_superuser": True, "staff_scope": StaffScope.ADMIN},
    )
    key = session_of(user, settings.AUTHENTICATION_BACKENDS[0])
    listed = [model for model in apps.get_models() if admin.site.is_registered(model)]
    sizes = {model: model._default_manager.count() for model in listed}
    return [
        Page(
            f"admin: {model._meta.model_name}",
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
            0.0,
            f"{settings.SESSION_COOKIE_NAME}={key}",
            limit=ADMIN_LIMIT,
        )
        for model in sorted(sizes, key=lambda model: sizes[model], reverse=True)[:ADMIN_LISTS]
    ]
