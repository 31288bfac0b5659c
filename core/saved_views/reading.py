"""What a list is shown with: the reader's columns, the views above it, the one that is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.http import QueryDict

from core.actor import Actor
from core.errors import DomainError, Text
from core.ids import is_public_id
from core.models import ListSettings, SavedView
from core.prepared import Prepared
from core.querysets import get_visible
from core.saved_views.kinds import ListKind, list_kind

# In the address: the view that is open, by its public id; NONE leaves the default view out.
VIEW, NONE = "view", "-"

_SETTINGS = Prepared(
    lambda user, organization, name: ListSettings.objects.filter(
        user_id=user, organization_id=organization, list_name=name
    )
)
_VIEWS = Prepared(
    lambda organization, name, user: (
        SavedView.objects.filter(organization_id=organization, list_name=name)
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
    """`columns` are names, empty where nobody has chosen any. `start` is where to begin instead."""

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


def list_state(actor: Actor, name: str, query: QueryDict, *, whole: bool = True) -> ListState:
    """The reader's columns and views; with `whole` False (a fragment) the columns alone.

    Two queries, one for a fragment. Those who act for no organization have neither.
    """
    if actor.user is None or actor.organization is None:
        return ListState()
    settings = _settings(actor, name)
    asked = query.get(VIEW, "")
    views = _ordered(actor, name, settings) if whole or asked not in {"", NONE} else []
    current = next((view for view in views if view.public_id == asked), None)
    default = None
    if settings is not None and settings.default_view_id is not None:
        default = next((view for view in views if view.pk == settings.default_view_id), None)
    chosen = current.columns if current is not None and current.columns else None
    return ListState(chosen or (settings.columns if settings else ()), views, current, default)


def views_of(actor: Actor, name: str) -> list[SavedView]:
    """The views that the actor has on a list, in their own order."""
    return _ordered(actor, name, _settings(actor, name))


def default_view_of(actor: Actor, name: str) -> int | None:
    """The id of the view that the actor begins with."""
    settings = _settings(actor, name)
    return settings.default_view_id if settings else None


def columns_of(actor: Actor, kind: ListKind) -> list[str]:
    """The names of the columns that the actor sees, chosen or not."""
    settings = _settings(actor, kind.name)
    offered = {column.name for column in kind.columns(actor)}
    chosen = [name for name in (settings.columns if settings else ()) if name in offered]
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


def _settings(actor: Actor, name: str) -> ListSettings | None:
    return next(iter(_SETTINGS.fetch(actor.user_id, actor.organization_id, name)), None)


def _ordered(actor: Actor, name: str, settings: ListSettings | None) -> list[SavedView]:
    views = _VIEWS.fetch(actor.organization_id, name, actor.user_id)
    order = {pk: place for place, pk in enumerate(settings.view_order if settings else ())}
    return sorted(views, key=lambda view: (order.get(view.pk, len(order)), view.pk))
