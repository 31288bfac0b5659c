"""System checks: mistakes of deployment, found at start."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from core import assets, fonts
from core.parts import icons

BUILD = "Run: python manage.py build_assets"


@register(Tags.staticfiles)
def packages_are_installed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without the packages pages open unstyled: said once at start instead of by every browser."""
    missing = assets.missing_packages()
    if not icons.FOLDER.is_dir():
        missing.append("@tabler/icons")
    if fonts.font_folder() is None:
        missing.append("dejavu-fonts-ttf")
    if not missing:
        return []
    return [
        Warning("Front-end packages are missing: " + ", ".join(missing), hint=BUILD, id="core.W001")
    ]


@register(Tags.staticfiles, deploy=True)
def static_files_are_collected(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.is_file():
        return []
    return [Warning(f"There is no {manifest}.", hint=BUILD, id="core.W002")]
