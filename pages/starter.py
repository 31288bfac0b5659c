"""The pages and menus that a new site begins with; staff change them in the admin afterwards.

Texts lie in `pages/data/<slug>.<language>.md`: lines `name: value`, a line `---`, then Markdown.
Used by a data migration, so it works on the models it is given.
"""

from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
SLUGS = ("about", "for-agents", "for-builders", "for-providers", "contacts", "privacy")
SHOWING_CONTACTS = {"contacts", "privacy"}
HEADER = ("for-agents", "for-builders", "for-providers", "about", "contacts")
FOOTER = ("about", "contacts", "privacy")


def read_text(name: str) -> dict[str, str]:
    """The fields of one text by name, its Markdown as `body`."""
    head, _line, body = (DATA / f"{name}.md").read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return fields | {"body": body.strip() + "\n"} if body.strip() else fields


def create_site(settings: Any, pages: Any, items: Any) -> None:
    """Creates settings, pages and menus with these managers; what is there already stays."""
    settings.get_or_create(pk=1, defaults={"name": "Estconnect", **_both("settings")})
    made = {
        slug: pages.get_or_create(
            slug=slug,
            defaults={"shows_contacts": slug in SHOWING_CONTACTS, **_both(slug)},
        )[0]
        for slug in SLUGS
    }
    if items.exists():
        return
    for placement, slugs in (("HEADER", HEADER), ("FOOTER", FOOTER)):
        for position, slug in enumerate(slugs):
            items.create(placement=placement, page=made[slug], position=position)


def _both(name: str) -> dict[str, str]:
    """The columns `<field>_ru` and `<field>_en` of a text."""
    return {
        f"{field}_{language}": value
        for language in ("ru", "en")
        for field, value in read_text(f"{name}.{language}").items()
    }
