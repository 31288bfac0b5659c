"""What is served of the packages, how files are named, and what the build says."""

import json
import re
import subprocess
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.test import override_settings

from core import assets, checks
from core.management.commands import build_assets
from core.parts import icons

TABLER = "vendor/tabler/css/tabler.min.css"
FIRST_VISIT = 200_000
needs_packages = pytest.mark.skipif(
    bool(assets.missing_packages()), reason="The front-end packages are not installed."
)


@pytest.fixture
def no_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "NODE_MODULES", tmp_path)
    monkeypatch.setattr(icons, "FOLDER", tmp_path / "icons")


class TestFinder:
    @needs_packages
    def test_it_finds_what_is_listed(self):
        found = finders.find(TABLER)
        assert found
        assert found.endswith("node_modules/@tabler/core/dist/css/tabler.min.css")

    @needs_packages
    def test_it_offers_nothing_else_of_a_package(self):
        assert finders.find("vendor/tabler/css/tabler.css") is None
        assert finders.find("vendor/tabler/../package.json") is None
        offered = [path for path, _storage in assets.NodePackageFinder().list([])]
        assert offered == [
            "css/tabler.min.css",
            "leaflet.css",
            "leaflet.js",
            "images/layers.png",
            "images/layers-2x.png",
            "images/marker-icon.png",
            "leaflet-geoman.css",
            "leaflet-geoman.min.js",
        ]

    def test_without_packages_it_is_empty_and_named(self, no_packages):
        assert list(assets.NodePackageFinder().list([])) == []
        assert assets.missing_packages() == [
            f"vendor/{name}/{file}"
            for name, (_folder, files) in assets.PACKAGES.items()
            for file in files
        ]
        (warning,) = checks.packages_are_installed(None)
        assert TABLER in warning.msg
        assert "build_assets" in warning.hint


class TestStorage:
    @pytest.fixture
    def collected(self, tmp_path):
        """Collects two files of a project; returns the text of the CSS as it is served."""
        source, root = tmp_path / "source", tmp_path / "root"
        source.mkdir()
        (source / "dot.svg").write_text("<svg/>")
        (source / "a.css").write_text(
            "a{background:url(dot.svg)}\n/*# sourceMappingURL=gone.css.map */"
        )
        (source / "a.js").write_text("import './b.js';\n//# sourceMappingURL=gone.js.map")
        (source / "b.js").write_text("export {};")
        storages = settings.STORAGES | {
            "staticfiles": {"BACKEND": "core.assets.ManifestStorage", "OPTIONS": {}}
        }
        with override_settings(
            STATIC_ROOT=root, STATICFILES_DIRS=[source], STORAGES=storages,
            STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        ):  # fmt: skip
            finders.get_finder.cache_clear()
            call_command("collectstatic", interactive=False, verbosity=0)
            finders.get_finder.cache_clear()
        return root

    def test_files_get_their_hash_and_their_compressed_forms(self, collected):
        names = json.loads((collected / "staticfiles.json").read_text())["paths"]
        assert re.fullmatch(r"a\.[0-9a-f]{12}\.css", names["a.css"])
        # Too small to be worth it: compression is by size, and proved on the built site.
        assert (collected / names["b.js"]).is_file()

    def test_css_follows_urls_and_no_source_map(self, collected):
        names = json.loads((collected / "staticfiles.json").read_text())["paths"]
        text = (collected / names["a.css"]).read_text()
        assert f'url("{names["dot.svg"]}")' in text
        assert "sourceMappingURL=gone.css.map" in text

    def test_scripts_are_left_as_they_are(self, collected):
        names = json.loads((collected / "staticfiles.json").read_text())["paths"]
        assert "import './b.js';" in (collected / names["a.js"]).read_text()


class TestBuild:
    def test_it_says_that_node_is_missing(self, monkeypatch):
        monkeypatch.setattr(build_assets.shutil, "which", lambda name: None)
        with pytest.raises(CommandError, match=r"npm is not installed. Install Node.js 20"):
            call_command("build_assets")

    def test_it_says_that_node_is_too_old(self, monkeypatch):
        monkeypatch.setattr(build_assets.shutil, "which", lambda name: f"/bin/{name}")
        monkeypatch.setattr(
            build_assets.subprocess,
            "run",
            lambda *args, **kwargs: subprocess.CompletedProcess(args, 0, stdout="v16.1.0\n"),
        )
        with pytest.raises(CommandError, match=r"20 or newer is needed; this is v16"):
            call_command("build_assets")

    def test_it_names_missing_files(self, no_packages):
        with pytest.raises(CommandError, match=re.escape(TABLER)):
            call_command("build_assets", skip_npm=True)

    def test_it_compiles_the_catalogues(self, tmp_path):
        folder = tmp_path / "ru" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text('msgid "Save"\nmsgstr "Сохранить"\n', encoding="utf-8")
        assert build_assets.compile_catalogues(tmp_path) == 1
        assert "Сохранить".encode() in (folder / "django.mo").read_bytes()

    @needs_packages
    def test_every_icon_in_use_exists(self):
        assert build_assets.unknown_icons() == []


def test_the_lock_file_names_no_registry():
    lock = json.loads((settings.BASE_DIR / "package-lock.json").read_text())
    assert lock["lockfileVersion"] == 3
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name), (
        "Every package is pinned by its hash."
    )


@needs_packages
def test_every_style_sheet_and_script_exists():
    wanted = [
        *assets.STYLESHEETS, *assets.SCRIPTS, assets.HTMX, "img/favicon.svg",
        *assets.MAP_STYLESHEETS, *assets.MAP_SCRIPTS, *assets.MAP_MODULES,
        *assets.DRAW_STYLESHEETS, *assets.DRAW_SCRIPTS, *assets.DRAW_MODULES,
    ]  # fmt: skip
    assert [path for path in wanted if not finders.find(path)] == []


@needs_packages
def test_the_files_of_maps_are_served_under_names_of_their_own(tmp_path):
    """Leaflet's pictures and Geoman's drawings in addresses pass the storage."""
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": "core.assets.ManifestStorage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    text = (tmp_path / names["vendor/leaflet/leaflet.css"]).read_text()
    layers = Path(names["vendor/leaflet/images/layers.png"]).name
    assert f"images/{layers}" in text
    assert (tmp_path / names["vendor/geoman/leaflet-geoman.css"]).is_file()


@needs_packages
def test_a_map_weighs_no_more_than_a_picture():
    def weight(paths):
        return sum(len(brotli.compress(Path(finders.find(path)).read_bytes())) for path in paths)

    assert weight((*assets.MAP_STYLESHEETS, *assets.MAP_SCRIPTS, *assets.MAP_MODULES)) < 60_000
    assert weight((*assets.DRAW_STYLESHEETS, *assets.DRAW_SCRIPTS, *assets.DRAW_MODULES)) < 90_000


@needs_packages
@pytest.mark.django_db
def test_the_first_visit_is_light(client):
    """The page and everything it loads, as Brotli sends them; later visits load the page alone."""
    page = client.get("/users/login/").content
    weights = {"page": len(brotli.compress(page))}
    for path in (*assets.STYLESHEETS, *assets.SCRIPTS, assets.HTMX, "img/favicon.svg"):
        weights[path] = len(brotli.compress(Path(finders.find(path)).read_bytes()))
    assert sum(weights.values()) < FIRST_VISIT, weights
    assert weights["page"] < 40_000
