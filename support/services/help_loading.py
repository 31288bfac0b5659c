"""The articles that the portal brings with it: `support/data/help/*.md`, through the services.

A file is lines `name: value`, a line `---`, then Markdown; its name is the article's address.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from core.actor import Actor
from support.models import Article, ArticleCategory
from support.services.articles import publish, save_article

DATA = Path(__file__).resolve().parent.parent / "data" / "help"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many articles were written, written anew, and left as they were."""

    new: int = 0
    changed: int = 0
    left: int = 0


def load_help(actor: Actor, *, update: bool = False) -> Loaded:
    """Writes and publishes the articles that are not there yet, and their sections.

    What is there stays as people have changed it, unless `update` asks for the text of the files.
    """
    sections = _sections()
    counts = {"new": 0, "changed": 0, "left": 0}
    known = {row.slug: row for row in Article.objects.all()}
    for slug, fields in _files().items():
        stored = known.get(slug)
        if stored is not None and not update:
            counts["left"] += 1
            continue
        counts["changed" if stored else "new"] += 1
        with transaction.atomic():
            article = save_article(
                actor,
                stored,
                title=fields["title"],
                summary=fields["summary"],
                body=fields["body"],
                category=sections[fields["section"]],
                position=int(fields["position"]),
                slug=slug,
                ticket_category=stored.ticket_category if stored else None,
            )
            if stored is None:
                publish(actor, article)
    return Loaded(**counts)


def _sections() -> dict[str, ArticleCategory]:
    """The sections by their slugs; those that are missing are made."""
    wanted = tomllib.loads((DATA / "sections.toml").read_text(encoding="utf-8"))["sections"]
    found = {row.slug: row for row in ArticleCategory.objects.all()}
    for place, fields in enumerate(wanted):
        if fields["slug"] not in found:
            found[fields["slug"]] = ArticleCategory.objects.create(**fields, position=place * 10)
    return found


def _files() -> dict[str, dict[str, str]]:
    return {path.stem: _read(path) for path in sorted(DATA.glob("*.md"))}


def _read(path: Path) -> dict[str, str]:
    head, _line, body = path.read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return fields | {"body": body.strip() + "\n"}
