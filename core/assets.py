"""Front-end files: what pages load, and what of node_modules is served.

Packages are installed by `npm ci` and never committed; of each only a white list of files is
offered to the site, under `vendor/<name>/` (mapping whole folders took 221 MB instead of 20).
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from whitenoise.storage import CompressedManifestStaticFilesStorage

NODE_MODULES = Path(settings.BASE_DIR) / "node_modules"

# name under vendor/ → folder of the package, and the files offered from it.
PACKAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tabler": ("@tabler/core/dist", ("css/tabler.min.css",)),
    # Its style sheet names the pictures, and the storage wants every file that is named.
    "leaflet": (
        "leaflet/dist",
        (
            "leaflet.css",
            "leaflet.js",
            "images/layers.png",
            "images/layers-2x.png",
            "images/marker-icon.png",
        ),
    ),
    "geoman": (
        "@geoman-io/leaflet-geoman-free/dist",
        ("leaflet-geoman.css", "leaflet-geoman.min.js"),
    ),
}

# In the order of loading: what the packages bring, our tokens over it, then one file per part.
STYLESHEETS = (
    "vendor/tabler/css/tabler.min.css",
    "css/tokens.css",
    "css/base.css",
    "css/frame.css",
    "css/controls.css",
    "css/lists.css",
    "css/states.css",
    "css/figures.css",
    "css/dialogs.css",
    "css/pages.css",
    "css/print.css",
)
# Modules of their own, each for one behaviour; every page works without any of them.
SCRIPTS = (
    "js/theme.js",
    "js/dialogs.js",
    "js/heard.js",
    "js/keys.js",
    "js/lists.js",
    "js/poll.js",
    "js/upload.js",
    "js/combobox.js",
)
# What pages with a map load beside (`{% map_assets %}`). Modules that wait for a map's `map:ready`
# may come in any order: maps are made once all of them have run.
MAP_STYLESHEETS = ("vendor/leaflet/leaflet.css", "css/map.css")
MAP_SCRIPTS = ("vendor/leaflet/leaflet.js",)
MAP_MODULES = ("js/map-point.js", "js/map.js")
DRAW_STYLESHEETS = ("vendor/geoman/leaflet-geoman.css",)
DRAW_SCRIPTS = ("vendor/geoman/leaflet-geoman.min.js",)
DRAW_MODULES = ("js/map-draw.js",)
HTMX = "django_htmx/htmx-2.min.js"


class NodePackageFinder(BaseFinder):
    """Finds `vendor/<name>/<file>` for the files that `PACKAGES` lists, and no others."""

    def check(self, **kwargs: Any) -> list[Any]:
        # Missing packages are named by core.checks, with what to do about them.
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = [
            str(source)
            for prefix, source in self._files()
            if prefix == Path(path).as_posix() and source.is_file()
        ]
        if find_all:
            return found
        return found[0] if found else []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for name, (folder, files) in PACKAGES.items():
            storage = FileSystemStorage(location=str(NODE_MODULES / folder))
            storage.prefix = f"vendor/{name}"  # type: ignore[attr-defined]
            yield from ((file, storage) for file in files if storage.exists(file))

    @staticmethod
    def _files() -> Iterator[tuple[str, Path]]:
        for name, (folder, files) in PACKAGES.items():
            for file in files:
                yield f"vendor/{name}/{file}", NODE_MODULES / folder / file


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files; only `url()` and `@import` of CSS are followed.

    Django's own patterns also follow `sourceMappingURL`, and fail on the maps that packages name
    and do not ship.
    """

    manifest_strict = True
    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\((?P<quote>['"]{0,1})(?P<url>.*?)(?P=quote)\))""",
                (
                    r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""",
                    """@import url("%(url)s")""",
                ),
            ),
        ),
    )


def missing_packages() -> list[str]:
    """The listed files of packages that are not installed."""
    return [path for path, source in NodePackageFinder._files() if not source.is_file()]


@lru_cache(maxsize=1)
def page_assets() -> SafeString:
    """The links to all style sheets and scripts, worked out once per process."""
    return _links(STYLESHEETS, (), SCRIPTS) + format_html(
        '<script src="{}" defer></script>', static(HTMX)
    )


@lru_cache(maxsize=2)
def map_assets(*, draw: bool = False) -> SafeString:
    """What a page with a map loads; with `draw` also what draws on it."""
    if not draw:
        return _links(MAP_STYLESHEETS, MAP_SCRIPTS, MAP_MODULES)
    return _links(
        # Our own over both packages.
        (MAP_STYLESHEETS[0], *DRAW_STYLESHEETS, *MAP_STYLESHEETS[1:]),
        MAP_SCRIPTS + DRAW_SCRIPTS,
        DRAW_MODULES + MAP_MODULES,
    )


def _links(styles: Iterable[str], scripts: Iterable[str], modules: Iterable[str]) -> SafeString:
    lines = [
        *(format_html('<link rel="stylesheet" href="{}">', static(path)) for path in styles),
        *(format_html('<script src="{}" defer></script>', static(path)) for path in scripts),
        *(
            format_html('<script type="module" src="{}"></script>', static(path))
            for path in modules
        ),
    ]
    return mark_safe("".join(lines))
