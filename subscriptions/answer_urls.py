"""Pages of the answer: for a building, a point, a list; and what is waited for."""

from django.urls import path, re_path

from subscriptions.views import address_list, availability, watch_links, watches

# Fixed words come before public ids. A signed link: an id, a moment, a signature.
_LINK = r"(?P<token>[\w:-]{20,120})"

urlpatterns = [
    path("availability/", availability.availability, name="availability"),
    path("availability/point/", availability.availability_point, name="availability_point"),
    path("availability/list/", address_list.availability_list, name="availability_list"),
    re_path(
        r"^availability/list/template\.(?P<ending>csv|xlsx)$",
        address_list.availability_list_template,
        name="availability_list_template",
    ),
    path(
        "availability/list/<slug:public_id>/",
        address_list.availability_list_result,
        name="availability_list_result",
    ),
    path("availability/list/<slug:public_id>/wait/", watches.watch_list_new, name="watch_list_new"),
    path("availability/waits/", watches.watches, name="watches"),
    path("availability/waits/asked/", watches.watch_asked, name="watch_asked"),
    re_path(
        rf"^availability/waits/confirm/{_LINK}/$", watch_links.watch_confirm, name="watch_confirm"
    ),
    re_path(rf"^availability/waits/stop/{_LINK}/$", watch_links.watch_stop, name="watch_stop"),
    path(
        "availability/waits/lists/<slug:public_id>/cancel/",
        watches.watch_list_cancel,
        name="watch_list_cancel",
    ),
    path("availability/waits/<slug:public_id>/cancel/", watches.watch_cancel, name="watch_cancel"),
    path(
        "availability/<slug:public_id>/",
        availability.availability_building,
        name="availability_building",
    ),
    path(
        "availability/<slug:public_id>/answer/",
        availability.availability_answer,
        name="availability_answer",
    ),
    path(
        "availability/<slug:public_id>/compare/",
        availability.availability_compare,
        name="availability_compare",
    ),
    path("availability/<slug:public_id>/wait/", watches.watch_new, name="watch_new"),
]
