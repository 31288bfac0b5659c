"""Duplicates become one client, all at once and under locks; for a day it can be undone.

Nothing is copied into the record of a merge: it holds ids alone. Where the duplicate's value of a
field is taken, the two rows exchange their values, so that what the kept client was called before
stands in the duplicate's row until the merge is made final.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import PartyRole
from core.errors import Conflict, DomainError, NotVisible
from core.events import emit
from core.models import Event
from core.workflow import touched
from subscriptions.models import (
    Client,
    ClientAddress,
    ClientAttribution,
    ClientMerge,
    ConnectionRequest,
    Lead,
    Subscription,
)
from subscriptions.services.clients.import_rows import FIELDS
from subscriptions.services.clients.portfolio import EDITABLE, check_change, write_terms
from subscriptions.services.watches.merged_clients import come_back, follow_client

UNDO_WITHIN = timedelta(hours=24)
COMMENT_LENGTH = 500
_BETWEEN_COMMENTS = "\n"
_CONSENT = ("consent_at", "consent_withdrawn_at")
_Tag = Client.tags.through
# What hangs on a client by a column of its own, by the name it has in `ClientMerge.moved`.
_MOVING: dict[str, type[models.Model]] = {
    "requests": ConnectionRequest,
    "subscriptions": Subscription,
    "leads": Lead,
    "attributions": ClientAttribution,
}


@dataclass(slots=True)
class Undone:
    """What came of undoing: sentences about what could not be brought back."""

    left: list[str] = field(default_factory=list)


def merge_clients(
    actor: Actor,
    kept: Client,
    duplicate: Client,
    *,
    taken: Collection[str] = (),
    join_comments: bool = False,
    versions: tuple[int, int] | None = None,
) -> ClientMerge:
    """Moves all that is the duplicate's to `kept`; the duplicate leaves the portfolio.

    `taken` names fields of EDITABLE whose value is the duplicate's; `join_comments` puts its
    comment after the other. Of the two consents the latest word of the client counts. `versions`
    are those of the two that the actor saw. Raises NotVisible, Forbidden, Conflict (one was changed
    or merged meanwhile) or DomainError.
    """
    taken = set(taken)
    if unknown := taken - set(EDITABLE):
        raise TypeError(f"A client has no {sorted(unknown)} to take.")
    if kept.pk == duplicate.pk:
        raise DomainError(_("Choose two different clients."))
    for client in (kept, duplicate):
        if client.owner_id != actor.organization_id:
            raise NotVisible(_("There is no such client in your portfolio."))
        check_change(actor, client)
    with transaction.atomic():
        kept, duplicate = _locked(kept.pk, duplicate.pk)
        if kept.merged_into_id is not None or duplicate.merged_into_id is not None:
            raise Conflict(_("One of these clients has just been merged."))
        if versions is not None and versions != (kept.version, duplicate.version):
            raise Conflict(_("One of these clients was changed meanwhile. Look again."))
        moved = _unite(kept, duplicate, taken, join_comments)
        now = clock.now()
        merge = ClientMerge.objects.create(
            owner_id=kept.owner_id,
            kept=kept,
            duplicate=duplicate,
            merged_by=actor.user,
            merged_at=now,
            undo_until=now + UNDO_WITHIN,
        )
        told = {"duplicate": duplicate.pk, "merge": merge.pk}
        event = emit(actor, "client.merged", kept, {PartyRole.OWNER: kept.owner}, told)
        # What the kept client's events since then name as changed is not changed back.
        merge.moved = moved | {"event": event.pk}
        merge.save(update_fields=["moved"])
    return merge


def undo_merge(actor: Actor, merge: ClientMerge) -> Undone:
    """Gives back what the merge moved and nobody has changed since; says what it could not.

    Raises NotVisible, Forbidden, Conflict (undone already, or the kept client was itself merged),
    or DomainError after the time for it.
    """
    if merge.owner_id != actor.organization_id:
        raise NotVisible(_("There is no such merge."))
    check_change(actor, merge.kept)
    with transaction.atomic():
        row = ClientMerge.objects.select_for_update().get(pk=merge.pk)
        if row.undone_at is not None:
            raise Conflict(_("This merge has been undone already."))
        if row.finalised_at is not None or clock.now() >= row.undo_until:
            raise DomainError(_("A merge can be undone for 24 hours; they have passed."))
        kept, duplicate = _locked(row.kept_id, row.duplicate_id)
        if kept.merged_into_id is not None or duplicate.merged_into_id != kept.pk:
            raise Conflict(_("The client was merged again since. Undo the later merge first."))
        undone = _part(kept, duplicate, row.moved)
        row.undone_at = clock.now()
        row.save(update_fields=["undone_at"])
        told = {"duplicate": duplicate.pk, "merge": row.pk}
        emit(actor, "client.merge_undone", kept, {PartyRole.OWNER: kept.owner}, told)
    return undone


def finalise_merges() -> int:
    """Throws away what was kept for undoing merges that can be undone no more; how many there were.

    The duplicate's row stays to lead old addresses to the kept client, found by nothing any more.
    """
    now = clock.now()
    due = ClientMerge.objects.filter(finalised_at=None, undone_at=None, undo_until__lte=now)
    count = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            row = due.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            duplicate = Client.objects.get(pk=row.duplicate_id)
            duplicate.terms.all().delete()
            duplicate.tags.clear()
            duplicate.addresses.all().delete()
            Client.objects.filter(pk=duplicate.pk).update(email="", comment="")
            row.finalised_at, row.moved = now, {}
            row.save(update_fields=["finalised_at", "moved"])
            count += 1
    return count


# --- together ---------------------------------------------------------------------------------
def _locked(kept: int, duplicate: int) -> tuple[Client, Client]:
    """Both clients, locked; before them what may move.

    In this order because a request that is being connected holds itself and then needs its client.
    """
    both = [kept, duplicate]
    for model in (Lead, ConnectionRequest, Subscription):
        rows: Any = model._default_manager.select_for_update().filter(client__in=both)
        list(rows.order_by("pk").values_list("pk", flat=True))
    found = {
        row.pk: row for row in Client.objects.select_for_update().filter(pk__in=both).order_by("pk")
    }
    return found[kept], found[duplicate]


def _unite(
    kept: Client, duplicate: Client, taken: Collection[str], join_comments: bool
) -> dict[str, Any]:
    moved: dict[str, Any] = {
        name: _move(model, duplicate.pk, kept.pk) for name, model in _MOVING.items()
    }
    moved |= follow_client(duplicate.pk, kept.pk)
    known = ClientAddress.objects.filter(client=kept).values("unit")
    new = ClientAddress.objects.filter(client=duplicate).exclude(unit__in=known)
    moved["addresses"] = _give(ClientAddress, new.values_list("pk", flat=True), kept.pk)
    moved["tags"] = _lend_tags(kept, duplicate)
    # Those merged into the duplicate earlier lead to the one that is kept, in one step.
    earlier = Client.objects.filter(merged_into=duplicate)
    moved["duplicates"] = list(earlier.order_by("pk").values_list("pk", flat=True))
    earlier.update(merged_into=kept)
    if join_comments and duplicate.comment:
        moved["comment_length"] = len(kept.comment)
        kept.comment = _joined(kept.comment, duplicate.comment)
        taken = set(taken) - {"comment"}
    moved["fields"] = sorted(taken)
    moved["consent"] = _later_word(duplicate) > _later_word(kept)
    _exchange(kept, duplicate, [*taken, *(_CONSENT if moved["consent"] else ())])
    duplicate.merged_into = kept
    _save(kept, duplicate)
    return moved


def _joined(comment: str, other: str) -> str:
    joined = _BETWEEN_COMMENTS.join(filter(None, [comment, other]))
    if len(joined) > COMMENT_LENGTH:
        raise DomainError(_("The two comments are too long together: choose one."), field="comment")
    return joined


def _later_word(client: Client) -> float:
    """When the client last said yes or no; 0 for one who was never asked."""
    said = client.consent_withdrawn_at or client.consent_at
    return said.timestamp() if said else 0


def _exchange(one: Client, other: Client, names: Iterable[str]) -> None:
    for name in names:
        mine, theirs = getattr(one, name), getattr(other, name)
        setattr(one, name, theirs)
        setattr(other, name, mine)


def _save(kept: Client, duplicate: Client) -> None:
    for client in (kept, duplicate):
        touched(client)
        client.save()
        write_terms(client)


def _lend_tags(kept: Client, duplicate: Client) -> list[int]:
    """Puts on `kept` what the duplicate has more; the duplicate keeps its own."""
    have = _Tag.objects.filter(client=kept).values("clienttag_id")
    more = _Tag.objects.filter(client=duplicate).exclude(clienttag_id__in=have)
    tags = list(more.order_by("clienttag_id").values_list("clienttag_id", flat=True))
    _Tag.objects.bulk_create(_Tag(client=kept, clienttag_id=tag) for tag in tags)
    return tags


def _move(model: type[models.Model], source: int, target: int, **only: Any) -> list[int]:
    rows: Any = model._default_manager.filter(client_id=source, **only)
    return _give(model, rows.order_by("pk").values_list("pk", flat=True), target)


def _give(model: type[models.Model], ids: Iterable[int], client_id: int) -> list[int]:
    """Makes rows the client's; returns their ids."""
    found = list(ids)
    model._default_manager.filter(pk__in=found).update(client_id=client_id)
    return found


# --- apart ------------------------------------------------------------------------------------
def _part(kept: Client, duplicate: Client, moved: dict[str, Any]) -> Undone:
    undone = Undone()
    for name, model in _MOVING.items():
        _move(model, kept.pk, duplicate.pk, pk__in=moved[name])
    come_back(kept.pk, duplicate.pk, moved)
    # A service that was connected since belongs where its request belongs.
    _move(Subscription, kept.pk, duplicate.pk, origin__in=moved["requests"])
    returned = _return_addresses(kept, duplicate, moved["addresses"])
    if returned < len(moved["addresses"]):
        undone.left.append(_("An address was removed since: it is not brought back."))
    _Tag.objects.filter(client=kept, clienttag_id__in=moved["tags"]).delete()
    Client.objects.filter(pk__in=moved["duplicates"], merged_into=kept).update(
        merged_into=duplicate
    )
    changed = _changed_since(kept, moved["event"])
    _return_fields(kept, duplicate, moved, changed, undone)
    duplicate.merged_into = None
    _save(kept, duplicate)
    return undone


def _return_addresses(kept: Client, duplicate: Client, ids: Collection[int]) -> int:
    own = ClientAddress.objects.filter(client=duplicate).values("unit")
    back = ClientAddress.objects.filter(client=kept, pk__in=ids).exclude(unit__in=own)
    return len(_give(ClientAddress, back.values_list("pk", flat=True), duplicate.pk))


def _return_fields(
    kept: Client, duplicate: Client, moved: dict[str, Any], changed: set[str], undone: Undone
) -> None:
    wanted = set(moved["fields"])
    _exchange(kept, duplicate, sorted(wanted - changed))
    if "comment_length" in moved:
        if "comment" in changed:
            wanted.add("comment")
        else:
            kept.comment = kept.comment[: moved["comment_length"]]
    for name in sorted(wanted & changed):
        undone.left.append(
            _("“%(field)s” was changed since the merge and stays as it is now.")
            % {"field": FIELDS[name]}
        )
    if moved["consent"]:
        if "consent" in changed:
            undone.left.append(_("The consent was changed since the merge and stays as it is."))
        else:
            _exchange(kept, duplicate, _CONSENT)


def _changed_since(client: Client, event_id: int) -> set[str]:
    """Names of what people have changed of a client since an event; "consent" for either word."""
    events = Event.objects.filter(
        subject_type=client._meta.label_lower, subject_id=client.pk, pk__gt=event_id
    )
    changed: set[str] = set()
    for kind, data in events.values_list("kind", "data"):
        if kind == "client.changed":
            changed |= set(data.get("fields", ()))
        elif kind.startswith("client.consent_"):
            changed.add("consent")
    return changed
