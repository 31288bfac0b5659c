"""Columns that people choose for a list, and views of it that they keep under a name.

An app declares its list once, in its `panels.py`:

    register_list(ListKind("requests", _("Requests"), {Layout.LIST: "request_list"}, …))

The list's page asks `list_state(actor, "requests", request.GET)` what to show and draws the tabs
with `{% include "core/lists/tabs.html" %}`; everything else is the pages of `core.views.lists`.
"""

from core.saved_views.kinds import Layout, ListKind, list_kind, register_list
from core.saved_views.reading import (
    ListState,
    ViewTab,
    broken_view,
    list_state,
    may_keep_views,
    views_of,
)
from core.saved_views.writing import (
    begin_with,
    choose_columns,
    delete_view,
    may_share,
    move_view,
    save_view,
)

__all__ = [
    "Layout",
    "ListKind",
    "ListState",
    "ViewTab",
    "begin_with",
    "broken_view",
    "choose_columns",
    "delete_view",
    "list_kind",
    "list_state",
    "may_keep_views",
    "may_share",
    "move_view",
    "register_list",
    "save_view",
    "views_of",
]
