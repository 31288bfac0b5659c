"""The parts that pages are built of (docs/parts.md). Unknown arguments are template errors.

A builtin library: templates need no {% load %}. What a tag does in Python is in `core.parts`, what
it looks like in `templates/parts/`.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.core.cache import caches
from django.template.context import Context
from django.utils.safestring import SafeString

from core import badges
from core.assets import map_assets, page_assets
from core.pagination import Page
from core.parts import charts, columns, lists, maps, rows, text
from core.parts import icons as icon_files

register = template.Library()

BAR_KEPT_SECONDS = 60

register.simple_tag(icon_files.icon, name="icon")
register.simple_tag(badges.badge, name="badge")
register.simple_tag(lists.select_box, name="select_box")
register.simple_tag(page_assets, name="page_assets")
register.simple_tag(map_assets, name="map_assets")
register.filter("money", text.money)
register.filter("phone", text.phone)
register.filter("phone_link", text.phone_link)
register.filter("moment", text.moment)
register.filter("day", text.day)
register.filter("deadline", text.deadline)
register.filter("count_or_more", text.count_or_more)
register.filter("file_size", text.file_size)

Number = int | float | Decimal


def _draw(context: Context, part: str, /, **values: Any) -> SafeString:
    """A part's template sees the request and what it is given, nothing else of the page."""
    engine = context.template.engine  # type: ignore[union-attr]
    own = context.new({"request": context.get("request"), **values})
    return engine.get_template(f"parts/{part}.html").render(own)


# --- lists ------------------------------------------------------------------------------------
@register.simple_block_tag(takes_context=True)
def table(
    context: Context,
    content: str,
    columns: lists.Columns,
    *,
    caption: str,
    sort: str = "",
    select: str = "",
    rows_id: str = "rows",
) -> str:
    """The table around its rows. `select` is the id of the bulk form, when rows can be selected."""
    headings = lists.headings(columns, context["request"].GET, sort)
    return _draw(
        context, "table", headings=headings, caption=caption, select=select, rows_id=rows_id,
        content=content,
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def bulk_bar(context: Context, content: str, action: str, *, form: str = "bulk") -> str:
    """The bar of actions on selected rows; `content` are its fields and buttons."""
    return _draw(
        context, "bulk_bar", action=action, form=form, content=content,
        csrf_token=context.get("csrf_token"),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def filter_bar(
    context: Context,
    filterset: Any,
    *,
    shown: int = 3,
    found: str = "",
    results: str = "list",
) -> str:
    """The filters of a StrictFilterSet: the first `shown` in the line, the others behind a button.

    `results` is the id of the element that a change replaces; `found` says how many there are.
    The same bar is drawn again and again (a list is polled, opened anew, paged through): it is kept
    for a while, as long as the choices that it offers are (see `StrictFilterSet.bar_key`).
    """
    request = context["request"]
    sort = request.GET.get("sort", "")
    key = filterset.bar_key(request.path, sort, shown, found, results)
    drawn: str | None = caches["local"].get(key)
    if drawn is None:
        drawn = _filter_bar(context, filterset, shown, found, results, sort)
        caches["local"].set(key, drawn, BAR_KEPT_SECONDS)
    return drawn


def _filter_bar(
    context: Context, filterset: Any, shown: int, found: str, results: str, sort: str
) -> str:
    fields = [filterset.form[name] for name in filterset.form.fields]
    visible = [field for field in fields if not field.is_hidden]
    return _draw(
        context,
        "filter_bar",
        line=visible[:shown],
        more=visible[shown:],
        more_open=any(filterset.query.get(field.name) for field in visible[shown:]),
        hidden=[field for field in fields if field.is_hidden],
        chips=filterset.chips(),
        sort=sort,
        found=found,
        results=results,
    )


@register.simple_tag(takes_context=True)
def show_more(context: Context, page: Page, *, rows_id: str = "rows") -> str:
    """The link to the next page; with htmx it appends the rows to `rows_id`."""
    url = ""
    if page.next_cursor:
        url = "?" + lists.changed(context["request"].GET, after=page.next_cursor)
    return _draw(context, "show_more", url=url, rows_id=rows_id, is_first=page.is_first)


@register.simple_tag(takes_context=True)
def nothing_yet(
    context: Context,
    title: str,
    *,
    icon: str = "inbox",
    text: str = "",
    action: str = "",
    url: str = "",
) -> str:
    """An empty list that never held anything, with the action that fills it."""
    return _draw(context, "nothing_yet", icon=icon, title=title, text=text, action=action, url=url)


@register.simple_tag(takes_context=True)
def nothing_matches(context: Context, *, title: str = "", reset_url: str = "") -> str:
    """A list that its filters left empty, with the way to reset them."""
    return _draw(
        context, "nothing_matches", title=title, reset_url=reset_url or context["request"].path
    )


# --- what a thing is and was ------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def stepper(context: Context, steps: Sequence[rows.Step], *, label: str) -> str:
    return _draw(context, "stepper", steps=steps, label=label)


@register.simple_tag(takes_context=True)
def timeline(context: Context, entries: Iterable[rows.TimelineEntry]) -> str:
    """What happened, in the order given: newest first."""
    return _draw(context, "timeline", entries=entries)


@register.simple_tag(takes_context=True)
def facts(context: Context, lines: Iterable[rows.Fact]) -> str:
    """A definition list; lines without a value are left out."""
    filled = [line for line in lines if line.value not in (None, "")]
    return _draw(context, "facts", lines=filled)


@register.simple_tag(takes_context=True)
def file_list(context: Context, files: Iterable[rows.FileRow]) -> str:
    return _draw(context, "file_list", files=files, csrf_token=context.get("csrf_token"))


@register.simple_tag(takes_context=True)
def drop_zone(
    context: Context,
    action: str,
    *,
    name: str = "file",
    hint: str = "",
    multiple: bool = False,
    kinds: Sequence[tuple[str, str]] = (),
) -> str:
    """A form that uploads files to `action` by POST, by choosing or by dropping them.

    `kinds` (value, label) ask for a `kind`, one for all that are sent together.
    """
    return _draw(
        context, "drop_zone", action=action, name=name, hint=hint, multiple=multiple, kinds=kinds,
        csrf_token=context.get("csrf_token"),
    )  # fmt: skip


# --- figures ----------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def stat(
    context: Context,
    label: str,
    value: Any,
    *,
    url: str = "",
    now: Number | None = None,
    before: Number | None = None,
    less_is_better: bool = False,
    spark: Sequence[Number] = (),
    note: str = "",
    tone: str = "",
) -> str:
    """A tile: `value` as it is written; `now` and `before` give the change in per cent."""
    change = None
    if now is not None and before is not None:
        change = charts.change_in_percent(now, before)
    return _draw(
        context,
        "stat",
        label=label,
        value=value,
        url=url,
        change=change,
        size=abs(change or 0),
        better=change is not None and (change < 0 if less_is_better else change > 0),
        worse=change is not None and (change > 0 if less_is_better else change < 0),
        points=charts.spark_points(spark),
        note=note,
        tone=tone,
    )


@register.simple_tag(takes_context=True)
def bar_chart(context: Context, chart_rows: Sequence[charts.ChartRow], *, caption: str) -> str:
    return _draw(context, "chart", bars=charts.bars(chart_rows), caption=caption)


@register.simple_tag(takes_context=True, name="column_chart")
def columns_part(
    context: Context, chart: columns.ColumnChart, *, caption: str, top: str = ""
) -> str:
    """Columns side by side; `top` is how the uppermost line is written. The page shows the same
    figures in a table beneath: the drawing is hidden from screen readers."""
    return _draw(context, "columns", chart=chart, caption=caption, top=top or chart.top)


@register.simple_tag(takes_context=True)
def funnel(context: Context, chart_rows: Sequence[charts.ChartRow], *, caption: str) -> str:
    """Stages one after another, each with the part of the one above that got so far."""
    return _draw(
        context, "chart", bars=charts.bars(chart_rows, funnel=True), caption=caption, kept=True
    )


@register.simple_tag(takes_context=True)
def progress(context: Context, value: int | None, most: int = 100, *, label: str) -> str:
    """A native progress bar; without a value it says only that work is going on."""
    return _draw(context, "progress", value=value, most=most, label=label)


# --- maps -------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True, name="map")
def map_part(
    context: Context,
    name: str,
    *,
    label: str,
    layers: Sequence[maps.MapLayer] = (),
    bounds: maps.Bounds | None = None,
    centre: tuple[float, float] | None = None,
    zoom: int = 16,
    latitude: str = "",
    longitude: str = "",
    draw: str = "",
    size: str = "middle",
    beside: str = "",
) -> str:
    """A map named `name` (its id). The page puts `{% map_assets %}` into its `head` block.

    It opens at `bounds` (west, south, east, north), at `centre` (latitude, longitude) with `zoom`,
    or at what its layers show. `latitude` and `longitude` are names of inputs: the map then chooses
    a point. `draw` is the name of a field with a GeoJSON geometry: the map then draws it.
    `beside` says to those without scripts where the same is found.
    """
    if size not in maps.SIZES:
        raise ValueError(f"{size!r} is no size of a map.")
    told = maps.options(
        layers, bounds=bounds, centre=centre, zoom=zoom,
        latitude=latitude, longitude=longitude, draw=draw,
    )  # fmt: skip
    return _draw(
        context, "map", name=name, label=label, layers=layers, size=size, beside=beside,
        options=json.dumps(told, ensure_ascii=False), point=bool(latitude),
        draw=bool(draw), attribution=settings.MAP_TILES_URL and settings.MAP_TILES_ATTRIBUTION,
    )  # fmt: skip


# --- asking -----------------------------------------------------------------------------------
@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, name: str, *, title: str) -> str:
    """A dialog opened by `<a href="#name" data-dialog>`; without scripts the link shows it too."""
    return _draw(context, "dialog", name=name, title=title, content=content)


@register.simple_tag(takes_context=True)
def confirm(
    context: Context,
    name: str,
    *,
    title: str,
    text: str,
    action: str,
    button: str,
    danger: bool = False,
) -> str:
    """A dialog that names what will happen and does it by POST to `action`."""
    return _draw(
        context, "confirm", name=name, title=title, text=text, action=action, button=button,
        danger=danger, csrf_token=context.get("csrf_token"),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def fields(context: Context, form: Any) -> str:
    """The fields of a form by crispy, with the summary of errors above; no <form> around them."""
    return _draw(context, "fields", form=form)


@register.simple_tag(takes_context=True)
def address_field(
    context: Context,
    *,
    name: str = "address",
    value: str = "",
    label: str,
    url: str,
    hint: str = "",
    autofocus: bool = False,
) -> str:
    """A search field with suggestions from `url` (`?q=…`, answered by `<li role="option">`)."""
    return _draw(
        context, "address_field", name=name, value=value, label=label, url=url, hint=hint,
        autofocus=autofocus,
    )  # fmt: skip
