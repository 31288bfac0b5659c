"""The desk's own words on tickets."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.events import emit
from subscriptions.services.requests.input import clean_text
from support.models import Tag, Ticket
from support.services.desk_rows import check_works, locked_for_desk, save_touched
from support.services.parties import parties_of

TAG_LENGTH = 40
TAGS_AT_MOST = 20


def tag_ticket(
    actor: Actor, ticket: Ticket, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> list[str]:
    """Puts tags on a ticket and takes others off; returns the names that it has then.

    A tag that nobody has used before is made. Raises NotVisible, Forbidden, or DomainError with
    field `tags`.
    """
    check_works(actor)
    wanted = tags_named(add)
    with transaction.atomic():
        row = locked_for_desk(actor, ticket)
        kept = {tag.name: tag for tag in row.tags.all()}
        gone = [kept[name] for name in _cleaned(remove) if name in kept]
        added = [tag for tag in wanted if tag.name not in kept]
        if len(kept) - len(gone) + len(added) > TAGS_AT_MOST:
            raise DomainError(_("At most %(limit)s tags.") % {"limit": TAGS_AT_MOST}, field="tags")
        change_tags(actor, row, added, gone)
        return sorted((kept.keys() - {tag.name for tag in gone}) | {tag.name for tag in added})


def change_tags(actor: Actor, ticket: Ticket, added: list[Tag], removed: list[Tag]) -> None:
    """The same of a locked ticket, with tags that are there; nothing happens where none are."""
    if not added and not removed:
        return
    ticket.tags.remove(*removed)
    ticket.tags.add(*added)
    save_touched(ticket)
    told = {
        "number": ticket.number,
        "added": [tag.name for tag in added],
        "removed": [tag.name for tag in removed],
    }
    emit(actor, "ticket.tagged", ticket, parties_of(ticket), told)


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, each once; those that are missing are made."""
    wanted = _cleaned(names)
    found = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)}
    return list(
        {tag.pk: tag for tag in (found.get(name) or _made(name) for name in wanted)}.values()
    )


def _made(name: str) -> Tag:
    """Insert and catch: a colleague may make the same one now."""
    try:
        with transaction.atomic():
            return Tag.objects.create(name=name)
    except IntegrityError:
        return Tag.objects.get(name=name)


def _cleaned(names: Iterable[str]) -> list[str]:
    lines = (" ".join(clean_text(name, TAG_LENGTH, "tags").split()).lower() for name in names)
    return list(dict.fromkeys(line for line in lines if line))
