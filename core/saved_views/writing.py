"""What people change of their lists: columns, views, and in which order they stand.

Of these nothing is told to others and no event is written: they are how somebody likes to read.
"""

from collections.abc import Sequence

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.choices import Role
from core.errors import Conflict, DomainError, Forbidden
from core.models import SavedView
from core.parts.lists import PLACE
from core.querysets import get_visible
from core.saved_views.kinds import Layout, ListKind, list_kind
from core.saved_views.reading import VIEW, may_keep_views, views_of
from core.workflow import touched

NAME_LENGTH = 60
QUERY_LENGTH = 2000
VIEWS_AT_MOST = 50


def may_share(actor: Actor, kind: ListKind) -> bool:
    """What all colleagues see is the managers' to say; on a list of the staff, `staff_share`."""
    if actor.organization is None:
        return may_keep_views(actor, kind) and actor.staff in kind.staff_share
    return may_keep_views(actor, kind) and (actor.has_role(Role.MANAGER) or actor.is_admin)


def may_change(actor: Actor, view: SavedView) -> bool:
    """One's own; a shared one is the managers'."""
    if view.is_shared:
        return may_share(actor, list_kind(view.list_name))
    return view.user_id == actor.user_id


def choose_columns(actor: Actor, kind: ListKind, names: Sequence[str]) -> None:
    """Shows these columns of the list to the actor from now on, in this order; none: the usual.

    Raises Forbidden, or DomainError for a column that the list does not have for them.
    """
    _check_may_keep(actor, kind)
    wanted = _known_columns(actor, kind, names)
    kept = _own(actor, kind.name)
    with transaction.atomic():
        own = _locked(kept)
        own.columns = [] if wanted == list(kind.default_columns(actor)) else wanted
        own.save(update_fields=["columns"])


def save_view(
    actor: Actor,
    kind: ListKind,
    view: SavedView | None = None,
    *,
    name: str,
    query: str | None = None,
    columns: Sequence[str] | None = None,
    layout: str | None = None,
    is_shared: bool = False,
    version: int | None = None,
) -> SavedView:
    """Keeps a view of the list, or (with `view`) changes one; what is None stays as it is.

    `query` is checked by the list as it would be opened; places on the list are left out of it.
    `version` is what the actor saw. Raises Forbidden, NotVisible, Conflict or DomainError with
    `field`.
    """
    _check_may_keep(actor, kind)
    if is_shared and not may_share(actor, kind):
        raise Forbidden(_("Only managers share views with their colleagues."))
    title = _cleaned_name(name)
    with transaction.atomic():
        row = _new(actor, kind) if view is None else _locked_view(actor, kind, view, version)
        row.name, row.is_shared = title, is_shared
        if query is not None:
            row.query = _checked_query(actor, kind, query)
        if columns is not None:
            row.columns = _known_columns(actor, kind, columns)
        if layout is not None:
            row.layout = layout if layout in kind.pages else Layout.LIST
        if view is not None:
            touched(row)
        row.save()
    return row


def delete_view(actor: Actor, view: SavedView) -> None:
    """Deletes a view; one that is gone already is no matter. Raises Forbidden."""
    with transaction.atomic():
        row = SavedView.objects.visible_to(actor).select_for_update().filter(pk=view.pk).first()
        if row is None:
            return
        if not may_change(actor, row):
            raise Forbidden(_("This view is shared: a manager may delete it."))
        row.delete()


def begin_with(actor: Actor, kind: ListKind, view: SavedView | None) -> None:
    """Opens the list with this view, or (None) as it is. Raises Forbidden, NotVisible."""
    _check_may_keep(actor, kind)
    if view is not None:
        get_visible(SavedView.objects, actor, pk=view.pk)
    kept = _own(actor, kind.name)
    with transaction.atomic():
        own = _locked(kept)
        own.arrangement["begin"] = view.pk if view else None
        own.save(update_fields=["arrangement"])


def move_view(actor: Actor, kind: ListKind, view: SavedView, step: int) -> None:
    """Changes places with the view before (`step` -1) or after (1) it, for this actor alone."""
    _check_may_keep(actor, kind)
    kept = _own(actor, kind.name)
    with transaction.atomic():
        own = _locked(kept)
        order = [row.pk for row in views_of(actor, kind.name)]
        if view.pk not in order:
            return
        here = order.index(view.pk)
        there = here + step
        if not 0 <= there < len(order):
            return
        order[here], order[there] = order[there], order[here]
        own.arrangement["order"] = order
        own.save(update_fields=["arrangement"])


def _check_may_keep(actor: Actor, kind: ListKind) -> None:
    if not may_keep_views(actor, kind):
        raise Forbidden(_("Choose an organization first: lists are arranged for each."))


def _cleaned_name(name: str) -> str:
    title = " ".join("".join(one for one in name if one.isprintable()).split())
    if not title:
        raise DomainError(_("Give the view a name."), field="name")
    if len(title) > NAME_LENGTH:
        raise DomainError(_("This name is too long."), field="name")
    return title


def _checked_query(actor: Actor, kind: ListKind, query: str) -> str:
    given = QueryDict(query, mutable=True)
    for name in (*PLACE, "size", VIEW):
        given.pop(name, None)
    for name in [name for name, values in given.lists() if not any(values)]:
        given.pop(name)
    kind.check(actor, given)
    text = given.urlencode()
    if len(text) > QUERY_LENGTH:
        raise DomainError(_("These filters are too long to be kept."), field="name")
    return text


def _known_columns(actor: Actor, kind: ListKind, names: Sequence[str]) -> list[str]:
    offered = {column.name for column in kind.columns(actor)}
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in offered]
    if unknown:
        raise DomainError(
            _("This list has no column “%(name)s”.") % {"name": unknown[0][:40]}, field="columns"
        )
    if wanted and not kind.fixed <= set(wanted):
        wanted = [*sorted(kind.fixed - set(wanted)), *wanted]
    return wanted


def _new(actor: Actor, kind: ListKind) -> SavedView:
    kept = SavedView.objects.visible_to(actor).filter(list_name=kind.name)
    if kept.filter(user=actor.user).count() >= VIEWS_AT_MOST:
        raise DomainError(_("There are enough views: delete one first."))
    now = clock.now()
    return SavedView(
        organization=actor.organization,
        user=actor.user,
        list_name=kind.name,
        created_at=now,
        updated_at=now,
    )


def _locked_view(actor: Actor, kind: ListKind, view: SavedView, version: int | None) -> SavedView:
    row: SavedView = get_visible(
        SavedView.objects.select_for_update(), actor, pk=view.pk, list_name=kind.name
    )
    if not may_change(actor, row):
        raise Forbidden(_("This view is shared: a manager may change it."))
    if version is not None and row.version != version:
        raise Conflict(_("A colleague has changed this view meanwhile. Open it again."))
    return row


def _own(actor: Actor, list_name: str) -> SavedView:
    """The actor's view without a name, made when there is none; of two that make it one stays.

    Before the transaction that changes it: on MariaDB those who insert the same row, and lock it
    in the same transaction, wait for each other.
    """
    key = f"{actor.organization_id or 'staff'}:{actor.user_id}:{list_name}"
    found = SavedView.objects.filter(own_key=key).first()
    if found is None:
        now = clock.now()
        row = SavedView(
            own_key=key,
            organization=actor.organization,
            user=actor.user,
            list_name=list_name,
            created_at=now,
            updated_at=now,
        )
        SavedView.objects.bulk_create([row], ignore_conflicts=True)
        found = SavedView.objects.get(own_key=key)
    return found


def _locked(own: SavedView) -> SavedView:
    return SavedView.objects.select_for_update().get(pk=own.pk)
