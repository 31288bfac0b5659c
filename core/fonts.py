"""The fonts that papers are written in."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

# Installed by `npm ci` with the other packages; a system that has them by itself will do.
FOLDERS = (
    Path(settings.BASE_DIR) / "node_modules" / "dejavu-fonts-ttf" / "ttf",
    Path("/usr/share/fonts/truetype/dejavu"),
)
STYLES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}


@lru_cache(maxsize=1)
def font_folder() -> Path | None:
    """Where the fonts are; None where they are not installed."""
    for folder in FOLDERS:
        if all((folder / name).is_file() for name in STYLES.values()):
            return folder
    return None
