"""What a list is shown with: the reader's columns, the views above it, the one that is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.http import QueryDict

from core.actor import Actor
from core.errors import DomainError, Text
from core.ids import is_public_id
from core.models import SavedView
from core.prepared import Prepared
from core.querysets import get_visible
from core.saved_views.kinds import ListKind, list_kind

# In the address: the view that is open, by its public id; NONE leaves the default view out.
VIEW, NONE = "view", "-"

# Shared ones, the actor's own, and the one without a name.
_VIEWS = Prepared(
    lambda organization, name, user: (
        SavedView.objects.filter(organization_id=organization, list_name=name)
        .filter(Q(user_id=user) | Q(is_shared=True))
        .order_by("id")
    )
)
# The same of staff who act for no organization.
_STAFF_VIEWS = Prepared(
    lambda name, user: (
        SavedView.objects.filter(organization__isnull=True, list_name=name)
        .filter(Q(user_id=user) | Q(is_shared=True))
        .order_by("id")
    )
)


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view as the tabs above the list show it."""

    name: Text
    url: str
    is_current: bool
    is_shared: bool


@dataclass(frozen=True, slots=True)
class ListState:
    """How an actor sees a list. `columns` are names, empty where nobody has chosen any.

    `current` is the view that the address names, `default` the one to begin with.
    """

    columns: Sequence[str] = ()
    views: Sequence[SavedView] = ()
    current: SavedView | None = None
    default: SavedView | None = None

    def tabs(self, kind: ListKind, layout: str) -> list[ViewTab]:
        """The views, after the list as it is without any; nothing where there are no views."""
        if not self.views:
            return []
        whole = ViewTab("", kind.url(layout, f"{VIEW}={NONE}"), self.current is None, False)
        return [whole, *(self._tab(kind, view) for view in self.views)]

    def _tab(self, kind: ListKind, view: SavedView) -> ViewTab:
        return ViewTab(view.name, url_of_view(kind, view), view == self.current, view.is_shared)


@dataclass(frozen=True, slots=True)
class BrokenView:
    """A view whose filters are understood no more, and why."""

    view: SavedView
    reason: str
    kind: ListKind = field(repr=False)


def may_keep_views(actor: Actor, kind: ListKind) -> bool:
    """Whoever works for an organization arranges its lists for themselves, VIEWERs too.

    A list of the staff's own (`ListKind.staff`) is arranged by those of them who act for none.
    """
    if actor.user is None:
        return False
    if kind.staff:
        return actor.organization is None and actor.staff in kind.staff
    return actor.organization is not None


def list_state(actor: Actor, name: str, query: QueryDict) -> ListState:
    """The reader's columns and views of the list; one query.

    Those who act for no organization have neither, but for staff on the lists that are theirs.
    """
    if not may_keep_views(actor, list_kind(name)):
        return ListState()
    own, views = _read(actor, name)
    asked = query.get(VIEW, "")
    current = next((view for view in views if view.public_id == asked), None)
    begin = own.arrangement.get("begin") if own else None
    default = next((view for view in views if view.pk == begin), None)
    chosen = current.columns if current is not None and current.columns else None
    return ListState(chosen or (own.columns if own else ()), views, current, default)


def views_of(actor: Actor, name: str) -> list[SavedView]:
    """The views that the actor has on a list, in their own order."""
    return _read(actor, name)[1]


def default_view_of(actor: Actor, name: str) -> int | None:
    """The id of the view that the actor begins with."""
    own, _views = _read(actor, name)
    return own.arrangement.get("begin") if own else None


def columns_of(actor: Actor, kind: ListKind, query: str = "") -> list[str]:
    """The names of the columns that the actor sees under the query string, chosen or not."""
    state = list_state(actor, kind.name, QueryDict(query))
    offered = {column.name for column in kind.columns(actor)}
    chosen = [name for name in state.columns if name in offered]
    return chosen or list(kind.default_columns(actor))


def url_of_view(kind: ListKind, view: SavedView) -> str:
    """The address that opens a view: it can be passed on to whoever may see the view."""
    query = f"{view.query}&" if view.query else ""
    return kind.url(view.layout, f"{query}{VIEW}={view.public_id}")


def broken_view(actor: Actor, name: str, query: QueryDict, error: DomainError) -> BrokenView | None:
    """The view that the address names, when it is the view's own filters that are not understood.

    None where the address was changed by hand, or names no view of the actor's.
    """
    asked = query.get(VIEW, "")
    if not is_public_id(asked):
        return None
    view = SavedView.objects.visible_to(actor).filter(public_id=asked, list_name=name).first()
    if view is None:
        return None
    kind = list_kind(name)
    try:
        kind.check(actor, QueryDict(view.query))
    except DomainError as found:
        return BrokenView(view, str(found.message), kind)
    return None


def visible_view(actor: Actor, name: str, public_id: str) -> SavedView:
    """The view, or NotVisible."""
    found: SavedView = get_visible(
        SavedView.objects.select_related("user"), actor, public_id=public_id, list_name=name
    )
    return found


def _read(actor: Actor, name: str) -> tuple[SavedView | None, list[SavedView]]:
    """The actor's view without a name, and the others in the actor's order."""
    if actor.organization is None:
        rows = _STAFF_VIEWS.fetch(name, actor.user_id)
    else:
        rows = _VIEWS.fetch(actor.organization_id, name, actor.user_id)
    own = next((row for row in rows if row.own_key), None)
    named = own.arrangement.get("order", ()) if own else ()
    order = {pk: place for place, pk in enumerate(named)}
    views = [row for row in rows if row.own_key is None]
    return own, sorted(views, key=lambda view: (order.get(view.pk, len(order)), view.pk))
