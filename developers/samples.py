"""What the page of parts shows: every part in every state, with invented data."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import badges, clock
from core.filters import StrictFilterSet
from core.pagination import Page
from core.parts.charts import ChartRow
from core.parts.lists import Column, Columns
from core.parts.maps import MapLayer, feature, feature_collection, point
from core.parts.rows import Fact, FileRow, Step, TimelineEntry

CITIES = ["Казань", "Самара", "Уфа", "Набережные Челны"]
PROVIDERS = [("volgalink", "ВолгаЛинк"), ("svetlain", "СветЛайн"), ("optika", "Оптика Плюс")]
TONES = [
    badges.Badge(_("Draft"), "neutral", "pencil"),
    badges.Badge(_("Checking"), "info", "zoom-question"),
    badges.Badge(_("Needs information"), "wait", "message-question"),
    badges.Badge(_("Connected"), "good", "circle-check"),
    badges.Badge(_("Rejected"), "bad", "ban"),
    badges.Badge(_("Cancelled"), "stopped", "player-stop"),
]
COLUMNS = Columns(
    Column("number", _("Number")),
    Column("due", _("Deadline"), sort="due"),
    Column("address", _("Address")),
    Column("state", _("State")),
    Column("price", _("Price"), sort="-price", numeric=True),
    Column("actions", _("Actions"), hidden=True),
)


class SampleForm(forms.Form):
    """A form that is always wrong somewhere."""

    name = forms.CharField(label=_("Name"), help_text=_("As in the passport."))
    email = forms.EmailField(label=_("E-mail"))
    provider = forms.ChoiceField(label=_("Provider"), choices=PROVIDERS)
    comment = forms.CharField(label=_("Comment"), widget=forms.Textarea, required=False)
    consent = forms.BooleanField(label=_("The client agrees to the processing of personal data"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=PROVIDERS[:2], widget=forms.RadioSelect, required=False
    )


class SamplePointForm(forms.Form):
    latitude = forms.CharField(label=_("Latitude"), initial="55.821000")
    longitude = forms.CharField(label=_("Longitude"), initial="49.102000")


class SampleOutlineForm(forms.Form):
    geometry = forms.CharField(
        label=_("Outline as GeoJSON"), widget=forms.Textarea(attrs={"rows": 3})
    )


class SampleFilters(StrictFilterSet):
    not_filters = StrictFilterSet.not_filters | {"place"}

    text = django_filters.CharFilter(label=_("Search"))
    provider = django_filters.ChoiceFilter(label=_("Provider"), choices=PROVIDERS)
    due = django_filters.ChoiceFilter(label=_("Deadline"), choices=[("overdue", _("Overdue"))])
    since = django_filters.DateFilter(
        label=_("Since"), widget=forms.DateInput(attrs={"type": "date"})
    )


@dataclass(frozen=True, slots=True)
class SampleRow:
    pk: int
    number: str
    due_at: datetime
    address: str
    badge: Any
    price: Decimal


def sample_rows(first: int, count: int = 6) -> list[SampleRow]:
    now = clock.now()
    return [
        SampleRow(
            pk=number,
            number=f"EC-48{number:02d}-19{number:02d}",
            due_at=now + timedelta(hours=7 * (number - 2), minutes=5),
            address=f"{CITIES[number % len(CITIES)]}, Чистопольская, {number + 1}",
            badge=badges.state_html(TONES[number % len(TONES)]),
            price=Decimal(f"{450 + number * 120}.{'50' if number % 3 == 0 else '00'}"),
        )
        for number in range(first, first + count)
    ]


def sample_context(request: HttpRequest) -> dict[str, Any]:
    """Everything that the page of parts shows."""
    now = clock.now()
    actor = request.actor  # type: ignore[attr-defined]
    second = "after" in request.GET
    return {
        "crumbs": [(_("Developers"), "/"), (_("Parts"), "")],
        "states": [badges.state_html(tone) for tone in TONES],
        "moments": [now, now - timedelta(days=1), now - timedelta(days=9), now.replace(year=2024)],
        "deadlines": [now + timedelta(hours=hours) for hours in (30, 3.2, -2, -70)],
        "sums": [Decimal("1250"), Decimal("825.50"), Decimal("-300"), Decimal("1048200")],
        "counts": [7, 9_999, 1_000_000],
        "phone_number": "+79123456789",
        "columns": COLUMNS,
        "sort": request.GET.get("sort", "due"),
        "filterset": SampleFilters(request.GET, get_user_model().objects.none(), actor=actor),
        "page": Page(sample_rows(6 if second else 0), "" if second else "WzFd", not second),
        "steps": _steps(),
        "entries": _entries(now),
        "facts": _facts(),
        "files": [
            FileRow("Договор подключения.pdf", "/", 2_345_678, now, "Анна Е."),
            FileRow("plan.png", "/", 14_300),
        ],
        "spark": [3, 4, 3, 6, 8, 7, 11],
        "reasons": [ChartRow("Нет порта", 42), ChartRow("Нет линии", 17), ChartRow("Долг", 5)],
        "stages": [
            ChartRow("Подано", 120),
            ChartRow("Проверено", 104),
            ChartRow("Одобрено", 96),
            ChartRow("Подключено", 31),
        ],
        "map_layers": _map_layers(),
        "map_centre": (55.821, 49.102),
        "point_form": SamplePointForm(),
        "outline_form": SampleOutlineForm(initial={"geometry": json.dumps(_square(49.1, 55.82))}),
        "empty_form": SampleForm(auto_id="new_%s"),
        "wrong_form": SampleForm({"name": "", "email": "anna@", "provider": "?"}),
    }


def _steps() -> dict[str, list[Step]]:
    labels = ["Подана", "Проверка", "Одобрена", "Визит", "Монтаж", "Подключена"]
    going = ["done", "done", "current", "todo", "todo", "todo"]
    ended = ["done", "done", "stopped", "todo", "todo", "todo"]
    return {
        "going": [
            Step(label, state, "сегодня, 18:00" if state == "current" else "")
            for label, state in zip(labels, going, strict=True)
        ],
        "ended": [Step(label, state) for label, state in zip(labels, ended, strict=True)],
    }


def _entries(now: datetime) -> list[TimelineEntry]:
    text = "Клиент будет дома после 18:00.\nДомофон не работает, звоните."
    return [
        TimelineEntry("circle-check", "Одобрена", now - timedelta(minutes=20), tone="good"),
        TimelineEntry("message", "Заметка", now - timedelta(hours=3), text, "Анна Е."),
        TimelineEntry("ban", "Отказ: нет порта", now - timedelta(days=1), tone="bad", url="/"),
        TimelineEntry("send", "Подана", now - timedelta(days=2), who="Агентство «Вектор»"),
    ]


def _square(longitude: float, latitude: float, size: float = 0.01) -> dict[str, Any]:
    east, north = round(longitude + size, 6), round(latitude + size, 6)
    ring = [[longitude, latitude], [east, latitude], [east, north], [longitude, north]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _map_layers() -> list[MapLayer]:
    zone = {"title": "Центр", "lines": ["Интернет, GPON, до 300 Мбит/с"], "url": "/"}
    planned = {"title": "Адмиралтейская слобода", "tone": "wait"}
    zones = [feature(_square(49.1, 55.82), zone), feature(_square(49.08, 55.80), planned)]
    places = [
        feature(point(49.105, 55.825), {"title": "Чистопольская, 12", "url": "/"}),
        feature(point(49.125, 55.812), {"title": "1 250", "count": 1250, "shown": "1,2 т"}),
        feature(point(49.092, 55.812), {"title": "12", "count": 12}),
    ]
    return [
        MapLayer("zones", _("Zones"), data=feature_collection(zones)),
        MapLayer("places", _("Buildings"), data=feature_collection(places), tone="info"),
    ]


def _facts() -> list[Fact]:
    return [
        Fact(_("Client"), "Иванова Анна Петровна", "/"),
        Fact(_("Address"), "Казань, ул. Чистопольская, д. 12, кв. 47"),
        Fact(_("Comment"), ""),
    ]
