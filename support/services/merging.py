"""Two tickets about the same become one: all of it, in the order in which it was said.

What belongs to the ticket that is merged moves to the other one: messages and notes with their
files, letters and the ids by which answers to them are known. Observers, tags, links and relations
are those of both. The merged ticket stays, closed and empty, and leads to the other: by its number,
by the address that its mail comes to, and by `merged_into`, which never leads to a merged ticket.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Conflict, DomainError
from core.events import emit
from core.querysets import get_visible, locked_by_key, refuse_invisible
from core.workflow import touched
from support.choices import TicketRelationKind, TicketState
from support.models import (
    IncomingMail,
    LetterId,
    Observer,
    Ticket,
    TicketLink,
    TicketMessage,
    TicketRelation,
)
from support.services import deadlines
from support.services.desk_rows import check_works
from support.services.moving import move_locked, save_changed
from support.services.notes import move_notes
from support.services.observers import can_open
from support.services.parties import parties_of
from support.services.relations import between

# What a form sends along with a confirmed merge, and what an error is about that asks for it.
CONFIRMED = "confirmed"
_MOVED: tuple[type[Model], ...] = (TicketMessage, LetterId, IncomingMail)


def merge_tickets(
    actor: Actor, source: Ticket, target: Ticket, *, confirmed: bool = False
) -> Ticket:
    """Merges `source` into `target` and returns the target as it is now.

    Both must be of one customer: nobody is shown another's words. `confirmed` says that the staff
    know that another person of the customer's asked, or that a letter is from who owns the target.
    Raises NotVisible, Forbidden, Conflict, or DomainError with field `target`, or CONFIRMED where
    it has to be confirmed.
    """
    get_visible(Ticket.objects, actor, pk=source.pk)
    get_visible(Ticket.objects, actor, pk=target.pk)
    check_works(actor)
    with transaction.atomic():
        rows = {row.pk: row for row in locked_by_key(_both(source, target))}
        if len(rows) < 2 and source.pk != target.pk:
            refuse_invisible()
        one, other = rows[source.pk], rows[target.pk]
        _check_states(one, other)
        _check_customers(one, other, confirmed)
        _merge(actor, one, other)
    return other


def _both(source: Ticket, target: Ticket) -> QuerySet:
    return Ticket.objects.filter(pk__in=[source.pk, target.pk])


# --- what may be merged -----------------------------------------------------------------------
def _check_states(source: Ticket, target: Ticket) -> None:
    if source.pk == target.pk:
        raise DomainError(_("This is the same ticket."), field="target")
    if source.merged_into_id is not None:
        raise Conflict(_("This ticket has been merged already."))
    if target.merged_into_id is not None:
        raise DomainError(
            _("That ticket was merged itself: choose the one that it was merged into."),
            field="target",
        )
    if not target.is_open:
        raise DomainError(
            _("That ticket is not open any more: reopen it first, or merge the other way round."),
            field="target",
        )


def _check_customers(source: Ticket, target: Ticket, confirmed: bool) -> None:
    if source.owner_id is not None and source.owner_id != target.owner_id:
        raise _others()
    same_person = _is_same_person(source, target)
    if source.owner_id == target.owner_id:
        if source.owner_id is None and not same_person:
            raise _others()
        if not same_person and not confirmed:
            raise DomainError(
                _("Another person asked in that ticket, and will read this one too. Merge them?"),
                field=CONFIRMED,
            )
        return
    # The words of a letter become those of an organization, whose people will all read them.
    if not same_person:
        raise _others()
    if not confirmed:
        raise DomainError(
            _("All who work in “%(owner)s” will read this letter. Merge them?")
            % {"owner": target.owner},
            field=CONFIRMED,
        )


def _is_same_person(source: Ticket, target: Ticket) -> bool:
    if source.requester_id is not None and source.requester_id == target.requester_id:
        return True
    email = source.requester_email.lower()
    return bool(email) and email == target.requester_email.lower()


def _others() -> DomainError:
    return DomainError(
        _("That ticket is another customer's: nobody may read another's words."), field="target"
    )


# --- what is done -----------------------------------------------------------------------------
def _merge(actor: Actor, source: Ticket, target: Ticket) -> None:
    awaits = source.awaits_since
    _move_rows(source, target)
    _add_observers(source, target)
    _add_links(source, target)
    _add_relations(source, target)
    target.tags.add(*source.tags.all())
    _shut(actor, source, target)
    _take_in(actor, target, source, awaits)


def _move_rows(source: Ticket, target: Ticket) -> None:
    for model in _MOVED:
        model._default_manager.filter(ticket=source).update(ticket=target)
    move_notes(source, target)
    # Those that were merged into it before: one step always leads to where all is.
    Ticket.objects.filter(merged_into=source).update(merged_into=target)


def _add_observers(source: Ticket, target: Ticket) -> None:
    """Of both; and who asked is told on, where somebody else asked in the other ticket."""
    people = [row.user for row in source.observers.select_related("user").order_by("pk")]
    if source.requester is not None and source.requester_id != target.requester_id:
        people.append(source.requester)
    known = set(target.observers.values_list("user_id", flat=True))
    new = {user.pk: user for user in people if user.pk not in known and can_open(target, user)}
    now = clock.now()
    Observer.objects.bulk_create(
        Observer(ticket=target, user=user, created_at=now) for user in new.values()
    )


def _add_links(source: Ticket, target: Ticket) -> None:
    known = set(target.links.values_list("kind", "object_id"))
    TicketLink.objects.bulk_create(
        TicketLink(ticket=target, kind=row.kind, object_id=row.object_id, created_at=row.created_at)
        for row in source.links.order_by("pk")
        if (row.kind, row.object_id) not in known
    )


def _add_relations(source: Ticket, target: Ticket) -> None:
    """What is beside the source is beside the target; of the source's own none is lost."""
    out = source.relations.exclude(target=target).order_by("pk")
    back = source.related_by.exclude(source=target).order_by("pk")
    taken = set(target.relations.values_list("target_id", flat=True))
    taking = set(target.related_by.values_list("source_id", flat=True))
    copies = [
        *_copied((row for row in out if row.target_id not in taken), source_id=target.pk),
        *_copied((row for row in back if row.source_id not in taking), target_id=target.pk),
    ]
    TicketRelation.objects.bulk_create(copies)


def _copied(rows: Iterable[TicketRelation], **instead: Any) -> list[TicketRelation]:
    """What was merged into the source is now merged into the target: that is said by the column."""
    return [
        TicketRelation(
            **{
                "source_id": row.source_id,
                "target_id": row.target_id,
                "kind": row.kind,
                "created_at": row.created_at,
            }
            | instead
        )
        for row in rows
    ]


def _shut(actor: Actor, source: Ticket, target: Ticket) -> None:
    """Closes the merged ticket: not as solved, and nobody waits for anything in it."""
    before, former, now = dict(vars(source)), source.state, clock.now()
    source.merged_into = target
    source.messages_count = 0
    source.awaits_since = None
    source.held_for, source.held_until = "", None
    if former != TicketState.CLOSED:
        source.state, source.state_since, source.closed_at = TicketState.CLOSED.value, now, now
        deadlines.state_changed(source, former)
    touched(source)
    save_changed(source, before)
    between(source, target).delete()
    kind = TicketRelationKind.MERGED
    TicketRelation.objects.create(source=source, target=target, kind=kind, created_at=now)
    told = {"number": source.number, "other": target.number}
    emit(actor, "ticket.merged", source, parties_of(source), told)


def _take_in(actor: Actor, target: Ticket, source: Ticket, awaits: Any) -> None:
    """The target as it is with all that came: who waited for an answer there, waits here."""
    before = dict(vars(target))
    target.messages_count = TicketMessage.objects.filter(ticket=target).count()
    if awaits is not None:
        deadlines.customer_wrote(target)
        target.awaits_since = min(awaits, target.awaits_since or awaits)
        # The answer is due from the earlier words on.
        deadlines.retimed(target)
    touched(target)
    save_changed(target, before)
    # The customer is told once, of the ticket that was closed.
    kind = TicketRelationKind.MERGED.value
    told = {"number": target.number, "other": source.number, "kind": kind}
    emit(actor, "ticket.related", target, parties_of(target), told)
    if awaits is not None and target.state in (TicketState.PENDING, TicketState.ON_HOLD):
        move_locked(actor, target, "take_up")
