"""What kind of ticket it is, where it waits, how urgent it is, where the problem is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError
from core.events import emit
from core.workflow import touched
from locations.models import Building, Unit
from support.choices import Priority
from support.models import Queue, Ticket, TicketCategory
from support.services import deadlines
from support.services.assignment import give
from support.services.desk_rows import locked_for_desk
from support.services.fields import refilled
from support.services.moving import save_changed
from support.services.parties import parties_of
from support.services.routing import give_in_turn
from support.services.words import clean_subject, keep_words


class Keep(Enum):
    """For what is not given: None says that there is to be nothing."""

    AS_IT_IS = "as it is"


KEEP = Keep.AS_IT_IS
# Columns of which an event tells what they were; of the subject, which is the customer's words,
# and of their values only that they changed.
_TOLD = ("priority", "queue", "category", "building", "unit")


@dataclass(slots=True)
class _Sorted:
    """What has changed of a locked ticket: name → what it was and is, as an event tells it."""

    ticket: Ticket
    former: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)

    def put(self, name: str, value: Any) -> None:
        column = f"{name}_id" if name in ("queue", "category", "building", "unit") else name
        before = getattr(self.ticket, column)
        setattr(self.ticket, name, value)
        after = getattr(self.ticket, column)
        if before != after:
            self.former[name], self.now[name] = before, after


def sort_ticket(
    actor: Actor,
    ticket: Ticket,
    *,
    priority: str = "",
    queue: Queue | None = None,
    category: TicketCategory | Keep | None = KEEP,
    fields: Mapping[str, Any] | None = None,
    subject: str = "",
    building: Building | Keep | None = KEEP,
    unit: Unit | Keep | None = KEEP,
    version: int | None = None,
) -> Ticket:
    """Sets what is given of a ticket, and counts its deadlines anew; returns it as it is now.

    `fields`: public id of a field of the (new) category → what was typed. A unit says its building;
    another building leaves the unit. Whoever takes no tickets of the new queue lets it go, and a
    queue that gives in turn gives it. Raises NotVisible, Forbidden, Conflict, or DomainError with
    `field`.
    """
    with transaction.atomic():
        row = locked_for_desk(actor, ticket, version)
        before = dict(vars(row))
        changes = _Sorted(row)
        _put_kind(changes, priority, queue, category)
        _put_place(changes, building, unit)
        if subject:
            changes.put("subject", clean_subject(subject))
        refills = _refill(row, fields)
        if changes.now or refills:
            _save(actor, changes, before, refills)
    return row


def _put_kind(
    changes: _Sorted, priority: str, queue: Queue | None, category: TicketCategory | Keep | None
) -> None:
    if priority and priority not in Priority.values:
        raise DomainError(_("Choose one of the list."), field="priority")
    if queue is not None and not queue.is_active and queue.pk != changes.ticket.queue_id:
        raise DomainError(_("This queue is not in use."), field="queue")
    if priority:
        changes.put("priority", priority)
    if queue is not None:
        changes.put("queue", queue)
    if category is not KEEP:
        is_archived = isinstance(category, TicketCategory) and category.archived_at is not None
        changes.put("category", category)
        if is_archived and "category" in changes.now:
            raise DomainError(_("This category is not in use."), field="category")


def _put_place(
    changes: _Sorted, building: Building | Keep | None, unit: Unit | Keep | None
) -> None:
    if isinstance(unit, Unit):
        if isinstance(building, Building) and building.pk != unit.building_id:
            raise DomainError(_("This unit is in another building."), field="unit")
        building = unit.building
    elif unit is KEEP and building is not KEEP:
        moved = building is None or building.pk != changes.ticket.building_id  # type: ignore[union-attr]
        unit = None if moved else KEEP
    if unit is not KEEP:
        changes.put("unit", unit)
    if building is not KEEP:
        changes.put("building", building)
        city = building.city_id if isinstance(building, Building) else None
        changes.ticket.city_id = city


def _refill(ticket: Ticket, fields: Mapping[str, Any] | None) -> list[str]:
    """Fills in; the public ids of what is other than before."""
    if not fields:
        return []
    kept = dict(ticket.fields)
    ticket.fields = refilled(ticket.category, kept, fields)
    return sorted(key for key in fields if kept.get(key) != ticket.fields.get(key))


def _save(actor: Actor, changes: _Sorted, before: dict[str, Any], refills: list[str]) -> None:
    row = changes.ticket
    if {"priority", "queue"} & changes.now.keys():
        deadlines.retimed(row)
    touched(row)
    save_changed(row, before)
    if "subject" in changes.now:
        keep_words(row)
    _tell(actor, changes, refills)
    if "queue" in changes.now:
        _pass_on(actor, row)


def _tell(actor: Actor, changes: _Sorted, refills: list[str]) -> None:
    row, parties = changes.ticket, parties_of(changes.ticket)
    if changes.now:
        told = {
            "number": row.number,
            "fields": list(changes.now),
            "from": {name: changes.former[name] for name in _TOLD if name in changes.former},
            "to": {name: changes.now[name] for name in _TOLD if name in changes.now},
        }
        emit(actor, "ticket.sorted", row, parties, told)
    if refills:
        filled = {"number": row.number, "fields": refills}
        emit(actor, "ticket.fields_changed", row, parties, filled)


def _pass_on(actor: Actor, ticket: Ticket) -> None:
    """Those who work another queue do not keep what has left theirs."""
    former = ticket.assignee
    members = ticket.queue.members
    if former is not None and members.exists() and not members.filter(user=former).exists():
        ticket.assignee = None
    by_rule = give_in_turn(ticket)
    assignee, ticket.assignee = ticket.assignee, former
    if assignee != former:
        give(actor, ticket, assignee, by_rule=by_rule)
