"""Icons: single SVGs of @tabler/icons, inlined."""

import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(settings.BASE_DIR) / "node_modules" / "@tabler" / "icons" / "icons"
_FILLED = "-filled"
_WRAPPER = re.compile(r"^.*?<svg[^>]*>(.*)</svg>\s*$", re.DOTALL)
# Every file begins with an invisible square that only sets bounds.
_BOUNDS = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def path_of(name: str) -> Path:
    """The file of icon `name`; a name that ends in `-filled` is of the filled set."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} cannot be the name of an icon.")
    if name.endswith(_FILLED):
        return FOLDER / "filled" / f"{name.removesuffix(_FILLED)}.svg"
    return FOLDER / "outline" / f"{name}.svg"


@lru_cache(maxsize=1024)
def _shapes(name: str) -> str:
    try:
        source = path_of(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        # Without node_modules pages still open, with empty squares; `build_assets` and a system
        # check say what is missing.
        return ""
    match = _WRAPPER.match(source)
    shapes = _BOUNDS.sub("", match[1]) if match else ""
    return re.sub(r"\s*\n\s*", "", shapes).replace(" />", "/>")


@lru_cache(maxsize=1024)
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """The SVG of `name`. It is hidden from screen readers unless `label` gives it a meaning."""
    shapes = mark_safe(_shapes(name))
    classes = "icon icon-filled" if name.endswith(_FILLED) else "icon"
    if css:
        classes = f"{classes} {css}"
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>',
            classes, label, shapes,
        )  # fmt: skip
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, shapes
    )
